"""Which call-backs are placed, and what becomes of them when Asterisk knows nothing of them any more."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from integrations.database.journal import CallJournal
from integrations.database.owed import OWED, PLACED, REACHED, Owed
from integrations.database.store import Database
from ivr.asterisk.manager import Manager
from ivr.routing import callbacks
from ivr.routing.callbacks import LOST_AFTER, CallbackDialer, leg_id, place_id
from ivr.settings import Settings, load

BEGAN = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
NUMBER = "13900000001"


class Asterisk(Manager):
    """A connection that has its answers at hand: which legs there are."""

    def __init__(self) -> None:
        super().__init__(1, "", "", lambda _: None)
        self.connected.set()
        self.legs: set[str] = set()
        self.talking: set[str] = set()
        self.context = "callback-place"
        self.placed: list[dict[str, str]] = []

    async def channels(self) -> list[Mapping[str, str]]:
        places: list[Mapping[str, str]] = [
            {"Linkedid": leg, "Uniqueid": place_id(leg), "Channel": f"Local/{leg};2", "Application": "Queue"}
            | {"Context": self.context}
            | ({"BridgeId": "talk"} if leg in self.talking else {})
            for leg in self.legs
        ]
        return [*places, *({"Linkedid": leg, "Uniqueid": leg} for leg in self.legs)]

    async def action(self, name: str, **fields: str) -> dict[str, str]:
        if name == "Hangup":
            self.legs.remove(fields["Channel"].removeprefix("Local/").removesuffix(";2"))
            return {}
        assert name == "Originate"
        self.legs.add(fields["ChannelId"])
        self.placed.append(dict(one.removeprefix("__").split("=") for one in fields["Variable"].split(",")))
        return {}


class Clock:
    """The time of the dialer, moved by hand."""

    now = BEGAN


class Town:
    """A caller who gave up a call, and what makes the call that is owed."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.asterisk, self.owed, self.journal = Asterisk(), Owed(database), CallJournal(database)
        self.dialer = CallbackDialer(settings, self.asterisk, self.owed, self._open)
        self.is_open = True

    async def _open(self) -> bool:
        return self.is_open

    def gives_up(self, call_id: str, band: str = "elder", language: str = "zh", number: str = NUMBER) -> None:
        self.journal.begin(call_id, number, Clock.now)
        self.journal.add(call_id, Clock.now, "human_wanted", {"band": band, "language": language})
        self.journal.end(call_id, Clock.now, "abandoned")

    async def after(self, passed: timedelta) -> None:
        Clock.now += passed
        await self.dialer.look()

    def state(self, call_id: str = "1.1") -> str:
        (one,) = [one for one in self.owed.all((OWED, PLACED, REACHED)) if one.call_id == call_id]
        return one.state

    def told(self, status: str) -> None:
        """The line of Asterisk's ledger."""
        self.journal.add("1.1", Clock.now, "callback_tried", {"status": status, "seat": "seat1"})
        self.asterisk.legs.discard(leg_id("1.1"))


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    class Now(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return Clock.now

    monkeypatch.setattr(Clock, "now", BEGAN)
    monkeypatch.setattr(callbacks, "datetime", Now)
    monkeypatch.setenv("YINLING_SIP__TRUNK_OUT", "127.0.0.1:5099")
    monkeypatch.setenv("YINLING_ROUTING__LANGUAGES", '["bo"]')
    monkeypatch.setenv("YINLING_VAR_DIR", str(tmp_path))
    database = Database(f"sqlite:///{tmp_path / 'town.db'}")
    database.migrate()
    return Town(load(demo=True), database)


MOMENT = timedelta(seconds=2)


async def test_who_was_reached_is_not_called_again_because_the_ledger_is_read_a_moment_later(town: Town) -> None:
    town.gives_up("1.1")
    await town.after(MOMENT)
    assert town.state() == PLACED
    town.asterisk.legs.clear()  # they have talked for minutes, and hung up; the ledger's line is on its way
    await town.after(timedelta(minutes=5))
    assert town.state() == PLACED
    town.told("ANSWER")
    await town.after(MOMENT)
    assert town.state() == REACHED


async def test_a_call_back_that_was_cut_off_with_asterisk_is_owed_again(town: Town) -> None:
    town.gives_up("1.1")
    await town.after(MOMENT)
    town.asterisk.legs.clear()
    await town.after(MOMENT)
    await town.after(LOST_AFTER)
    assert town.state() == OWED
    assert len(town.asterisk.placed) == 1, "not within the same minute"
    await town.after(timedelta(minutes=6))
    assert len(town.asterisk.placed) == 2


async def test_a_leg_that_is_seen_again_is_not_lost(town: Town) -> None:
    town.gives_up("1.1")
    await town.after(MOMENT)
    legs = set(town.asterisk.legs)
    for _ in range(5):
        town.asterisk.legs.clear()
        await town.after(LOST_AFTER / 2)
        town.asterisk.legs |= legs
        await town.after(LOST_AFTER / 2)
    assert town.state() == PLACED


async def test_nothing_is_lost_while_nobody_can_ask_asterisk(town: Town) -> None:
    town.gives_up("1.1")
    await town.after(MOMENT)
    town.asterisk.legs.clear()
    town.asterisk.connected.clear()
    await town.after(timedelta(hours=1))
    town.asterisk.connected.set()
    await town.after(MOMENT)
    assert town.state() == PLACED


async def test_another_language_waits_for_a_speaker_and_not_for_ever(town: Town) -> None:
    town.gives_up("1.1", language="bo")
    for _ in range(14):  # five minutes each: for an hour nobody who speaks it is at work
        await town.after(MOMENT)
        assert town.asterisk.placed[-1]["CB_LANG"] == "bo"
        town.told("NOAGENT")
        await town.after(MOMENT)
        await town.after(timedelta(seconds=301))
    assert [one["CB_ANY"] for one in town.asterisk.placed] == ["0"] * 12 + ["1"] * (len(town.asterisk.placed) - 12)
    assert len(town.asterisk.placed) > 12


async def test_in_danger_any_seat_makes_the_call(town: Town) -> None:
    town.gives_up("1.1", band="emergency", language="bo")
    await town.after(MOMENT)
    assert town.asterisk.placed[0]["CB_ANY"] == "1"


async def test_danger_is_called_back_though_as_many_wait_as_may_at_once(town: Town) -> None:
    for number in range(4):
        town.gives_up(f"2.{number}", number=f"1390000002{number}")
    await town.after(MOMENT)
    assert [one["CB_CALL"] for one in town.asterisk.placed] == ["2.0", "2.1"]
    town.gives_up("1.1", band="emergency")
    await town.after(MOMENT)
    assert [one["CB_CALL"] for one in town.asterisk.placed] == ["2.0", "2.1", "1.1"]


def is_served(town: Town) -> None:
    """They call again, and get what they came for."""
    town.journal.begin("1.7", NUMBER, Clock.now)
    town.journal.end("1.7", Clock.now + MOMENT, "done")


async def test_who_called_again_and_was_served_is_not_rung_for_nothing(town: Town) -> None:
    town.gives_up("1.1")
    await town.after(MOMENT)
    assert town.asterisk.legs == {leg_id("1.1")}
    await town.after(MOMENT)
    is_served(town)
    await town.after(MOMENT)
    assert town.asterisk.legs == set()
    await town.after(timedelta(hours=1))
    assert len(town.asterisk.placed) == 1


async def test_a_call_back_that_a_person_has_taken_up_goes_on(town: Town) -> None:
    town.gives_up("1.1")
    await town.after(MOMENT)
    town.asterisk.talking |= town.asterisk.legs
    is_served(town)
    await town.after(MOMENT)
    assert town.state() == PLACED
    assert town.asterisk.legs == {leg_id("1.1")}


async def test_who_was_reached_and_waits_for_another_person_is_not_hung_up_on(town: Town) -> None:
    """Their seat was lost: the place holder is in the queue, and the elder at its other end."""
    town.gives_up("1.1")
    await town.after(MOMENT)
    town.asterisk.context = "human"
    is_served(town)
    await town.after(MOMENT)
    assert town.state() == PLACED
    assert town.asterisk.legs == {leg_id("1.1")}


async def test_outside_opening_hours_only_who_is_in_danger_is_called_back(town: Town) -> None:
    town.is_open = False
    town.gives_up("1.1", band="emergency")
    town.gives_up("2.1", number="13900000002")
    await town.after(MOMENT)
    assert [one["CB_CALL"] for one in town.asterisk.placed] == ["1.1"]
    town.is_open = True
    await town.after(MOMENT)
    assert [one["CB_CALL"] for one in town.asterisk.placed] == ["1.1", "2.1"]
