"""The manager connection: what asterisk-ami lacks is made up for, shown against a small peer that speaks AMI."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator

import pytest

from ivr.asterisk.manager import ACTION_TIMEOUT_S, PING_EVERY_S, Manager, ManagerError, ManagerEvent


class Peer:
    """A program that speaks just enough AMI: greets, answers every action with Success, and says what it is told to."""

    def __init__(self) -> None:
        self.port = 0
        self.actions: list[dict[str, str]] = []
        self.writers: list[asyncio.StreamWriter] = []
        self.answering = True

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        writer.write(b"Asterisk Call Manager/11.0.0\r\n")
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                pack = (await reader.readuntil(b"\r\n\r\n")).decode()
                action = dict(line.split(": ", 1) for line in pack.strip().split("\r\n"))
                self.actions.append(action)
                if self.answering:
                    writer.write(f"Response: Success\r\nActionID: {action['ActionID']}\r\n\r\n".encode())

    def say(self, text: str) -> None:
        self.writers[-1].write(text.encode())


@contextlib.asynccontextmanager
async def connection() -> AsyncIterator[tuple[Peer, Manager, list[ManagerEvent]]]:
    peer = Peer()
    server = await asyncio.start_server(peer.serve, "127.0.0.1", 0)
    events: list[ManagerEvent] = []

    def take(event: ManagerEvent) -> None:
        if event.fields.get("UserEvent") == "Breaks":
            raise ValueError("a bug in a handler")
        events.append(event)

    manager = Manager(server.sockets[0].getsockname()[1], "yinling", "secret", take)
    task = asyncio.create_task(manager.run())
    try:
        await asyncio.wait_for(manager.connected.wait(), 5)
        yield peer, manager, events
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        for writer in peer.writers:
            writer.close()
        server.close()


async def until(count: int, events: list[ManagerEvent]) -> None:
    async with asyncio.timeout(5):
        while len(events) < count:
            await asyncio.sleep(0.01)


def stalled(seconds: float) -> None:
    """Our event loop does not get its turn for so long, as on a machine that does something else."""
    time.sleep(seconds)


async def test_chinese_in_an_event_arrives_intact() -> None:
    async with connection() as (peer, _, events):
        peer.say("Event: UserEvent\r\nUserEvent: Test\r\nName: 才让卓玛\r\n\r\n")
        await until(1, events)
    assert events[0].fields["Name"] == "才让卓玛"


async def test_a_line_without_a_colon_does_not_end_the_connection() -> None:
    async with connection() as (peer, manager, events):
        peer.say("Event: UserEvent\r\nrubbish without a colon\r\n\r\n")
        peer.say("Event: UserEvent\r\nUserEvent: After\r\n\r\n")
        await until(1, events)
        assert events[-1].fields["UserEvent"] == "After"
        assert "ActionID" in await manager.action("Ping")


async def test_what_follows_an_empty_line_too_many_is_not_lost() -> None:
    """As after each TestEvent of an Asterisk that was built for testing, which Debian's is."""
    async with connection() as (peer, manager, events):
        peer.answering = False
        pinged = asyncio.create_task(manager.action("CoreStatus"))
        async with asyncio.timeout(5):
            while not (asked := [one["ActionID"] for one in peer.actions if one["Action"] == "CoreStatus"]):
                await asyncio.sleep(0.01)
        stray = "Event: TestEvent\r\nState: DTMF_BEGIN\r\n\r\n\r\n"
        peer.say(f"{stray}Response: Success\r\nActionID: {asked[0]}\r\n\r\n")
        assert (await pinged)["ActionID"] == asked[0]
        peer.say(f"{stray}Event: DTMFEnd\r\nDigit: 1\r\n\r\n")
        await until(3, events)
    assert [event.name for event in events] == ["TestEvent", "TestEvent", "DTMFEnd"]


async def test_a_handler_that_breaks_does_not_end_the_connection() -> None:
    async with connection() as (peer, _, events):
        peer.say("Event: UserEvent\r\nUserEvent: Breaks\r\n\r\nEvent: UserEvent\r\nUserEvent: After\r\n\r\n")
        await until(1, events)
    assert events[-1].fields["UserEvent"] == "After"


async def test_five_thousand_events_lose_no_call_that_wants_the_program() -> None:
    async with connection() as (peer, _, events):
        for n in range(5000):
            peer.say("Event: Newexten\r\nChannel: x\r\n\r\n")
            if n % 50 == 0:
                peer.say(f"Event: UserEvent\r\nUserEvent: MediaWanted\r\nConnId: {n}\r\n\r\n")
        async with asyncio.timeout(10):
            while sum(e.name == "UserEvent" for e in events) < 100:
                await asyncio.sleep(0.01)


async def test_a_connection_that_is_lost_is_made_again() -> None:
    async with connection() as (peer, manager, events):
        peer.writers[-1].close()
        async with asyncio.timeout(8):
            while len(peer.writers) < 2 or not manager.connected.is_set():
                await asyncio.sleep(0.02)
            peer.say("Event: UserEvent\r\nUserEvent: Again\r\n\r\n")
        await until(1, events)


async def test_quiet_seconds_do_not_end_the_connection() -> None:
    async with connection() as (peer, manager, _):
        await asyncio.sleep(4)
        assert manager.connected.is_set()
        assert len(peer.writers) == 1


