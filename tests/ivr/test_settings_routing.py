"""The settings of who answers: what could be dialled or read wrongly is refused before the hotline starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.asterisk.config import load_secrets
from ivr.routing.seats import queues_of
from ivr.settings import SettingsError, load
from voices.languages.pack import load_packs


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "yinling.toml"
    monkeypatch.setenv("YINLING_SETTINGS", str(path))
    monkeypatch.setenv("YINLING_VAR_DIR", str(tmp_path / "var"))
    return path


def test_every_language_that_callers_can_choose_has_a_queue_and_rings_who_speaks_it() -> None:
    settings = load(demo=True)
    assert set(settings.languages) == set(load_packs())
    for language in {*load_packs()} - {"zh"}:
        assert queues_of(settings, "web1", ["zh", language]) == ["human", f"human-{language}", "seat-web1"]


def test_the_emergency_numbers_and_12345_are_targets_from_the_start() -> None:
    assert {"120", "110", "119", "12345"} <= set(load().routing.targets)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('[routing.targets.7001]\nname = "社保局"\nnumber = "sip:evil@example.org"', "routing.targets.7001.number"),
        ('[routing.targets."_X."]\nname = "all"\nnumber = "120"', "routing.targets._X."),
        ('[routing]\nduty_number = "139-0971"', "routing.duty_number"),
        ('[routing.interpreters]\nbo = ["Dial(1)"]', "routing.interpreters.bo"),
        ('[sip]\ntrunk_out = "carrier,g:5060"', "sip.trunk_out"),
        ('[seats."seat 1"]\nlanguages = ["zh"]', "seats.seat 1"),
        ('[seats.seat1]\nskills = ["a,b"]', "seats.seat1.skills"),
        ('[hours]\nmonday = "8-12"', "hours.monday"),
        ("[callbacks]\nspacing_s = []", "callbacks.spacing_s"),
    ],
)
def test_what_the_dialplan_could_read_as_something_else_is_refused(file: Path, text: str, key: str) -> None:
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=key.replace(".", r"\.")):
        load()


def test_an_office_of_the_town_is_added_to_the_targets_and_none_is_lost(file: Path) -> None:
    file.write_text('[routing.targets.7001]\nname = "社保局"\nnumber = "09718230001"', encoding="utf-8")
    targets = load().routing.targets
    assert targets["7001"].number == "09718230001"
    assert "120" in targets


def test_a_seat_is_rung_by_the_queues_of_its_languages_and_by_its_own() -> None:
    assert queues_of(load(), "seat1", ["bo", "zh"]) == ["human", "human-bo", "seat-seat1"]
    assert queues_of(load(), "seat1", ["bo"]) == ["human-bo", "seat-seat1"]


def test_a_new_seat_gets_a_password_and_the_others_keep_theirs(file: Path) -> None:
    file.write_text('[seats.desk-1]\nlanguages = ["zh"]', encoding="utf-8")
    before = load_secrets(load())
    file.write_text("[seats.desk-1]\n[seats.desk-2]\n", encoding="utf-8")
    after = load_secrets(load())
    assert after.seats["desk-1"] == before.seats["desk-1"]
    assert len(after.seats["desk-2"]) >= 12
    assert after.manager == before.manager
    assert (load().var_dir / "secrets.json").stat().st_mode & 0o777 == 0o600
