"""A seat is rung for the language of whoever sits there now, and an empty one for nobody."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from integrations.database.people import NewPerson
from integrations.database.seats import Seats
from ivr.asterisk.config import load_secrets
from ivr.asterisk.manager import ManagerError
from ivr.settings import load
from tests.desk.conftest import FakeDesk


class Queues:
    """Asterisk's queues, as far as members are concerned."""

    def __init__(self) -> None:
        self.members: dict[str, dict[str, bool]] = {}
        """Queue → interface → whether it is paused."""
        self.away = False

    async def action(self, name: str, **fields: str) -> Mapping[str, str]:
        """As app_queue does it, with its refusals."""
        if self.away:
            raise ManagerError("not_connected", "away")
        queue, interface = fields.get("Queue", ""), fields.get("Interface", "")
        members = self.members.setdefault(queue, {})
        if name == "QueueAdd":
            if interface in members:
                raise ManagerError("refused", "QueueAdd: Unable to add interface: Already there")
            members[interface] = fields["Paused"] == "true"
        elif name == "QueueRemove" and members.pop(interface, None) is None:
            raise ManagerError("refused", "QueueRemove: Unable to remove interface: Not there")
        elif name == "QueuePause":
            found = [m for q, m in self.members.items() if interface in m and queue in {"", q}]
            if not found:
                raise ManagerError("refused", "QueuePause: Interface not found")
            for one in found:
                one[interface] = fields["Paused"] == "true"
        return {}

    def ringing(self, seat: str) -> set[str]:
        """Queues that ring the seat."""
        return {queue for queue, members in self.members.items() if members.get(f"PJSIP/{seat}") is False}


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeDesk:
    monkeypatch.setenv("YINLING_SETTINGS", str(tmp_path / "none.toml"))
    settings = load(var_dir=tmp_path, demo=True, routing={"languages": ["bo", "slr"]})
    made = FakeDesk(settings, load_secrets(settings))
    made.database.migrate()
    return made


@pytest.fixture
def queues(desk: FakeDesk) -> Queues:
    made = Queues()
    desk.manager.action = made.action  # type: ignore[method-assign]  # no Asterisk here
    return made


@pytest.fixture
def li(desk: FakeDesk) -> NewPerson:
    return desk.people.add("root", "li.na", "李娜", "agent")


async def test_who_changes_language_on_the_same_seat_leaves_the_queue_of_the_old_one(
    desk: FakeDesk, queues: Queues, li: NewPerson
) -> None:
    await desk.seating.take(li.person, "web1", "bo")
    assert queues.ringing("web1") == set()
    await desk.seating.change(li.person.staff_id, "ready")
    assert queues.ringing("web1") == {"human", "human-bo", "seat-web1"}
    await desk.seating.take(li.person, "web1", "slr")
    await desk.seating.change(li.person.staff_id, "ready")
    assert queues.ringing("web1") == {"human", "human-slr", "seat-web1"}


async def test_who_moves_to_another_seat_leaves_the_first_one_silent(
    desk: FakeDesk, queues: Queues, li: NewPerson
) -> None:
    await desk.seating.take(li.person, "web1", "bo")
    await desk.seating.change(li.person.staff_id, "ready")
    await desk.seating.take(li.person, "web2", "zh")
    await desk.seating.change(li.person.staff_id, "ready")
    assert (queues.ringing("web1"), queues.ringing("web2")) == (set(), {"human", "seat-web2"})


async def test_an_empty_seat_is_silenced_when_the_connection_is_back(
    desk: FakeDesk, queues: Queues, li: NewPerson
) -> None:
    await desk.seating.take(li.person, "web1", "zh")
    await desk.seating.change(li.person.staff_id, "ready")
    queues.away = True
    await desk.seating.leave(li.person.staff_id)
    queues.away = False
    assert queues.ringing("web1") == {"human", "seat-web1"}  # Asterisk could not be told
    await desk.seating.resync()
    assert queues.ringing("web1") == set()


async def test_after_a_restart_of_asterisk_everybody_is_in_their_queues_again(
    desk: FakeDesk, queues: Queues, li: NewPerson
) -> None:
    await desk.seating.take(li.person, "web1", "bo")
    await desk.seating.change(li.person.staff_id, "ready")
    queues.members.clear()
    await desk.seating.resync()
    assert queues.ringing("web1") == {"human", "human-bo", "seat-web1"}


async def test_who_sat_at_a_seat_that_the_settings_no_longer_have_can_get_up(
    desk: FakeDesk, queues: Queues, li: NewPerson
) -> None:
    seats = Seats(desk.database)
    seats.take(li.person, "web99", "zh")
    await desk.seating.leave(li.person.staff_id)
    assert seats.all() == []