async def test_a_value_with_a_line_break_is_refused_before_it_is_sent() -> None:
    async with connection() as (peer, manager, _):
        with pytest.raises(ManagerError) as caught:
            await manager.set_variable("PJSIP/x", "NAME", "张三\r\nAction: Originate")
        assert caught.value.code == "bad_value"
        assert all("张三" not in str(a) for a in peer.actions)


async def test_an_asterisk_that_does_not_answer_is_noticed() -> None:
    async with connection() as (peer, manager, _):
        peer.answering = False
        with pytest.raises(ManagerError) as caught:
            await manager.action("Status")
        assert caught.value.code in ("timeout", "not_connected")


async def test_no_thread_is_left_after_the_connection_is_closed() -> None:
    before = threading.active_count()
    async with connection():
        pass
    await asyncio.sleep(0.1)
    left = [t for t in threading.enumerate() if "listen" in t.name or "Thread-" in t.name]
    assert threading.active_count() <= before + 8, left  # asyncio keeps its few helper threads
    assert not [t for t in left if t.is_alive() and "listen" in t.name]


async def test_events_of_a_moment_in_which_we_did_not_look_are_told_in_their_order() -> None:
    """A seat that rings, answers and is recorded at once: told otherwise, nobody knows that it is recorded."""
    async with connection() as (peer, _, events):
        peer.say("Event: DialBegin\r\n\r\nEvent: DialEnd\r\n\r\nEvent: UserEvent\r\nUserEvent: DeskTape\r\n\r\n")
        peer.say("Event: Hangup\r\n\r\n")
        stalled(0.3)
        await until(4, events)
    assert [event.name for event in events] == ["DialBegin", "DialEnd", "UserEvent", "Hangup"]


async def test_of_too_many_events_the_oldest_ordinary_are_dropped_and_no_call_that_wants_the_program(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ivr.asterisk.manager.ORDINARY_LIMIT", 3)
    async with connection() as (peer, manager, events):
        for n in range(6):
            peer.say(f"Event: Newexten\r\nNumber: {n}\r\n\r\nEvent: UserEvent\r\nNumber: {n}\r\n\r\n")
        stalled(0.3)
        await until(9, events)
        assert manager.dropped == 3
    kept = [event.fields["Number"] + ("!" if event.name == "UserEvent" else "") for event in events]
    assert kept == ["0!", "1!", "2!", "3", "3!", "4", "4!", "5", "5!"]


async def test_a_stall_of_seconds_does_not_end_the_connection() -> None:
    """Ours or Asterisk's: with the connection the events of the gap would be lost, and with one of them a call."""
    async with connection() as (peer, manager, events):
        await asyncio.sleep(0.9)  # the last ping is some time ago
        stalled(4.0)
        peer.say("Event: UserEvent\r\nUserEvent: MediaWanted\r\n\r\n")
        await until(1, events)
        await asyncio.sleep(1.5)
        assert manager.connected.is_set()
        assert len(peer.writers) == 1


async def test_an_answer_that_came_while_we_stalled_is_an_answer() -> None:
    async with connection() as (peer, manager, _):
        peer.answering = False
        asked = asyncio.create_task(manager.action("CoreStatus"))
        async with asyncio.timeout(5):
            while not (known := [one["ActionID"] for one in peer.actions if one["Action"] == "CoreStatus"]):
                await asyncio.sleep(0.001)
        peer.answering = True
        peer.say(f"Response: Success\r\nActionID: {known[0]}\r\n\r\n")
        stalled(ACTION_TIMEOUT_S + 2)
        assert (await asked)["ActionID"] == known[0]
        assert len(peer.writers) == 1


async def test_an_asterisk_that_does_not_answer_any_more_is_left_within_seconds() -> None:
    """A connection that looks open and is dead must not be trusted until its silence is noticed."""
    async with connection() as (peer, _, _):
        peer.answering = False
        began = time.monotonic()
        async with asyncio.timeout(8):
            while len(peer.writers) < 2:
                await asyncio.sleep(0.02)
        assert time.monotonic() - began < PING_EVERY_S + ACTION_TIMEOUT_S + 2


async def test_an_action_that_an_earlier_connection_left_unanswered_does_not_end_the_new_one() -> None:
    async with connection() as (peer, manager, _):
        await asyncio.sleep(0.2)  # the first ping has its answer; the next is most of a second away
        peer.answering = False
        left_over = asyncio.create_task(manager.action("CoreStatus"))
        async with asyncio.timeout(5):
            while not any(one["Action"] == "CoreStatus" for one in peer.actions):
                await asyncio.sleep(0.01)
        peer.answering = True
        peer.writers[-1].close()
        async with asyncio.timeout(8):
            while len(peer.writers) < 2 or not manager.connected.is_set():
                await asyncio.sleep(0.02)
        assert not left_over.done()
        with pytest.raises(ManagerError):
            await left_over
        await asyncio.sleep(1.5)
        assert manager.connected.is_set()
        assert len(peer.writers) == 2


async def test_two_actions_at_once_get_each_its_own_answer() -> None:
    async with connection() as (peer, manager, _):
        answers = await asyncio.gather(*(manager.action("CoreStatus") for _ in range(200)))
    asked = [one["ActionID"] for one in peer.actions if one["Action"] == "CoreStatus"]
    assert len(set(asked)) == 200
    assert sorted(answer["ActionID"] for answer in answers) == sorted(asked)
