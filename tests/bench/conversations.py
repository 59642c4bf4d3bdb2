"""Simulated conversations: task success, turns, and how fast the engine is. `python -m tests.bench.conversations`.

`--count N` conversations for each service (1,000), `--seed N`, `--json`, `--misheard SHARE` of the utterances that the
recogniser gets partly wrong; `--show N` prints the first N that failed.
The caller is `tests.bench.simulated_caller`; understanding and flows are the real ones; offices are plain functions."""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flows.actions import End, Transfer
from flows.conversation import Conversation
from flows.engine import Engine
from flows.events import CallerProfile, Event, Started
from flows.loader import load_folder
from flows.numbers import check_digit
from integrations.errors import OfficeError
from nlu.embedded import load_understander
from nlu.understand import Understander
from tests.bench.simulated_caller import DEPARTMENTS, NAMES, TODAY, Errors, Goal, SimulatedCaller
from tests.remembering import Remembering
from voices.prompts.catalogue import Catalogue

SERVICES = ("book", "check", "cancel", "pension")
NOW = datetime(TODAY.year, TODAY.month, TODAY.day, 10)  # noqa: DTZ001  local time without a zone
TURNS_MAX = 60
HOSPITALS = ("青海省人民医院", "青海省中医院")


class Offices:
    """One caller's hospitals and pension. Remembers what was done."""

    def __init__(self, goal: Goal, chance: random.Random) -> None:
        self.goal, self._chance = goal, chance
        self.done: list[tuple[str, Mapping[str, Any]]] = []
        self._bookings = _bookings(goal, chance)

    def __call__(self, office: str, operation: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        reply: Mapping[str, Any] = getattr(self, operation)(**arguments)
        return reply

    def list_departments(self, hospital: str | None) -> Mapping[str, Any]:
        return {"departments": list(DEPARTMENTS)}

    def find_sessions(
        self, department: str, hospital: str | None, doctor: str | None, date: str, part_of_day: str
    ) -> Mapping[str, Any]:
        if department not in DEPARTMENTS:
            raise OfficeError("unknown_department", department)
        sessions = [_session(n, one, department, date, part_of_day) for n, one in enumerate(HOSPITALS)]
        return {"sessions": [one for one in sessions if hospital is None or hospital == one["hospital"]], "nearest": []}

    def book(self, session_id: str, patient: str, patient_name: str | None, **_: Any) -> Mapping[str, Any]:
        department, day, part, hospital = session_id.split("|")[1:]
        facts: dict[str, Any] = {"department": department, "date": day, "part_of_day": part, "hospital": hospital}
        self.done.append(("book", {**facts, "patient": patient, "patient_name": patient_name}))
        return {"code": "12345678", "patient_name": patient_name, **facts}

    def find_bookings(self, phone: str | None, code: str | None) -> Mapping[str, Any]:
        found = [one for one in self._bookings if (code == one["code"] if code else not self.goal.knows_code)]
        self.done.append(("find", {"codes": [one["code"] for one in found]}))
        return {"bookings": found}

    def cancel(self, code: str, phone: str | None) -> Mapping[str, Any]:
        self.done.append(("cancel", {"code": code}))
        return {"code": code}

    def last_payment(self, identity_number: str | None, person_id: int | None, phone: str | None) -> Mapping[str, Any]:
        if identity_number is not None and identity_number != self.goal.identity:
            raise OfficeError("identity_unknown", "nobody")
        self.done.append(("pension", {"identity_number": identity_number}))
        return {"status": "paid", "month": "2026-02", "amount_yuan": 2860.5, "paid_on": "2026-03-01", "reason": None}


def _session(n: int, hospital: str, department: str, day: str, part: str) -> dict[str, Any]:
    return {
        "session_id": f"{n}|{department}|{day}|{part}|{hospital}",
        "hospital": hospital,
        "department": department,
        "doctor": "王建国",
        "date": day,
        "part_of_day": part,
        "fee_yuan": 10.0,
        "remaining": 5,
    }


def _bookings(goal: Goal, chance: random.Random) -> list[dict[str, Any]]:
    own = {**_session(0, HOSPITALS[0], goal.department, goal.day.isoformat(), goal.part), "code": goal.code}
    other = {
        **_session(
            1,
            HOSPITALS[1],
            chance.choice([d for d in DEPARTMENTS if d != goal.department]),
            (goal.day + timedelta(days=2)).isoformat(),
            "pm",
        ),
        "code": "55556666",
    }
    found = [own, other] if chance.random() < 0.4 else [own]
    return [{**one, "cancellable": True, "patient_name": None} for one in found]


def goal_of(service: str, chance: random.Random) -> Goal:
    """What one caller wants."""
    other = service == "book" and chance.random() < 0.3
    born = f"19{chance.randint(38, 60)}{chance.randint(1, 12):02}{chance.randint(1, 28):02}"
    first17 = f"630102{born}{chance.randint(1, 999):03}"
    return Goal(
        service,
        department=chance.choice(DEPARTMENTS),
        day=TODAY + timedelta(days=chance.randint(1, 10)),
        part=chance.choice(("am", "pm")),
        patient="other" if other else "self",
        name=chance.choice(NAMES) if other else "",
        identity=first17 + check_digit(first17),
        code=f"{chance.randint(10_000_000, 99_999_999)}",
        knows_code=service in {"check", "cancel"} and chance.random() < 0.3,
    )


@dataclass(slots=True)
class Outcome:
    """How one conversation ended."""

    service: str
    how: str
    """success, person, or what went wrong: `wrong` (the office did something else), `endless`, `ended`."""
    turns: int
    """Things that the caller did until the task was done (or until the end)."""
    reason: str = ""
    lines: list[str] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)


