"""A simulated day of the hotline under our routing rules and under Asterisk's plain queue, side by side.

`python -m tests.bench.routing_day [--seed N] [--calls N] [--seats N]`

What is simulated: callers (Poisson arrivals with a morning peak, band, language, patience), seats (talk times,
languages), the clock. What is not: the order. Ranks, hops and their limits come from `ivr/routing/rules.py`, the same
module from which the dialplan is rendered. Of Asterisk it takes over: a seat is offered once a second (`retry`),
a free seat goes to the longest idle one, and a seat in two queues serves either of them by chance. The plain queue is
what one gets without rules: one queue a language with its members, callers in the order in which they came, no bands,
no overflow, no interpreter. Both days have the same callers, the same patience and the same talk times."""

from __future__ import annotations

import argparse
import heapq
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from integrations.database.bands import BANDS
from ivr.routing.rules import DEFAULT_QUEUE, Hop, Waits, hops, queue_of, rank
from ivr.settings_routing import Routing

DAY_S = 10 * 3600.0
"""08:00 to 18:00."""
DEFAULT = "zh"
LANGUAGE_SHARE = {"zh": 0.86, "bo": 0.10, "mn": 0.04}
BAND_SHARE = {"emergency": 0.02, "vulnerable": 0.13, "elder": 0.70, "general": 0.15}
SPEAKERS = {"bo": 3, "mn": 2}
"""Of the seats, all of which speak Mandarin, so many speak this as well."""
TALK_MEDIAN_S, TALK_SIGMA = 95.0, 0.6
INTERPRETED_FACTOR = 1.5
"""A talk through an interpreter takes longer."""
PATIENCE_MEAN_S, PATIENCE_LEAST_S = 240.0, 10.0
HALF_WIDTHS_S = 3600.0
ANSWER_S = 3.0
"""From ring to answer."""
RETRY_S = 1.0
STARVED_S = 900.0
"""The longest wait that the dialplan allows before a call-back is owed."""


@dataclass(slots=True)
class Caller:
    """One call; times in seconds from the start of the day."""

    number: int
    arrived_s: float
    band: str
    language: str
    patience_s: float
    talk_s: float
    hop: int = 0
    answered_s: float | None = None
    left_s: float | None = None
    interpreted: bool = False
    route: Sequence[Hop] = ()

    @property
    def waiting(self) -> bool:
        return self.answered_s is None and self.left_s is None


@dataclass(slots=True)
class Seat:
    """One agent."""

    number: int
    languages: frozenset[str]
    free_since_s: float = 0.0
    busy: bool = False


@dataclass(slots=True)
class Day:
    """One day under one set of rules."""

    callers: list[Caller]
    seats: list[Seat]
    plain: bool
    chance: random.Random
    routing: Routing = field(default_factory=Routing)
    answer_s: float = ANSWER_S
    _events: list[tuple[float, int, str, int]] = field(default_factory=list)
    _waiting: dict[str, list[int]] = field(default_factory=dict)
    _count: int = 0

    def run(self) -> None:
        """Until nobody waits any more."""
        for caller in self.callers:
            self._at(caller.arrived_s, "arrive", caller.number)
        while self._events:
            now, _, what, number = heapq.heappop(self._events)
            match what:
                case "arrive":
                    self._arrive(self.callers[number], now)
                case "give_up":
                    caller = self.callers[number]
                    if caller.waiting:
                        caller.left_s = now
                        self._remove(caller)
                case "next_hop":
                    self._next_hop(self.callers[number], now)
                case "free":
                    self.seats[number].busy, self.seats[number].free_since_s = False, now
            self._match(now)

    def _at(self, second: float, what: str, number: int) -> None:
        self._count += 1
        heapq.heappush(self._events, (second, self._count, what, number))

    def _arrive(self, caller: Caller, now: float) -> None:
        if self.plain:
            caller.route = [Hop(queue_of(caller.language, DEFAULT), None)]
        else:
            waits = Waits(self.routing.language_wait_s, self.routing.familiar_s)
            caller.route = hops(caller.band, caller.language, default=DEFAULT, waits=waits)
        self._at(now + caller.patience_s, "give_up", caller.number)
        self._enter(caller, now)

    def _enter(self, caller: Caller, now: float) -> None:
        hop = caller.route[caller.hop]
        if hop.only_if_free and not any(self._serves(seat, hop.queue) and not seat.busy for seat in self.seats):
            caller.hop += 1
            hop = caller.route[caller.hop]
        self._waiting.setdefault(hop.queue, []).append(caller.number)
        if hop.limit_s is not None:
            self._at(now + hop.limit_s, "next_hop", caller.number)

    def _next_hop(self, caller: Caller, now: float) -> None:
        if caller.waiting:
            self._remove(caller)
            caller.hop += 1
            self._enter(caller, now)

    def _remove(self, caller: Caller) -> None:
        self._waiting[caller.route[caller.hop].queue].remove(caller.number)

    @staticmethod
    def _serves(seat: Seat, queue: str) -> bool:
        return queue == DEFAULT_QUEUE or queue.removeprefix(f"{DEFAULT_QUEUE}-") in seat.languages

    def _first(self, queue: str) -> Caller:
        """Who of a queue is served next."""
        waiting = [self.callers[number] for number in self._waiting[queue]]
        if self.plain:
            return min(waiting, key=lambda c: c.number)
        head = {"emergency": self.routing.emergency_head_s, "vulnerable": self.routing.vulnerable_head_s}
        head["elder"] = self.routing.elder_head_s
        return max(waiting, key=lambda c: (rank(int(c.arrived_s), c.band, head), -c.number))

    def _match(self, now: float) -> None:
        """Give free seats to those who wait: the longest idle seat to the first of a queue, the queue by chance."""
        while True:
            offers = [
                queue
                for queue, waiting in self._waiting.items()
                if waiting and any(not seat.busy and self._serves(seat, queue) for seat in self.seats)
            ]
            if not offers:
                return
            queue = self.chance.choice(offers)
            caller = self._first(queue)
            fit = [seat for seat in self.seats if not seat.busy and self._serves(seat, queue)]
            seat = min(fit, key=lambda s: s.free_since_s)
            self._remove(caller)
            waited = now > caller.arrived_s
            caller.answered_s = now + self.answer_s + (self.chance.uniform(0, RETRY_S) if waited else 0.0)
            caller.interpreted = caller.language not in seat.languages
            seat.busy = True
            talk = caller.talk_s * (INTERPRETED_FACTOR if caller.interpreted else 1.0)
            self._at(caller.answered_s + talk, "free", seat.number)


