"""`yinling flows rehearse`, `outline`, `replay`, `yinling talk --view`: what is printed, what the exit code says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from flows.rehearsal_script import read_script
from flows.sets import shipped
from integrations.database.journal import CallJournal
from integrations.database.store import Database
from ivr import cli_rehearse, typed
from ivr.cli import main
from ivr.cli_rehearse import call_script
from ivr.settings import load
from tests.remembering import Remembering

ONE = "appointments_book/one_sentence"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, learnt: Remembering) -> Path:
    """A hotline of its own, that need not learn."""
    monkeypatch.setenv("YINLING_VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("YINLING_SETTINGS", str(tmp_path / "none.toml"))
    monkeypatch.setattr(cli_rehearse, "understander_here", lambda: learnt)
    monkeypatch.setattr("ivr.understanding.load_engine", lambda _: learnt)
    monkeypatch.setattr(typed, "load_engine", lambda _: learnt)
    return tmp_path


def run(*words: str, code: int = 0, typed_lines: str = "") -> Result:
    result = CliRunner().invoke(main, list(words), input=typed_lines)
    assert result.exit_code == code, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def draft(flow: str, old: str, new: str) -> None:
    paths = run("flows", "draft", "edit", flow).output.split()
    path = Path(next(one for one in paths if one.endswith(f"/{flow}.yaml")))
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_rehearsals_are_listed_and_played(here: Path) -> None:
    assert ONE in run("flows", "rehearse", "--list").output
    assert "1 rehearsals, 0 failed" in run("flows", "rehearse", ONE).output
    verbose = run("flows", "rehearse", "-v", ONE).output
    assert "> “对”" in verbose
    assert "给您挂好了" in verbose


def test_a_rehearsal_that_fails_is_told_with_its_line_and_the_exit_code(here: Path) -> None:
    draft("appointments_book", "say: appointment.bring_card", "say: main.help")
    assert "0 failed" in run("flows", "rehearse", ONE).output
    found = json.loads(run("flows", "rehearse", ONE, "--draft", "--json", code=1).stdout)
    assert found[0]["name"] == ONE
    assert "one_sentence.yaml:" in found[0]["failures"][0]


def test_publishing_runs_the_rehearsals_and_refuses(here: Path) -> None:
    draft("appointments_check", "say: bookings.read_code", "say: bookings.none_code")
    refused = run("flows", "publish", code=1).output
    assert "appointments_check/one.yaml:" in refused
    assert "Nothing was published" in refused
    assert "publication 0" in run("flows", "list").output


def test_an_unknown_rehearsal_says_which_there_are(here: Path) -> None:
    assert "no_rehearsal" in run("flows", "rehearse", "nobody", code=1).output


def test_by_call_without_a_hotline_says_how_to_start_one(here: Path) -> None:
    assert "make run" in run("flows", "rehearse", ONE, "--call", code=1).output


def test_the_same_script_is_played_by_phone() -> None:
    path = f"rehearsals/{ONE}.yaml"
    loaded = read_script(shipped().texts[path], path)
    assert loaded.not_by_call == ""
    script = call_script(loaded)
    assert [step.say for step in script.steps[:2]] == ["我想挂后天上午的骨科", "给我自己"]
    assert "给您挂好了" in script.expect
    scripted = "rehearsals/appointments_book/system_down.yaml"
    assert read_script(shipped().texts[scripted], scripted).not_by_call


def test_an_outline_is_written_for_each_branch_without_a_rehearsal(here: Path) -> None:
    assert "0 branches" in run("flows", "outline", "appointments_check").output
    every = run("flows", "outline", "appointments_check", "--all").output
    assert "# --- rehearsals/appointments_check/" in every
    assert "……" in every
    paths = run("flows", "outline", "appointments_check", "--all", "--write").stdout.split()
    for path in paths:
        read_script((load().drafts_dir / path).read_text(encoding="utf-8"), path)
    name = paths[0].removeprefix("rehearsals/").removesuffix(".yaml")
    assert "1 failed" in run("flows", "rehearse", name, "--draft", code=1).output


def test_talk_shows_what_the_engine_makes_of_each_line(here: Path) -> None:
    said = run("talk", "--view", "--number", "", typed_lines="挂后天的号\n\n1#\n0\n").output
    assert "· intent: book_appointment" in said
    assert "· step: appointments_book /" in said
    assert "· failures: 1" in said
    assert "[转human：asked]" in said


def stored_call(call_id: str, learnt: Remembering) -> None:
    """A call on record, as the session keeps it."""
    from flows import record  # noqa: PLC0415
    from flows.rehearsal import Rehearser  # noqa: PLC0415
    from flows.rehearsal_office import Town  # noqa: PLC0415

    with Town() as town:
        rehearser = Rehearser(shipped(), learnt, town)
        talk = rehearser.play(
            read_script(shipped().texts[f"rehearsals/{ONE}.yaml"], f"rehearsals/{ONE}.yaml")
        ).conversation
        assert talk is not None
        engine = rehearser.engine("zh")
    database = Database(load().database_address)
    database.migrate()
    journal = CallJournal(database)
    journal.begin(call_id, talk.caller.number, datetime(2026, 3, 11, 2, tzinfo=UTC))
    before: Any = ()
    state: Any = None
    for n, event in enumerate(talk.events):
        state, after = engine.start(event) if state is None else engine.step(state, event)  # type: ignore[arg-type]  # the first is a start
        data: Mapping[str, Any] = record.turn(event, before, after, state.version if n == 0 else "")
        journal.add(call_id, datetime(2026, 3, 11, 2, 0, n, tzinfo=UTC), "turn", data)
        before = after
    database.close()


def test_a_stored_call_is_replayed_against_the_drafts(here: Path, learnt: Remembering) -> None:
    stored_call("c-1", learnt)
    assert "c-1: the same" in run("flows", "replay").output
    draft("appointments_book", "say: appointment.bring_card", "say: main.help")
    told = run("flows", "replay", "--draft", "c-1", code=1).output
    assert "- 给您挂好了" in told
    assert "+ 给您挂好了" in told
    assert "1 calls, 1 differ, 0 cannot be played again" in told
    as_json = json.loads(run("flows", "replay", "--draft", "--json", code=1).stdout)
    assert as_json["differences"][0]["place"] == 4


def test_a_call_without_turns_cannot_be_played_again_and_says_so(here: Path) -> None:
    database = Database(load().database_address)
    database.migrate()
    CallJournal(database).add("old", datetime(2026, 3, 1, tzinfo=UTC), "key", {"digits": "1"})
    database.close()
    assert "old: cannot be played again" in run("flows", "replay").output
    assert "there is no call nobody" in run("flows", "replay", "nobody", code=1).output
