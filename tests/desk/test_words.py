"""The pages have both languages for every word that they say, and for every code that the server tells."""

from __future__ import annotations

import re
from importlib import resources

import pytest

from flows.schema import TransferStep
from integrations.database.bands import BANDS
from integrations.database.desk_calls import RESULTS
from ivr.call.events import Outcome
from ivr.desk.oidc import CODES
from ivr.desk.routes_listening import MODES
from ivr.desk.seating import REASONS
from ivr.settings import PROJECT_DIR
from voices.languages.pack import load_packs

PAGES = PROJECT_DIR / "console/src"
TEMPLATES = resources.files("ivr.asterisk").joinpath("templates")
STATES = (
    *("bot", "waiting", "ringing", "talking", "outside", "closing", "consulted", "held"),
    *("ready", "paused", "wrap_up"),
)


def words() -> dict[str, tuple[str, str]]:
    """Key → Chinese, English."""
    both = "".join((PAGES / name).read_text(encoding="utf-8") for name in ("words.ts", "words_calls.ts"))
    return {key: (zh, en) for key, zh, en in re.findall(r'^  (\w+): \["([^"]*)", "([^"]*)"\]', both, re.MULTILINE)}


def whys() -> set[str]:
    """Why a person was wanted: what the dialplan says, what a step of a flow may say, and how a session may end."""
    texts = [one.read_text(encoding="utf-8") for one in TEMPLATES.iterdir() if one.name.startswith("extensions")]
    told = {why for text in texts for why in re.findall(r"(?:HOTLINE|CARRY)_WHY=([a-z_0-9]+)\)", text)}
    (steps,) = [one.pattern for one in TransferStep.model_fields["reason"].metadata if hasattr(one, "pattern")]
    return told | {"leg_ended", "no_program", "too_many_turns"} | set(steps.strip("^()$").split("|"))


def test_every_word_is_there_in_both_languages() -> None:
    known = words()
    assert len(known) > 200
    assert [key for key, both in known.items() if not all(both)] == []
    said = {
        (page.name, key)
        for page in PAGES.glob("*.tsx")
        for key in re.findall(r'\b(?:say|setNotice)\("(\w+)"\)', page.read_text(encoding="utf-8"))
    }
    assert len(said) > 100
    assert sorted((page, key) for page, key in said if key not in known) == []


def test_the_idle_desk_shows_every_key_that_does_something_there() -> None:
    listening = "".join((PAGES / name).read_text(encoding="utf-8") for name in ("desk.tsx", "tools.tsx", "taping.tsx"))
    heard = set(re.findall(r"\b(F\d+): \(", listening))
    heard |= {f"Alt+{key}" for key in re.findall(r"\bKey([A-Z])\b", listening)}
    shown = re.findall(r'\["(F\d+|Alt\+[A-Z])", "(\w+)"\]', (PAGES / "keys.tsx").read_text(encoding="utf-8"))
    assert len(heard) > 10
    assert {key for key, _ in shown} == heard
    assert sorted({word for _, word in shown} - set(words())) == []


def test_every_language_that_a_seat_can_have_has_a_name() -> None:
    known = words()
    assert {code: known[code][0] for code in load_packs() if code != "zh"} == {
        code: pack.called("zh") for code, pack in load_packs().items() if code != "zh"
    }


@pytest.mark.parametrize(
    ("of", "codes"),
    [
        ("why", sorted(whys())),
        ("state", STATES),
        ("band", BANDS),
        ("reason", REASONS),
        ("result", RESULTS),
        ("outcome", [one.value for one in Outcome]),
        ("mode", MODES),
        ("listened", MODES),
        ("sign_in", CODES),
    ],
)
def test_no_code_is_shown_for_which_there_is_no_word(of: str, codes: list[str]) -> None:
    known = words()
    assert [code for code in codes if f"{of}_{code}" not in known] == []
