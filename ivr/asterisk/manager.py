"""The Manager Interface (AMI), on the asterisk-ami package: events in, actions out.

What asterisk-ami 0.1.7 lacks is made up for here and tested: its reader dies after some time without traffic (we ping
each second), an exception in a listener kills it (ours only enqueues), two threads may give the same number to two
actions (we give it), CR or LF in a value injects headers (refused), and its AutoReconnect keeps a process from exiting
(we reconnect ourselves)."""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
import logging
import socket
import threading
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from asterisk.ami import AMIClient, SimpleAction

log = logging.getLogger(__name__)

PING_EVERY_S = 1.0
ACTION_TIMEOUT_S = 2.5
LAST_LOOK_S = 0.5
"""After that time once more: what took so long may be ourselves, and the answer here already."""
CONNECT_TIMEOUT_S = 3.0
SENDERS = 4
"""Actions that may be on their way at once; where Asterisk does not read, each is held for up to 3 s."""
SILENCE_S = 30.0
"""The reader gives up after so long. It is no judge of Asterisk (an unanswered ping is, sooner): if we stand still for
seconds we send no pings, and a connection that is made again for that has lost the events of the gap."""
BACKOFF_S = (0.1, 0.2, 0.5, 1.0, 2.0)
ORDINARY_LIMIT = 10_000
"""Events beyond this are dropped, the oldest first, and counted; user events never are: calls hang on them."""


