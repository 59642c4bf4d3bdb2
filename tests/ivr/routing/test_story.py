"""The story that goes with a call: the same from live events and from the record, short enough for a SIP header."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from integrations.database.calls import CallJournal
from integrations.database.store import Database
from integrations.database.stories import StoredStories
from ivr.asterisk.manager import Manager, ManagerEvent
from ivr.call.events import CallEvent, Kind
from ivr.routing.story import CALLS_MAX, HEADER_BYTES, Story, StoryKeeper, story, tell

NOW = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
EVENTS: list[tuple[Kind, Mapping[str, Any]]] = [
    (Kind.CALL_STARTED, {"number": "13909710001", "name": "王秀英", "band": "vulnerable", "language": "zh"}),
    (Kind.UTTERANCE, {"text": "我想挂骨科", "confidence": 0.8}),
    (Kind.UNDERSTOOD, {"intent": "book_appointment", "accepted": True, "slots": {"department": "骨科"}}),
    (Kind.UTTERANCE, {"text": "", "error": "timeout"}),
    (Kind.UTTERANCE, {"text": "有人让我转钱", "confidence": 0.7}),
    (Kind.UNDERSTOOD, {"intent": "report_fraud", "accepted": True, "slots": {}}),
    (Kind.OFFICE_ANSWERED, {"office": "appointments", "operation": "book", "code": "session_full", "seconds": 0.1}),
    (Kind.HUMAN_WANTED, {"why": "asked", "band": "vulnerable", "language": "zh"}),
]


def database(tmp_path: Path) -> Database:
    made = Database(f"sqlite:///{tmp_path / 'town.db'}")
    made.migrate()
    return made


def test_the_story_tells_who_what_and_why() -> None:
    told = tell("1.1", EVENTS)
    assert (told["number"], told["name"], told["band"], told["why"]) == ("13909710001", "王秀英", "vulnerable", "asked")
    assert told["slots"] == {"department": "骨科"}
    assert told["last_words"][-1] == {"text": "有人让我转钱", "confidence": 0.7}
    assert told["flags"] == [{"flag": "fraud", "reason": "有人让我转钱"}]
    assert told["offices"] == [{"office": "appointments", "operation": "book", "code": "session_full"}]
    assert json.loads(json.dumps(told, ensure_ascii=False)) == told


def test_what_the_room_said_is_not_told_as_the_callers_words() -> None:
    told = tell("1.1", [*EVENTS, (Kind.UTTERANCE, {"text": "股市今天小幅上涨", "ignored": True})])
    assert told == tell("1.1", EVENTS)


def test_what_else_was_wanted_in_the_same_breath_is_told_until_it_is_begun() -> None:
    kept = (Kind.WISHES, {"waiting": ["query_pension"], "begun": None})
    told = tell("1.1", [*EVENTS[:3], kept])
    assert (told["intent"], told["wishes"]) == ("book_appointment", ["query_pension"])
    story = Story("1.1")
    for kind, data in [*EVENTS[:3], kept]:
        story.add(kind, data)
    assert json.loads(base64.b64decode(story.header()))["wishes"] == ["query_pension"]
    begun = tell("1.1", [*EVENTS[:3], kept, (Kind.WISHES, {"waiting": [], "begun": "query_pension"})])
    assert (begun["intent"], begun["wishes"]) == ("query_pension", [])


def test_the_record_tells_the_same_story(tmp_path: Path) -> None:
    journal = CallJournal(database(tmp_path))
    journal.begin("1.1", "13909710001", NOW)
    for second, (kind, data) in enumerate(EVENTS):
        journal.add("1.1", NOW + timedelta(seconds=second), kind.value, data)
    assert story(journal, "1.1") == tell("1.1", EVENTS)
    assert story(journal, "9.9") is None


def test_the_header_fits_however_much_was_said() -> None:
    long = Story("1.1")
    long.add(Kind.UTTERANCE, {"text": "我" * 3000})
    long.add(Kind.UNDERSTOOD, {"slots": {f"slot{n}": "很长的值" * 50 for n in range(50)}})
    assert 0 < len(long.header()) <= HEADER_BYTES
    short = Story("1.1")
    for kind, data in EVENTS:
        short.add(kind, data)
    read = json.loads(base64.b64decode(short.header()))
    assert read["slots"] == {"department": "骨科"}
    assert read["flags"] == ["fraud"]


class Asterisk(Manager):
    def __init__(self) -> None:
        super().__init__(1, "", "", lambda _: None)
        self.variables: list[tuple[str, str, str]] = []

    async def set_variable(self, channel: str, name: str, value: str) -> None:
        self.variables.append((channel, name, value))


async def test_the_story_is_on_the_callers_leg_while_the_call_goes_on_and_kept_when_a_person_is_wanted(
    tmp_path: Path,
) -> None:
    asterisk, stored = Asterisk(), StoredStories(database(tmp_path))
    work: list[Callable[[], None]] = []
    keeper = StoryKeeper(asterisk, stored, work.append)
    keeper.offered(ManagerEvent("UserEvent", {"UserEvent": "MediaWanted", "Call": "1.1", "Channel": "PJSIP/trunk-1"}))
    for kind, data in EVENTS:
        keeper.event(CallEvent("1.1", NOW, kind, data))
        await asyncio.sleep(0)
    await asyncio.sleep(0.05)
    channel, name, value = asterisk.variables[-1]
    assert (channel, name) == ("PJSIP/trunk-1", "HOTLINE_STORY")
    assert json.loads(base64.b64decode(value))["flags"] == ["fraud"]
    for one in work:
        one()
    assert stored.of("1.1") == tell("1.1", EVENTS)
    keeper.event(CallEvent("1.1", NOW, Kind.CALL_ENDED, {"outcome": "person"}))
    await keeper.close()


async def test_a_call_that_the_dialogue_never_held_has_a_story_too(tmp_path: Path) -> None:
    stored = StoredStories(database(tmp_path))
    work: list[Callable[[], None]] = []
    keeper = StoryKeeper(Asterisk(), stored, work.append)
    keeper.event(CallEvent("1.2", NOW, Kind.HUMAN_WANTED, {"why": "no_program", "band": "general"}))
    for one in work:
        one()
    kept = stored.of("1.2")
    assert kept is not None
    assert kept["why"] == "no_program"
    await keeper.close()


async def test_what_is_told_of_calls_that_have_ended_keeps_no_new_call_from_its_story(tmp_path: Path) -> None:
    keeper = StoryKeeper(Asterisk(), StoredStories(database(tmp_path)), lambda _: None)
    for number in range(CALLS_MAX + 10):
        keeper.event(CallEvent(f"1.{number}", NOW, Kind.CALLBACK_TRIED, {"status": "ANSWER"}))
    assert keeper.known == []


async def test_calls_whose_end_nobody_told_make_room_for_the_newest(tmp_path: Path) -> None:
    keeper = StoryKeeper(Asterisk(), StoredStories(database(tmp_path)), lambda _: None)
    for number in range(CALLS_MAX + 10):
        keeper.event(CallEvent(f"1.{number}", NOW, Kind.CALL_STARTED, {"number": "139"}))
    assert len(keeper.known) == CALLS_MAX
    assert keeper.known[-1] == f"1.{CALLS_MAX + 9}"