def converse(
    service: str, seed: int, engine: Engine, understander: Understander, errors: Errors | None = None
) -> Outcome:
    """One simulated conversation."""
    chance = random.Random(f"{service}-{seed}")
    goal = goal_of(service, chance)
    offices, caller = Offices(goal, chance), SimulatedCaller(goal, chance, errors or Errors())
    known = service == "pension" and chance.random() < 0.5
    profile = CallerProfile("13909719999", "马建国" if known else None, 2 if known else None)
    talk = Conversation(engine, understander, offices, lambda: NOW, profile)
    exchange, lines, done_at = talk.begin(), [], 0
    for turn in range(1, TURNS_MAX + 1):
        lines.append(f"    {exchange.said}")
        if talk.ending is not None:
            break
        if (verdict := _achieved(goal, offices)) and not done_at:
            done_at, caller.finished = turn - 1, True
            if verdict == "wrong":
                return Outcome(service, "wrong", done_at, str(offices.done), lines, talk.events)
        act = caller.act(exchange.prompts, exchange.said)
        lines.append(f"  > {act.text or act.what}")
        match act.what:
            case "say":
                exchange = talk.say(act.text)
            case "press":
                exchange = talk.press(act.text)
            case "silent":
                exchange = talk.silent()
            case _:
                exchange = talk.noise()
    verdict = _achieved(goal, offices)
    ending = talk.ending
    if verdict == "right":
        how = "success"
    elif verdict == "wrong":
        how = "wrong"
    elif isinstance(ending, Transfer):
        how = "person"
    else:
        how = "ended" if isinstance(ending, End) else "endless"
    reason = ending.reason if isinstance(ending, Transfer) else ""
    return Outcome(service, how, done_at or turn, reason, lines, talk.events)