class ManagerError(Exception):
    """An action could not be done. Codes: `not_connected`, `timeout`, `refused`, `bad_value`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class ManagerEvent:
    """One event of Asterisk."""

    name: str
    fields: Mapping[str, str]


class Manager:
    """One connection that is kept up by the task `run()`. `on_event` is called in the event loop and must be quick."""

    def __init__(self, port: int, account: str, secret: str, on_event: Callable[[ManagerEvent], None]) -> None:
        self._port, self._account, self._secret, self._on_event = port, account, secret, on_event
        self._client: AMIClient | None = None
        self._senders: ThreadPoolExecutor | None = None
        """Its own: a slow database holds all other threads, and what is not sent is not answered."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._places = itertools.count()
        self._urgent: deque[tuple[int, ManagerEvent]] = deque()
        self._ordinary: deque[tuple[int, ManagerEvent]] = deque()
        """What waits to be told, each with its place among all."""
        self._waiting = threading.Lock()
        self._lists: dict[str, list[Mapping[str, str]]] = {}
        self._list_done: dict[str, asyncio.Future[None]] = {}
        self._numbers = itertools.count(1)
        self._waking = False
        self._lost = asyncio.Event()
        self.dropped = 0
        self.connected = asyncio.Event()

    async def run(self) -> None:
        """Connect and stay connected until cancelled."""
        self._loop = asyncio.get_running_loop()
        self._senders = ThreadPoolExecutor(SENDERS, "manager")
        failures = 0
        try:
            while True:
                try:
                    await self._connect()
                    failures = 0
                    await self._watch()
                except (OSError, TimeoutError, ManagerError) as error:
                    if failures == 0:
                        log.warning(
                            "no connection to Asterisk's manager on port %d: %s; trying again", self._port, error
                        )
                    failures += 1
                finally:
                    self.connected.clear()
                    await self._disconnect()
                await asyncio.sleep(BACKOFF_S[min(failures, len(BACKOFF_S) - 1)])
        finally:
            await self._disconnect()
            self._senders.shutdown(wait=False)

    async def _connect(self) -> None:
        self._lost.clear()
        client = AMIClient(address="127.0.0.1", port=self._port, timeout=CONNECT_TIMEOUT_S, buffer_size=65536)
        client.add_listener(on_event=self._from_thread, on_disconnect=self._lost_in_thread, on_unknown=_unknown)
        self._client = client
        async with asyncio.timeout(5):
            future = await asyncio.to_thread(client.login, username=self._account, secret=self._secret)
            response = await asyncio.to_thread(lambda: future.response)
        if response is None or response.is_error():
            raise ManagerError("refused", f"Asterisk did not accept the account {self._account}")
        client._socket.settimeout(SILENCE_S)
        self.connected.set()

    async def _watch(self) -> None:
        while not self._lost.is_set():
            await self.action("Ping")
            try:
                async with asyncio.timeout(PING_EVERY_S):
                    await self._lost.wait()
            except TimeoutError:
                continue

    async def _disconnect(self) -> None:
        client, self._client = self._client, None
        if client is not None and client.finished is not None:
            with contextlib.suppress(OSError, AttributeError):
                # Closing a socket does not wake the package's reader out of recv(); shutting it down does.
                client._socket.shutdown(socket.SHUT_RDWR)
            await asyncio.to_thread(client.disconnect)

    def _from_thread(self, event: Any, **_: Any) -> None:
        """Runs in the package's reader: only enqueues, so that nothing of ours can end it."""
        item = ManagerEvent(event.name, dict(event.keys))
        urgent = item.name == "UserEvent" or "ActionID" in item.fields
        with self._waiting:
            (self._urgent if urgent else self._ordinary).append((next(self._places), item))
            if len(self._ordinary) > ORDINARY_LIMIT:
                self._ordinary.popleft()
                self.dropped += 1
        self._wake()

    def _lost_in_thread(self, **_: Any) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._lost.set)

    def _wake(self) -> None:
        if not self._waking and self._loop is not None and not self._loop.is_closed():
            self._waking = True
            self._loop.call_soon_threadsafe(self._drain)

    def _drain(self) -> None:
        """In the order in which Asterisk told: that a talk is recorded, say, comes after that it was answered."""
        self._waking = False
        with self._waiting:
            waiting = list(heapq.merge(self._urgent, self._ordinary))  # no place is there twice: no events are compared
            self._urgent.clear()
            self._ordinary.clear()
        for _, event in waiting:
            if not self._collect(event):
                self._deliver(event)

    def _deliver(self, event: ManagerEvent) -> None:
        try:
            self._on_event(event)
        except Exception:
            log.exception("handling the event %s failed; the connection goes on", event.name)

    def _collect(self, event: ManagerEvent) -> bool:
        action_id = event.fields.get("ActionID", "")
        if action_id not in self._lists:
            return False
        if event.fields.get("EventList") == "Complete":
            _fulfil(self._list_done[action_id], None)
        else:
            self._lists[action_id].append(event.fields)
        return True

    async def action(self, name: str, **fields: str) -> Mapping[str, str]:
        """Do one action and give its response. Raises ManagerError."""
        client = self._client
        if client is None:
            raise ManagerError("not_connected", f"{name}: there is no connection to Asterisk")
        for key, value in fields.items():
            if any(c in value for c in "\r\n\0\x85\u2028\u2029"):
                raise ManagerError("bad_value", f"{name}: {key} contains a line break")
        answer = await self._answer(client, SimpleAction(name, **{"ActionID": f"do-{next(self._numbers)}", **fields}))
        if isinstance(answer, Exception):
            self._lose(client)
            raise ManagerError("not_connected", f"{name}: the connection was lost: {answer}") from answer
        if answer is None:
            self._lose(client)
            raise ManagerError("timeout", f"{name}: Asterisk did not answer")
        if answer.is_error():
            raise ManagerError("refused", f"{name}: {answer.keys.get('Message', 'refused')}")
        return dict(answer.keys)

    def _lose(self, client: AMIClient) -> None:
        """An action that was left over from an earlier connection tells nothing of this one."""
        if client is self._client:
            self._lost.set()

    async def _answer(self, client: AMIClient, action: SimpleAction) -> Any:
        """Asterisk's answer; what went wrong in sending; None when there is no answer."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Any] = loop.create_future()

        def tell(told: Any) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(_fulfil, answer, told)

        def send() -> None:  # in a thread: Asterisk may not be reading
            try:
                client.send_action(action, tell)
            except (OSError, AttributeError) as error:
                tell(error)

        loop.run_in_executor(self._senders, send)
        return answer.result() if await _comes(answer) else None

    async def channels(self) -> list[Mapping[str, str]]:
        """All channels, as Asterisk's CoreShowChannel events give them."""
        return await self._listed("CoreShowChannels")

    async def queue_members(self, queue: str) -> list[Mapping[str, str]]:
        """The members of a queue, as Asterisk's QueueMember events give them."""
        return [one for one in await self._listed("QueueStatus", Queue=queue) if "MemberName" in one or "Name" in one]

    async def stored(self, family: str) -> dict[str, str]:
        """Key → value of a family of Asterisk's own database; `{}` when there is none."""
        try:
            rows = await self._listed("DBGetTree", Family=family)
        except ManagerError as error:
            if error.code != "refused":
                raise
            return {}
        return {row["Key"].removeprefix(f"/{family}/"): row.get("Val", "") for row in rows if "Key" in row}

    async def _listed(self, name: str, **fields: str) -> list[Mapping[str, str]]:
        """The events that answer an action with a list."""
        action_id = f"list-{next(self._numbers)}"
        self._lists[action_id] = []
        done = self._list_done[action_id] = asyncio.get_running_loop().create_future()
        try:
            await self.action(name, ActionID=action_id, **fields)
            if not await _comes(done):
                raise ManagerError("timeout", f"the list that answers {name} did not end")
            return self._lists[action_id]
        finally:
            del self._lists[action_id], self._list_done[action_id]

    async def redirect(self, channel: str, context: str, exten: str = "s") -> None:
        """Send a leg to the start of an extension of the dialplan."""
        await self.action("Redirect", Channel=channel, Context=context, Exten=exten, Priority="1")

    async def set_variable(self, channel: str, name: str, value: str) -> None:
        """Set a variable of a leg."""
        await self.action("Setvar", Channel=channel, Variable=name, Value=value)

    async def store(self, family: str, key: str, value: str) -> None:
        """Keep a value in Asterisk's own database, which the dialplan reads without us."""
        await self.action("DBPut", Family=family, Key=key, Val=value)

    async def forget(self, family: str, key: str = "") -> None:
        """Take a value, or without a key a whole family, out of Asterisk's own database. Absent is good as well."""
        try:
            if key:
                await self.action("DBDel", Family=family, Key=key)
            else:
                await self.action("DBDelTree", Family=family)
        except ManagerError as error:
            if error.code != "refused":
                raise


def _fulfil(future: asyncio.Future[Any], result: Any) -> None:
    if not future.done():
        future.set_result(result)


async def _comes(future: asyncio.Future[Any]) -> bool:
    for limit_s in (ACTION_TIMEOUT_S, LAST_LOOK_S):
        await asyncio.wait({future}, timeout=limit_s)
        if future.done():
            return True
    return False


def _unknown(source: AMIClient, pack: str) -> None:
    """Asterisk ends some events (TestEvent, in a build for testing as Debian's is) with an empty line too many.

    The package takes it for the beginning of the next pack, and would lose that: an event, or an answer."""
    if pack.startswith("\r\n"):
        source.fire_recv_pack(pack.lstrip("\r\n"))
