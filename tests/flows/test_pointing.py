"""One of several that were read out: pointed to, or told by its day or department."""

from __future__ import annotations

import pytest

from flows import words
from flows.events import Heard
from nlu.understand import ParseContext
from tests.flows.talk_helpers import AFTER_TOMORROW, Office, Talk, session
from tests.remembering import Remembering

TWO = [
    {**session(1, day=AFTER_TOMORROW), "code": "10203040", "cancellable": True},
    {**session(2, day="2026-03-13", department="眼科"), "code": "50607080", "cancellable": True},
]


def asked_which(said: str, understander: Remembering) -> Talk:
    talk = Talk(Office(find_bookings={"bookings": TWO})).hear("我要退号", "cancel_appointment")
    assert "bookings.choose" in talk.prompts
    asked = talk.listening
    return talk.event(
        Heard(talk.now, understander.understand(said, ParseContext(talk.now, "zh", asked.expect, asked.phrases)))
    )


@pytest.mark.parametrize(
    ("said", "department"),
    [
        *(("前头那个", "骨科"), ("后头那个", "眼科"), ("退前面那个", "骨科"), ("第二个", "眼科")),
        *(("大后天那个", "眼科"), ("后天的", "骨科"), ("退眼科的", "眼科"), ("不是骨科，是眼科", "眼科")),
    ],
)
def test_the_booking_that_is_pointed_to_is_read_back(said: str, department: str, understander: Remembering) -> None:
    talk = asked_which(said, understander)
    assert talk.prompts == ["bookings.confirm_cancel"]
    assert department in talk.said


def test_a_day_that_is_not_among_them_chooses_none(understander: Remembering) -> None:
    assert "bookings.confirm_cancel" not in asked_which("明天那个", understander).prompts


@pytest.mark.parametrize("said", ["两个都退了", "都退", "全部退掉"])
def test_both_are_cancelled_one_after_the_other(said: str, understander: Remembering) -> None:
    talk = asked_which(said, understander)
    assert talk.prompts[:2] == ["bookings.one_by_one", "bookings.choose"]
    talk.hear("第一个").hear("对")
    assert talk.prompts == ["bookings.cancelled", "main.more"]
    talk.office.replies["find_bookings"] = {"bookings": TWO[1:]}
    talk.hear("退号", "cancel_appointment").hear("对")
    cancelled = [asked["code"] for operation, asked in talk.office.asked if operation == "cancel"]
    assert cancelled == ["10203040", "50607080"]


@pytest.mark.parametrize("said", ["退回前一个问题", "回到前面那个问题", "第一人民医院"])
def test_more_than_pointing_is_no_pointing(said: str) -> None:
    assert not words.points(said)
