"""A call of which something broke, here: the caller gets a person, and the log and the record tell why."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from ivr.call.events import Kind
from ivr.call.parts import Ending

log = logging.getLogger(__name__)


async def to_a_person(
    call_id: str, error: BaseException, record: Callable[..., None], hand_over: Callable[[Ending], Awaitable[None]]
) -> str:
    """Hand the call over. Gives the reason for which its media leg is closed."""
    log.error("call %s broke; it goes to a person", call_id, exc_info=error)
    record(Kind.ERROR, code=getattr(error, "code", "internal"), message=str(error)[:300])
    await hand_over(Ending())
    return "error"


async def left(
    call_id: str,
    reader: asyncio.Task[None],
    record: Callable[..., None],
    hand_over: Callable[[Ending], Awaitable[None]],
) -> str:
    """The media leg is not read any more: the caller has left, unless taking in what came over it broke. Gives the
    reason for which the leg is closed."""
    (error,) = await asyncio.gather(reader, return_exceptions=True)
    return "leg_ended" if error is None else await to_a_person(call_id, error, record, hand_over)
