"""Keys that belong to one answer."""

from __future__ import annotations

import asyncio

KEY_PAUSE_S = 3.0
"""A number is over when no key follows for so long."""


async def number(first: str, keys: asyncio.Queue[str], digits: int) -> str:
    """Up to `digits` keys from the first on, ended by # or a pause. Takes (digits - 1) * KEY_PAUSE_S at most. A star
    may be the first: it is the zero of a number; alone, it asks to hear the question again."""
    found = first
    while len(found) < digits and first != "#":
        try:
            async with asyncio.timeout(KEY_PAUSE_S):
                key = await keys.get()
        except TimeoutError:
            break
        if key == "#":
            break
        found += key
    return found
