"""The rules of who is served next. No I/O and no clock: the dialplan is rendered from these numbers, and the bench

runs these functions, so that what is measured is what callers get.

**Bands age by themselves.** A caller's rank is the second at which they asked for a person, moved back by the head
start of their band; the earlier is served first. Everybody's wait grows equally fast, so the order of two callers never
changes while they wait, no program has to re-order anybody, and nobody starves: whoever came `head_start` seconds
later can no longer overtake."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

RANK_ORIGIN_S = 3_000_000_000
"""Epoch seconds (year 2065) from which ranks are counted down, so that Asterisk's larger-is-sooner fits an int."""
DEFAULT_QUEUE = "human"
QUEUE_WEIGHT = 1
"""All queues weigh the same: a seat in two queues serves either. A heavier queue could starve the other one."""


def rank(wanted_epoch_s: int, band: str, head_start_s: Mapping[str, int]) -> int:
    """Asterisk's QUEUE_PRIO of a caller: the larger is served first; equal ranks in order of arrival."""
    return RANK_ORIGIN_S - wanted_epoch_s + head_start_s.get(band, 0)


def queue_of(language: str, default: str) -> str:
    """Name of the queue of a language."""
    return DEFAULT_QUEUE if language == default else f"{DEFAULT_QUEUE}-{language}"


@dataclass(frozen=True, slots=True)
class Hop:
    """One place where a caller waits."""

    queue: str
    limit_s: float | None
    """After so long on to the next hop; None: until the longest wait that is allowed."""
    only_if_free: bool = False
    """Skipped unless a seat of that queue is free at this moment."""
    interpreter: bool = False
    """The seat may not speak the caller's language: an interpreter is called in as the third."""


@dataclass(frozen=True, slots=True)
class Waits:
    """How long each hop may last, in seconds."""

    language_s: float = 45
    familiar_s: float = 20


def hops(
    band: str, language: str, *, default: str, familiar: str = "", skill: str = "", waits: Waits | None = None
) -> Sequence[Hop]:
    """The stated overflow order. After the last hop a call-back by a speaker of the language is owed.

    1. the seat of the person who helped last time and speaks the language, for `familiar_s` at most (not in an
       emergency);
    2. a seat with the wanted skill, if one is free (only callers of the default language);
    3. a seat that speaks the language, for `language_s`; in an emergency only one that is free;
    4. any seat, with an interpreter."""
    waits = waits or Waits()
    order = []
    emergency = band == "emergency"
    if familiar and not emergency:
        order.append(Hop(f"seat-{familiar}", waits.familiar_s))
    if language == default:
        if skill:
            order.append(Hop(f"skill-{skill}", waits.familiar_s, only_if_free=True))
        return [*order, Hop(DEFAULT_QUEUE, None)]
    own = Hop(queue_of(language, default), waits.language_s, only_if_free=emergency)
    return [*order, own, Hop(DEFAULT_QUEUE, None, interpreter=True)]
