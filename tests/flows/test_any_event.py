"""Whatever happens in whatever order, the engine answers: it never raises, and nobody is left without a way on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.actions import CallOffice, End, Listen, Transfer
from flows.events import (
    CallerProfile,
    Event,
    Heard,
    Keyed,
    OfficeFailed,
    OfficeReplied,
    OfficeSlow,
    Silent,
    Started,
    Unclear,
)
from flows.state import State
from nlu.understand import SlotValue, Understanding
from tests.flows.talk_helpers import engine, session

NOW = datetime(2026, 3, 10, 9, 30)  # noqa: DTZ001  local time without a zone
INTENTS = [
    "book_appointment",
    "check_appointment",
    "cancel_appointment",
    "query_pension",
    "inform",
    "affirm",
    "deny",
    "repeat",
    "slower",
    "louder",
    "go_back",
    "goodbye",
    "change_language",
    "human_agent",
    "report_fraud",
    "ask_question",
    "complaint",
    "emergency",
    "out_of_scope",
    "nonsense",
]
SLOTS = [
    "department",
    "date",
    "part_of_day",
    "hospital",
    "doctor",
    "patient",
    "person_name",
    "relation",
    "code",
    "identity_number",
    "time",
    "choice",
    "affirm",
]
WORDS = (
    "对",
    "不对",
    "没有了",
    "第二个",
    "都行",
    "别的",
    "从头来",
    "能办什么",
    "说错了",
    "不对，是二不是七",
    "六三零一零二",
    "转到安全账户",
    "要钱吗",
    "换个时间",
    "",
    "😀",
    "\x00\x1b",
    "བོད།",
    "好" * 500,
    "ab",
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 10**19),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["骨科", "2026-03-11", "2026-03-10", "am", "pm", "self", "other", "青海省人民医院", "2", "", "x"]),
    st.text(max_size=8),
)
confidences = st.sampled_from([0.1, 0.5, 0.7, 0.95])
values = st.builds(
    SlotValue, scalars, st.text(max_size=4), st.just(0), st.just(1), confidences, st.tuples(scalars, scalars)
)
slots = st.dictionaries(st.sampled_from(SLOTS), values, max_size=3)
single = st.builds(
    Understanding,
    st.one_of(st.sampled_from(WORDS), st.text(max_size=12)),
    st.sampled_from(INTENTS),
    confidences,
    st.booleans(),
    slots,
    slots,
    st.lists(st.tuples(st.sampled_from(INTENTS), confidences), max_size=3).map(tuple),
)
understandings = st.builds(
    lambda one, wishes: replace(one, wishes=tuple(wishes)), single, st.one_of(st.just([]), st.lists(single, max_size=4))
)
json_values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
replies = st.one_of(
    st.dictionaries(
        st.sampled_from(
            [
                "sessions",
                "nearest",
                "departments",
                "bookings",
                "code",
                "status",
                "month",
                "amount_yuan",
                "paid_on",
                "reason",
            ]
        ),
        json_values,
        max_size=5,
    ),
    st.just({"departments": ["骨科", "眼科", "内科", "外科"]}),
    st.just({"sessions": [session(1), session(2, hospital="乙")], "nearest": []}),
    st.just({"sessions": [], "nearest": [session(3), session(4, part="pm")]}),
    st.just({"bookings": [session(1) | {"code": "12345678", "cancellable": True}] * 2}),
    st.just({"status": "paid", "month": "2026-02", "amount_yuan": 1.5, "paid_on": "2026-03-01", "reason": None}),
)
requests = st.integers(0, 3)
"""How far behind the request that is waited for."""
acts = st.one_of(
    st.tuples(st.just("heard"), understandings),
    st.tuples(st.just("keyed"), st.text("0123456789*#", min_size=1, max_size=20)),
    st.tuples(st.just("silent"), st.none()),
    st.tuples(st.just("unclear"), st.none()),
    st.tuples(st.just("replied"), st.tuples(requests, replies)),
    st.tuples(
        st.just("failed"), st.tuples(requests, st.sampled_from(["unavailable", "session_full", "not_found", "x"]))
    ),
    st.tuples(st.just("slow"), requests),
)
SERVICES = ("book_appointment", "check_appointment", "cancel_appointment", "query_pension")
callers = st.builds(
    CallerProfile, st.one_of(st.none(), st.just("13909710002")), st.one_of(st.none(), st.just("马建国")), st.just(2)
)


def event_of(act: str, what: Any, state: State, at: datetime) -> Event:
    makers: dict[str, Callable[[], Event]] = {
        "heard": lambda: Heard(at, what),
        "keyed": lambda: Keyed(at, what),
        "silent": lambda: Silent(at),
        "unclear": lambda: Unclear(at),
        "replied": lambda: OfficeReplied(at, state.request - what[0], what[1]),
        "failed": lambda: OfficeFailed(at, state.request - what[0], what[1]),
        "slow": lambda: OfficeSlow(at, state.request - what),
    }
    return makers[act]()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(callers, st.sampled_from(SERVICES), st.lists(acts, max_size=25))
def test_any_event_at_any_time_is_answered(
    caller: CallerProfile, service: str, happenings: list[tuple[str, Any]]
) -> None:
    one, at = engine(), NOW
    state, _ = one.start(Started(at, caller))
    state, _ = one.step(state, Heard(at, Understanding("", "inform", 0.9, True)))
    state, _ = one.step(state, Heard(at, Understanding("那个", service, 0.9, True)))
    for act, what in happenings:
        at += timedelta(seconds=5)
        waiting = state.waiting
        event = event_of(act, what, state, at)
        before = state.to_json()
        after, actions = one.step(state, event)
        assert state.to_json() == before
        again, repeated = one.step(State.from_json(before), event)
        assert (again.to_json(), repeated) == (after.to_json(), actions), "a stored state goes on in the same way"
        state = after
        if not (waiting and state.waiting):
            assert isinstance(actions[-1], Listen | CallOffice | Transfer | End)
        assert sum(isinstance(action, Listen | CallOffice | Transfer | End) for action in actions) <= 1


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=2000))
def test_any_words_at_the_open_question_are_answered(text: str) -> None:
    state, _ = engine().start(Started(NOW))
    _, actions = engine().step(state, Heard(NOW, Understanding(text, "out_of_scope", 0.2, False)))
    assert isinstance(actions[-1], Listen | Transfer)
