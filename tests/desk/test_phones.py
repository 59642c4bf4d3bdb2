"""A page that is closed gives its caller to a colleague; one that is loaded anew keeps the call."""

from __future__ import annotations

import asyncio

import pytest

import ivr.desk.core as core_module
import ivr.desk.phones as phones_module
from ivr.asterisk.manager import ManagerEvent
from ivr.desk.phones import GONE_S, Phones
from tests.desk.conftest import CALLER_LEG, Browser, FakeDesk
from tests.waits import at_most


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def contact(seat: str, status: str) -> dict[str, str]:
    return {"AOR": seat, "ContactStatus": status}


def test_a_phone_is_gone_after_its_time_and_told_once() -> None:
    clock = Clock()
    phones = Phones(frozenset({"web1", "web2"}), clock)
    for seat in ("web1", "web2", "trunk"):
        phones.on_contact(contact(seat, "Removed"))
    clock.now = 3
    phones.on_contact(contact("web2", "Created"))
    assert phones.gone() == []
    clock.now = GONE_S + 0.1
    assert phones.gone() == ["web1"]
    assert phones.gone() == []


@pytest.mark.parametrize(("back", "moved"), [(False, True), (True, False)])
async def test_a_caller_in_silence_goes_to_the_front_of_the_queue(
    desk: FakeDesk, agent: Browser, monkeypatch: pytest.MonkeyPatch, back: bool, moved: bool
) -> None:
    monkeypatch.setattr(phones_module, "GONE_S", 0.2)
    monkeypatch.setattr(core_module, "PHONES_EVERY_S", 0.05)
    task = asyncio.create_task(desk._follow_phones())
    desk.rings()
    desk.answers()
    desk._on_manager(ManagerEvent("ContactStatus", contact("web1", "Removed")))
    if back:
        desk._on_manager(ManagerEvent("ContactStatus", contact("web1", "Created")))
    if moved:
        async with asyncio.timeout(at_most(10)):
            while "Redirect" not in [name for name, _ in desk.actions]:
                await asyncio.sleep(0.02)
    await asyncio.sleep(0.6)  # and not twice; nor at all, where the page is back
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    redirects = [fields for name, fields in desk.actions if name == "Redirect"]
    expected = {"Channel": CALLER_LEG, "Context": "desk-transfer", "Exten": "queue", "Priority": "1"}
    assert redirects == ([expected] if moved else [])
