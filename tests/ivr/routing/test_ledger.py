"""The ledger: what Asterisk wrote is read whole, and what makes no sense loses nothing else."""

from __future__ import annotations

from pathlib import Path

from ivr.call.events import Kind, Outcome
from ivr.routing.ledger import calls, read

HEAD = '"CALL","1795516860.5","1.0","1.0","139","PJSIP/trunk-0","CALL","{""extra"":""139""}"\n'
END = '"ENDED","1795516870.5","1.0","1.0","139","PJSIP/trunk-0","ENDED","{""extra"":""person""}"\n'


def test_a_call_is_told_from_its_start_to_its_outcome(tmp_path: Path) -> None:
    file = tmp_path / "calls.csv"
    file.write_text(HEAD + END, encoding="utf-8")
    events, _ = read(file)
    (call,) = calls(events)
    assert [e.kind for e in call.events] == [Kind.CALL_STARTED, Kind.CALL_ENDED]
    assert (call.number, call.outcome) == ("139", Outcome.PERSON)


def test_a_line_that_is_still_being_written_waits_for_the_next_reading(tmp_path: Path) -> None:
    file = tmp_path / "calls.csv"
    file.write_text(HEAD + END[:30], encoding="utf-8")
    events, offset = read(file)
    assert len(events) == 1
    file.write_text(HEAD + END, encoding="utf-8")
    events, _ = read(file, offset)
    assert [e.kind for e in events] == [Kind.CALL_ENDED]


def test_a_line_that_makes_no_sense_is_skipped_and_the_rest_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "calls.csv"
    file.write_text('"CALL","not a time","1.0","","","","","{}"\nrubbish\n' + HEAD, encoding="utf-8")
    events, _ = read(file)
    assert [e.call_id for e in events] == ["1.0"]


def test_a_file_that_was_rotated_is_read_from_its_start(tmp_path: Path) -> None:
    file = tmp_path / "calls.csv"
    file.write_text(HEAD, encoding="utf-8")
    events, _ = read(file, offset=10_000)
    assert len(events) == 1


def test_chinese_in_a_fact_survives(tmp_path: Path) -> None:
    file = tmp_path / "calls.csv"
    file.write_text(HEAD.replace('""139""', '""才让卓玛""'), encoding="utf-8")
    events, _ = read(file)
    assert events[0].data["number"] == "才让卓玛"
