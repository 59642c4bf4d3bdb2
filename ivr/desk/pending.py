"""What is begun and waits for its browser to come back: for a time, not too many, and no flood pushes out others'."""

from __future__ import annotations

import ipaddress
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
KEPT_S = 600.0
EACH_MAX = 20
"""Of one address: a whole office may sign in from behind one, at the beginning of a shift."""
ALL_MAX = 500


@dataclass(frozen=True, slots=True)
class _Kept(Generic[T]):
    one: T
    network: str
    at: float


class Pending(Generic[T]):
    """By a key that only its browser knows. Where too many are kept, the oldest of whoever has most is forgotten: the
    newest of an address always stays, and so do the few of any other."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: dict[str, _Kept[T]] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def keep(self, key: str, one: T, address: str) -> None:
        """Until it is popped, or KEPT_S are over."""
        self._forget_old()
        self._kept[key] = _Kept(one, _network(address), self._clock())
        counts = Counter(kept.network for kept in self._kept.values())
        (most, count) = counts.most_common(1)[0]
        if count > EACH_MAX or len(self._kept) > ALL_MAX:
            del self._kept[next(k for k, kept in self._kept.items() if kept.network == most)]

    def get(self, key: str) -> T | None:
        """It stays."""
        self._forget_old()
        kept = self._kept.get(key)
        return kept.one if kept is not None else None

    def pop(self, key: str) -> T | None:
        """It is good once."""
        self._forget_old()
        kept = self._kept.pop(key, None)
        return kept.one if kept is not None else None

    def _forget_old(self) -> None:
        oldest = self._clock() - KEPT_S
        for key in [key for key, kept in self._kept.items() if kept.at < oldest]:
            del self._kept[key]


def _network(address: str) -> str:
    """Who counts as one: an IPv4 address; of IPv6 its /64, because whoever has one address there has all of them."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is None:
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(getattr(found, "ipv4_mapped", None) or found)
