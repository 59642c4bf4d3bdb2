"""The busiest part of the simulated day, compressed nine times, by a real Asterisk: does the simulation tell the truth?

`python -m tests.bench.routing_real [--seconds N]` (of the day; 2000 take about four minutes). Callers and seats are
Local legs inside Asterisk: no phones, no audio, but its own queues, dialplan, AstDB and ledger. Waits, head starts,
patience and talk times are divided by nine; the second between two offers of a seat is not."""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

from ivr.asterisk.manager import Manager, ManagerError, ManagerEvent
from ivr.routing.rules import queue_of
from ivr.settings_routing import Routing
from tests.bench.routing_day import DEFAULT, Caller, Day, Seat, make_callers, make_seats, report
from tests.calls.conftest import Hotline, running_hotline

FACTOR = 9
FIRST_S = 4400.0
ROUTING = Routing(
    language_wait_s=45 // FACTOR,
    emergency_head_s=3600 // FACTOR,
    vulnerable_head_s=120 // FACTOR,
    elder_head_s=60 // FACTOR,
    familiar_s=0,
)
DIALPLAN = (
    "_X.,1,Answer() into bench-seat",
    "_X.,2,Wait(${TALK}) into bench-seat",
    "s,1,Set(CHANNEL(hangup_handler_push)=ended,s,1) into bench-caller",
    "s,2,Set(CALLERID(num)=${BENCH_NUMBER}) into bench-caller",
    "s,3,Set(HOTLINE_BEGAN=${EPOCH}) into bench-caller",
    "s,4,Answer() into bench-caller",
    "s,5,Goto(human,s,1) into bench-caller",
)


@dataclass(slots=True)
class Real:
    """The same callers, placed in Asterisk."""

    callers: list[Caller]
    manager: Manager
    began: float = 0.0
    legs: dict[int, str] = field(default_factory=dict)
    seats: dict[int, int] = field(default_factory=dict)

    def now(self) -> float:
        return time.monotonic() - self.began

    def event(self, event: ManagerEvent) -> None:
        """Who got a leg, who was answered."""
        unique = event.fields.get("Linkedid", "")
        if not unique.startswith("bench-"):
            return
        number = int(unique.split("-")[1])
        if event.name == "Newchannel" and event.fields.get("Uniqueid") == unique:
            self.legs[number] = event.fields["Channel"]
        elif event.name == "AgentConnect" and self.callers[number].answered_s is None:
            self.callers[number].answered_s = self.now()
            self.seats[number] = int(event.fields["MemberName"].removeprefix("bench"))

    async def place(self, caller: Caller) -> None:
        """One caller, from the dialling to the giving up."""
        await asyncio.sleep(max(0.0, caller.arrived_s - self.now()))
        caller.arrived_s = self.now()
        values = {
            "TALK": f"{caller.talk_s:.1f}",
            "BENCH_NUMBER": f"139{caller.number:08}",
            "HOTLINE_BAND": caller.band,
            "HOTLINE_LANG": caller.language,
            "HOTLINE_WHY": "bench",
        }
        await self.manager.action(
            "Originate",
            Channel="Local/s@bench-caller/n",
            ChannelId=f"bench-{caller.number}",
            OtherChannelId=f"bench-{caller.number}-2",
            Application="Wait",
            Data="900",
            Variable=",".join(f"__{name}={value}" for name, value in values.items()),
            Async="true",
        )
        await asyncio.sleep(caller.patience_s)
        if caller.answered_s is not None:
            return
        caller.left_s = self.now()
        try:
            await self.manager.action("Hangup", Channel=self.legs[caller.number])
        except ManagerError as error:
            if error.code != "refused":  # it was ending by itself
                raise


def slice_of_day(seconds: float, seed: int) -> list[Caller]:
    """The callers of the busiest part, compressed and numbered anew."""
    chosen = [c for c in make_callers(3000, seed) if FIRST_S <= c.arrived_s < FIRST_S + seconds]
    return [
        replace(
            c,
            number=number,
            arrived_s=(c.arrived_s - FIRST_S) / FACTOR,
            patience_s=c.patience_s / FACTOR,
            talk_s=c.talk_s / FACTOR,
        )
        for number, c in enumerate(chosen)
    ]


async def run(hotline: Hotline, callers: list[Caller], seats: list[Seat]) -> None:
    """Place them all and wait for the last."""
    hearing: list[Real] = []

    def heard(event: ManagerEvent) -> None:
        for one in hearing:
            one.event(event)

    async with hotline.manager(heard) as manager:
        real = Real(callers, manager)
        hearing.append(real)
        for line in DIALPLAN:
            await manager.action("Command", Command=f"dialplan add extension {line}")
        for seat in seats:
            member = f"Local/{100 + seat.number}@bench-seat/n"
            for language in seat.languages:
                queue = queue_of(language, DEFAULT)
                await manager.action("QueueAdd", Queue=queue, Interface=member, MemberName=f"bench{seat.number}")
        real.began = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for caller in callers:
                group.create_task(real.place(caller))
        for caller in callers:  # whoever was answered in the moment of giving up was answered
            if caller.answered_s is not None:
                caller.left_s = None
            seat_number = real.seats.get(caller.number)
            caller.interpreted = seat_number is not None and caller.language not in seats[seat_number].languages


def main() -> None:
    """Print the real run beside the simulation of the very same callers."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=2000)
    parser.add_argument("--seed", type=int, default=20260310)
    given = parser.parse_args()
    seats = make_seats(12)
    simulated = Day(
        slice_of_day(given.seconds, given.seed), make_seats(12), False, random.Random(1), ROUTING, answer_s=0.1
    )
    simulated.run()
    callers = slice_of_day(given.seconds, given.seed)
    settings = {
        "YINLING_DIALOGUE": "false",
        "YINLING_ROUTING__LANGUAGE_WAIT_S": str(ROUTING.language_wait_s),
        "YINLING_ROUTING__EMERGENCY_HEAD_S": str(ROUTING.emergency_head_s),
        "YINLING_ROUTING__VULNERABLE_HEAD_S": str(ROUTING.vulnerable_head_s),
        "YINLING_ROUTING__ELDER_HEAD_S": str(ROUTING.elder_head_s),
        "YINLING_ROUTING__FAMILIAR_S": "0",
    }
    with tempfile.TemporaryDirectory() as folder, running_hotline(Path(folder) / "var", **settings) as hotline:
        asyncio.run(run(hotline, callers, seats))
    print(f"{len(callers)} calls, 12 seats, {FACTOR} times compressed; seconds are those of the compressed clock")
    print("\n".join(report(callers, simulated.callers, ("Asterisk", "simulated"))))


if __name__ == "__main__":
    main()