def _achieved(goal: Goal, offices: Offices) -> str:
    """`right` or `wrong` once the office did something that cannot be taken back; empty before."""
    for what, facts in offices.done:
        if what == "book":
            wanted = {
                "department": goal.department,
                "date": goal.day.isoformat(),
                "part_of_day": goal.part,
                "patient": goal.patient,
            }
            return "right" if all(facts[name] == value for name, value in wanted.items()) else "wrong"
        if what == "cancel":
            return "right" if facts["code"] == goal.code else "wrong"
        if what == "pension":
            return "right"
        if what == "find" and goal.service == "check" and goal.code in facts["codes"]:
            return "right"
    return ""


def engine_speed(outcomes: list[Outcome], engine: Engine, *, least_s: float = 1.0) -> float:
    """Engine steps per second of one core's own time: the events of these conversations, without anything else."""
    stories = [one.events for one in outcomes]
    steps, began = 0, time.process_time()
    while time.process_time() - began < least_s:
        for events in stories:
            first = events[0]
            assert isinstance(first, Started), "a conversation begins with its start"
            state, _ = engine.start(first)
            for event in events[1:]:
                state, _ = engine.step(state, event)
            steps += len(events)
    return steps / (time.process_time() - began)


def measure(
    understander: Understander, count: int = 1000, seed: int = 1, errors: Errors | None = None
) -> dict[str, Any]:
    """All figures: `{services: {name: {...}}, all: {...}, engine_turns_per_s, failed}`."""
    engine = Engine(load_folder(), Catalogue.load("zh"))
    remembering = Remembering(understander)
    outcomes = [
        converse(name, seed * 100_000 + n, engine, remembering, errors) for name in SERVICES for n in range(count)
    ]
    return {
        "conversations_per_service": count,
        "services": {name: _figures([one for one in outcomes if one.service == name]) for name in SERVICES},
        "all": _figures(outcomes),
        "engine_turns_per_s": round(engine_speed(outcomes[:: max(1, len(outcomes) // 200)], engine)),
        "failed": [one for one in outcomes if one.how != "success"],
    }


def figures(count: int = 1000) -> dict[str, Any]:
    """The figures of all services as one flat dictionary, for `make bench-nlu`."""
    with tempfile.TemporaryDirectory() as folder:
        found = measure(load_understander(Path(folder)), count)
    rows = {**found["services"], "all": found["all"]}
    flat = {f"{name}_{key}": value for name, row in rows.items() for key, value in row.items()}
    return {**flat, "conversations_each": count, "engine_turns_per_s": found["engine_turns_per_s"]}


def _figures(outcomes: list[Outcome]) -> dict[str, Any]:
    how = Counter(one.how for one in outcomes)
    turns = [one.turns for one in outcomes if one.how == "success"]
    return {
        "success": round(how["success"] / len(outcomes), 4),
        "person": how["person"],
        "neither": len(outcomes) - how["success"] - how["person"],
        "turns_mean": round(statistics.mean(turns), 2) if turns else None,
        "turns_p95": sorted(turns)[round(0.95 * (len(turns) - 1))] if turns else None,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--misheard", type=float, default=Errors().misheard, help="Share of utterances with homophones."
    )
    parser.add_argument("--show", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        understander = load_understander(Path(folder))
    found = measure(understander, options.count, options.seed, Errors(misheard=options.misheard))
    failed: list[Outcome] = found.pop("failed")
    if options.json:
        print(json.dumps(found, ensure_ascii=False))
        return
    print(f"{'':10} {'success':>8} {'person':>7} {'neither':>8} {'turns':>6} {'p95':>4}")
    for name, row in {**found["services"], "all": found["all"]}.items():
        rest = f"{row['person']:7} {row['neither']:8} {row['turns_mean']:6} {row['turns_p95']:4}"
        print(f"{name:10} {row['success']:8.2%} {rest}")
    print(f"engine alone: {found['engine_turns_per_s']} turns/s of one core")
    worst = sorted(failed, key=lambda one: one.how == "person")
    for one in worst[: options.show]:
        print(f"--- {one.service}: {one.how} {one.reason}", *one.lines, sep="\n")


if __name__ == "__main__":
    main()
