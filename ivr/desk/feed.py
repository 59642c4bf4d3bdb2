"""Live updates: what happened, numbered, to every page that may know it. A page that reconnects misses nothing."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSCloseCode, web

log = logging.getLogger(__name__)

KEPT = 5000
"""Messages that a page which comes back can be given; one that was away for longer gets the whole state anew."""
PAGE_BACKLOG = 500
SEND_TIMEOUT_S = 10.0
PAGES_MAX = 500
PAGES_OF_ONE_MAX = 6
WALL = "wall"
Audience = str | int
"""`WALL`, or the staff_id of one person."""


@dataclass(frozen=True, slots=True)
class _Kept:
    number: int
    audience: Audience
    text: str


@dataclass(eq=False)
class Page:
    """One open page."""

    staff_id: int
    wall: bool
    backlog: asyncio.Queue[str] = field(default_factory=lambda: asyncio.Queue(PAGE_BACKLOG))
    dropped: asyncio.Event = field(default_factory=asyncio.Event)

    def wants(self, audience: Audience) -> bool:
        """Whether this page is among them."""
        return self.wall if audience == WALL else audience == self.staff_id

    def put(self, text: str) -> None:
        """Queue a message; a page that does not take what it gets is dropped, and comes back for the whole state."""
        try:
            self.backlog.put_nowait(text)
        except asyncio.QueueFull:
            self.dropped.set()


class Feed:
    """All open pages. Used from the event loop only."""

    def __init__(self) -> None:
        self.epoch = secrets.token_hex(8)
        """Of this process: numbers of another one mean nothing."""
        self._number = 0
        self._kept: deque[_Kept] = deque(maxlen=KEPT)
        self._pages: set[Page] = set()

    def publish(self, audience: Audience, kind: str, **facts: Any) -> None:
        """Tell one person's pages, or all pages with the wall."""
        self._number += 1
        text = self._text(self._number, kind, facts)
        self._kept.append(_Kept(self._number, audience, text))
        self._put(audience, text)

    def show(self, audience: Audience, kind: str, **facts: Any) -> None:
        """As `publish`, for what the next one replaces: it is not kept."""
        self._put(audience, self._text(self._number, kind, facts))

    def _put(self, audience: Audience, text: str) -> None:
        for page in self._pages:
            if page.wants(audience):
                page.put(text)

    def _text(self, number: int, kind: str, facts: dict[str, Any]) -> str:
        return json.dumps({"seq": number, "type": kind, **facts}, ensure_ascii=False, default=str)

    def watched(self, audience: Audience) -> bool:
        """Whether anybody would see it."""
        return any(page.wants(audience) for page in self._pages)

    def room(self, staff_id: int) -> bool:
        """Whether one more page of this person is taken."""
        own = sum(page.staff_id == staff_id for page in self._pages)
        return len(self._pages) < PAGES_MAX and own < PAGES_OF_ONE_MAX

    def enter(self, page: Page, epoch: str, since: int) -> bool:
        """A page came. True when it was given all that it missed; False when it needs the whole state."""
        oldest = self._kept[0].number if self._kept else self._number + 1
        resumed = epoch == self.epoch and oldest - 1 <= since <= self._number
        missed = [k for k in self._kept if k.number > since and page.wants(k.audience)] if resumed else []
        resumed = resumed and len(missed) < PAGE_BACKLOG // 2
        page.put(self._text(self._number if not resumed else since, "hello", {"epoch": self.epoch, "resumed": resumed}))
        if resumed:
            for kept in missed:
                page.put(kept.text)
        self._pages.add(page)
        return resumed

    def leave(self, page: Page) -> None:
        """A page went."""
        self._pages.discard(page)

    def state(self, page: Page, kind: str, **facts: Any) -> None:
        """Tell one page only."""
        page.put(self._text(self._number, kind, facts))

    @property
    def pages(self) -> int:
        """How many are open."""
        return len(self._pages)

    def close(self) -> None:
        """Let go of all pages."""
        for page in self._pages:
            page.dropped.set()


async def pump(page: Page, socket: web.WebSocketResponse, request: web.Request) -> None:
    """Send what is queued, until the page is dropped or gone. A page that never reads is cut off."""
    dropped = asyncio.create_task(page.dropped.wait())
    getter = asyncio.create_task(page.backlog.get())
    try:
        while True:
            await asyncio.wait({getter, dropped}, return_when=asyncio.FIRST_COMPLETED)
            if page.dropped.is_set():
                break
            text = getter.result()
            getter = asyncio.create_task(page.backlog.get())
            async with asyncio.timeout(SEND_TIMEOUT_S):
                await socket.send_str(text)
        async with asyncio.timeout(SEND_TIMEOUT_S):
            await socket.close(code=WSCloseCode.TRY_AGAIN_LATER, message=b"come back")
    except (TimeoutError, ConnectionError):
        log.warning("a page of staff %d does not read: its connection is cut", page.staff_id)
        if request.transport is not None:
            request.transport.abort()
    finally:
        for task in (dropped, getter):
            task.cancel()
        await asyncio.gather(dropped, getter, return_exceptions=True)