def arrivals(count: int, chance: random.Random) -> Iterator[float]:
    """Poisson arrivals over the day: the rate peaks at 09:30 at about three times its level of the afternoon."""

    def rate(second: float) -> float:
        return (
            0.45
            + math.exp(-(((second - 5400) / HALF_WIDTHS_S) ** 2))
            + 0.25 * math.exp(-(((second - 25_200) / HALF_WIDTHS_S) ** 2))
        )

    mean = sum(rate(float(s)) for s in range(int(DAY_S))) / DAY_S
    most = 1.5 * count / DAY_S / mean
    second = 0.0
    while (second := second + chance.expovariate(most)) < DAY_S:
        if chance.random() < rate(second) / 1.5:  # thinning
            yield second


def _pick(share: dict[str, float], chance: random.Random) -> str:
    return chance.choices(list(share), list(share.values()))[0]


def make_callers(count: int, seed: int) -> list[Caller]:
    """The callers of one day."""
    chance = random.Random(seed)
    return [
        Caller(
            number,
            second,
            _pick(BAND_SHARE, chance),
            _pick(LANGUAGE_SHARE, chance),
            PATIENCE_LEAST_S + chance.expovariate(1 / PATIENCE_MEAN_S),
            TALK_MEDIAN_S * math.exp(chance.gauss(0, TALK_SIGMA)),
        )
        for number, second in enumerate(arrivals(count, chance))
    ]


def make_seats(count: int) -> list[Seat]:
    """Seats of the day; all speak the default language."""
    languages: list[set[str]] = [{DEFAULT} for _ in range(count)]
    place = 0
    for language, speakers in SPEAKERS.items():
        for _ in range(speakers):
            languages[place % count].add(language)
            place += 1
    return [Seat(number, frozenset(spoken)) for number, spoken in enumerate(languages)]


def simulate(count: int, seats: int, seed: int, *, plain: bool) -> list[Caller]:
    """One day; the callers with what became of them."""
    day = Day(make_callers(count, seed), make_seats(seats), plain, random.Random(seed + 1))
    day.run()
    return day.callers


def _waited(caller: Caller) -> float:
    end = caller.answered_s if caller.answered_s is not None else caller.left_s
    assert end is not None
    return end - caller.arrived_s


def row(name: str, ours: list[Caller], plain: list[Caller]) -> str:
    """One line of the table: rules | plain."""
    cells = []
    for group in (ours, plain):
        answered = [c for c in group if c.answered_s is not None]
        fast = sum(_waited(c) <= 15 for c in answered)
        longest = max((_waited(c) for c in group), default=0.0)
        gone = len(group) - len(answered)
        cells.append(
            f"{100 * fast / max(1, len(group)):5.1f} % {longest:6.0f} s {100 * gone / max(1, len(group)):5.1f} %"
        )
    return f"{name:12} {len(ours):5}  {cells[0]}   {cells[1]}"


def report(ours: list[Caller], plain: list[Caller], names: tuple[str, str] = ("rules", "plain")) -> Iterator[str]:
    """The table."""
    first, second = (f"{name}: <=15 s  longest  gone" for name in names)
    yield f"{'':12} {'calls':>5}  {first:28}  {second}"
    for band in BANDS:
        yield row(band, *([c for c in day if c.band == band] for day in (ours, plain)))
    for language in LANGUAGE_SHARE:
        yield row(language, *([c for c in day if c.language == language] for day in (ours, plain)))
    yield row("all", ours, plain)
    for name, day in zip(names, (ours, plain), strict=True):
        starved = sum(_waited(c) > STARVED_S for c in day)
        interpreted = sum(c.interpreted for c in day)
        yield f"{name}: waited more than {STARVED_S / 60:.0f} min: {starved}; with an interpreter: {interpreted}"


def seats_needed(calls: int, seats: int, seed: int, share: float = 0.95) -> int:
    """The fewest seats with which so many are answered within 15 s (GB/T 33358: 95 %)."""
    while True:
        day = simulate(calls, seats, seed, plain=False)
        if sum(c.answered_s is not None and _waited(c) <= 15 for c in day) >= share * len(day):
            return seats
        seats += 1


def main() -> None:
    """Print the day, and a day with too few seats: the rules matter most when persons are short."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=3000)
    parser.add_argument("--seats", type=int, default=12)
    parser.add_argument("--seed", type=int, default=20260310)
    given = parser.parse_args()
    for seats in (given.seats, given.seats - 2):
        ours, plain = (simulate(given.calls, seats, given.seed, plain=plain) for plain in (False, True))
        print(f"\n{len(ours)} calls, {seats} seats, seed {given.seed}")
        print("\n".join(report(ours, plain)))
    needed = seats_needed(given.calls, given.seats, given.seed)
    print(f"\n95 % within 15 s over the whole day needs {needed} seats under the rules")


if __name__ == "__main__":
    main()
