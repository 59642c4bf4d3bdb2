"""Two wishes in one breath: the first is served, the second is kept, told, begun, and never lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flows import wishes
from flows.actions import Flag, Listen
from flows.engine import Engine
from flows.events import Heard
from flows.loader import load_folder
from flows.state import State
from integrations.errors import OfficeError
from tests.flows.talk_helpers import AFTER_TOMORROW, understood
from tests.flows.wish_helpers import Caller
from tests.remembering import Remembering
from voices.prompts.catalogue import Catalogue


def test_the_first_is_served_and_the_second_is_told_at_the_beginning(caller: Caller) -> None:
    caller.say("我要退号，顺便问下养老金几号发")
    assert caller.said.startswith("好，一件一件来，先说，退号，再说，养老金。")
    assert caller.prompts[-1] == "bookings.confirm_cancel"
    assert caller.waiting == ["query_pension"]


def test_the_second_is_begun_by_itself_when_the_first_has_ended(caller: Caller) -> None:
    caller.say("我要退号，顺便问下养老金几号发", "对")
    assert "main.more" not in caller.prompts
    assert "接着说，养老金" in caller.said
    assert caller.prompts[-1] == "pension.confirm_name"
    assert caller.waiting == []
    caller.say("是我")
    assert caller.prompts[-1] == "main.more"
    assert caller.state.done == ["appointments_cancel", "pension"]


def test_the_values_of_one_wish_are_not_given_to_the_other(caller: Caller) -> None:
    caller.say("我要退昨天那个号，再重新挂一个眼科的")
    assert caller.prompts[-1] == "bookings.confirm_cancel", "nothing of a day that is past"
    caller.say("对")
    assert caller.prompts[-2:] == ["main.next", "appointment.ask_date"]
    assert caller.state.frames[0].values["department"] == "眼科"


def test_after_a_code_the_caller_is_asked_first_and_can_hear_it_again(caller: Caller) -> None:
    caller.say("给我自己挂个后天上午的骨科，再问问我养老金到了没", "对")
    assert caller.prompts[-1] == "main.next_sure"
    assert "养老金" in caller.said
    caller.say("再说一遍")
    assert "appointment.booked" in caller.prompts
    assert caller.prompts[-1] == "main.next_sure"
    caller.say("对")
    assert caller.prompts[-1] == "pension.confirm_name"


def test_who_does_not_want_the_second_any_more_is_not_asked_again(caller: Caller) -> None:
    caller.say("给我自己挂个后天上午的骨科，再问问我养老金到了没", "对", "不用了")
    assert caller.prompts == ["main.more"]
    assert caller.waiting == []


def test_silence_and_keys_at_the_question_lead_on_as_elsewhere(caller: Caller) -> None:
    caller.say("给我自己挂个后天上午的骨科，再问问我养老金到了没", "对")
    caller.silent()
    assert isinstance(caller.last, Listen)
    caller.press("1")
    assert "pension.confirm_name" in caller.prompts


def test_at_anything_else_two_wishes_are_two_as_well(caller: Caller) -> None:
    caller.say("查养老金", "是我")
    assert caller.prompts[-1] == "main.more"
    caller.say("我要退号，再帮我挂个眼科")
    assert caller.prompts[0] == "main.first_then"
    caller.say("对")
    assert caller.prompts[-1] == "main.next_sure"


def test_for_two_persons_the_callers_own_comes_first_and_the_same_day_is_kept_for_the_other(caller: Caller) -> None:
    caller.say("给我和我老伴各挂一个骨科")
    assert caller.said.startswith("好，一个一个来，先给您自己挂。")
    assert caller.prompts[-1] == "appointment.ask_date", "for whom is known"
    caller.say("后天上午", "对")
    assert caller.office.last("book")["patient"] == "self"
    assert "还要给另一位挂，对吗" in caller.said
    caller.say("对")
    assert caller.prompts == ["appointment.ask_name"], (
        "department and day as for the caller; read back before it is booked"
    )
    caller.say("她叫李秀英")
    assert caller.prompts[-1] == "appointment.confirm_other"
    caller.say("对")
    booked = caller.office.last("book")
    assert (booked["patient"], booked["patient_name"]) == ("other", "李秀英")
    assert caller.state.frames == []


def test_for_somebody_else_on_another_day_that_day_stands(caller: Caller) -> None:
    caller.say("我要挂骨科后天上午，再给我老伴挂一个明天下午的眼科", "对", "对")
    frame = caller.state.frames[0]
    assert (frame.values["department"], frame.values["part_of_day"]) == ("眼科", "pm")
    assert frame.values["date"] != AFTER_TOMORROW


def test_whoever_takes_over_is_told_what_is_still_wanted(caller: Caller) -> None:
    caller.say("我要退号，顺便问下养老金几号发", "我要找人")
    assert caller.transferred.summary["wishes"] == ["query_pension"]


def test_key_zero_and_danger_go_first_and_lose_nothing(understander: Remembering) -> None:
    caller = Caller(understander)
    caller.say("我要退号，顺便问下养老金几号发").press("0")
    assert caller.transferred.summary["wishes"] == ["query_pension"]
    caller = Caller(understander)
    caller.say("我要退号，再查一下养老金，我胸口疼得喘不上气")
    assert caller.transferred.emergency == "120"
    caller = Caller(understander)
    caller.say("我要退号，顺便问下养老金几号发", "我胸口疼得喘不上气")
    assert any(isinstance(action, Flag) and action.kind == "emergency" for action in caller.actions)
    assert caller.transferred.emergency == "120"


def test_when_the_first_cannot_be_done_the_second_still_comes(understander: Remembering) -> None:
    caller = Caller(understander, cancel=OfficeError("too_late", "too late"))
    caller.say("我要退号，顺便问下养老金几号发", "对")
    assert caller.prompts[-1] == "pension.confirm_name"


def test_a_first_wish_that_needs_a_person_does_not_swallow_the_second(caller: Caller) -> None:
    caller.say("我社保卡丢了，顺便给我挂个号")
    assert caller.prompts == ["main.no_service"]
    caller.say("不用")
    assert caller.prompts[0] == "main.next"
    assert caller.prompts[-1] == "appointment.ask_department"


def test_a_second_wish_that_was_not_surely_heard_is_asked_about(caller: Caller) -> None:
    caller.say("我社保卡丢了，顺便帮我退个号")
    assert caller.state.wishes[0]["confidence"] < wishes.SURE
    caller.say("不用")
    assert caller.prompts == ["main.next_sure"]
    caller.say("对")
    assert caller.prompts[-1] == "bookings.confirm_cancel"


def test_a_second_wish_that_needs_a_person_is_offered_one(caller: Caller) -> None:
    caller.say("我要退号，顺便帮我叫个出租车")
    assert caller.prompts[0] == "main.first_then"
    caller.say("对")
    assert caller.prompts[-2:] == ["main.next", "main.no_service"]
    caller.say("好")
    assert caller.transferred.reason == "policy"


def test_a_wish_that_is_said_once_more_is_not_begun_twice(caller: Caller) -> None:
    caller.say("给我自己挂个后天上午的骨科，再问问我养老金到了没", "对")
    assert caller.prompts[-1] == "main.next_sure"
    caller.say("查一下养老金", "是我")
    assert caller.prompts[-1] == "main.more"


def test_what_is_wanted_besides_in_the_middle_of_a_flow_comes_after_it(caller: Caller) -> None:
    caller.say("我要退号", "顺便问下养老金几号发")
    assert caller.prompts == ["main.noted", "bookings.confirm_cancel"], "what was begun is not left"
    caller.say("对")
    assert caller.prompts[-1] == "pension.confirm_name"


def test_an_answer_with_a_wish_beside_it_is_taken_and_the_wish_kept(caller: Caller) -> None:
    caller.say("我要挂号", "骨科，顺便问下养老金")
    assert caller.prompts == ["main.noted", "appointment.ask_date"]
    assert caller.state.frames[0].values["department"] == "骨科"
    caller.say("后天上午给我自己", "对")
    assert caller.prompts[-1] == "main.next_sure"


def test_for_each_the_department_is_asked_once(caller: Caller) -> None:
    caller.say("给我和我老伴各挂一个", "骨科", "后天上午", "对", "对")
    assert caller.prompts == ["appointment.ask_name"]


@pytest.mark.parametrize("text", ["再查查别的医院", "还有别的医院吗", "然后呢"])
def test_more_about_what_is_under_way_is_not_kept_for_later(text: str, caller: Caller) -> None:
    caller.say("我要挂骨科", text)
    assert "main.noted" not in caller.prompts
    assert caller.waiting == []


def test_another_wish_in_the_middle_without_a_joint_is_asked_about_as_ever(caller: Caller) -> None:
    caller.say("我要退号", "我要查养老金")
    assert caller.prompts == ["main.switch"]


def test_three_wishes_come_one_after_the_other(caller: Caller) -> None:
    caller.say("帮我退号，还有查一下养老金，再挂个眼科")
    assert caller.waiting == ["query_pension", "book_appointment"]
    caller.say("对", "是我")
    assert caller.prompts[-1] == "main.next_sure"
    caller.say("对")
    assert caller.prompts[-1] == "appointment.ask_date"


def test_what_is_kept_survives_a_restart(caller: Caller) -> None:
    caller.say("我要退号，再挂一个后天上午的眼科")
    stored = State.from_json(caller.state.to_json())
    assert stored == caller.state
    old = State.from_json(caller.state.to_json().replace('"wishes"', '"unknown_before"'))
    assert old.wishes == [], "a conversation that was stored before there were such wishes goes on"


def test_where_the_words_are_not_written_the_question_is_the_usual_one(understander: Remembering) -> None:
    shipped = Catalogue.load("zh")
    own = ("main.first_then", "main.next", "main.next_sure", "main.noted")
    fewer = Catalogue("zh", {})
    fewer.prompts = {name: one for name, one in shipped.prompts.items() if name not in own}
    caller = Caller(understander, Engine(load_folder(), fewer))
    caller.say("我要退号，顺便问下养老金几号发", "对")
    assert caller.prompts[-1] == "main.switch"
    caller.say("对")
    assert caller.prompts[-1] == "pension.confirm_name"


@pytest.mark.parametrize("words", ["养老金不用查了", "养老金算了", "养老金就不查了，后天去看"])
def test_of_two_wishes_the_one_that_waits_can_be_taken_back_alone(words: str, caller: Caller) -> None:
    caller.say("我要挂骨科，再查养老金", words)
    assert caller.waiting == []
    assert caller.prompts[0] == "given_up.pension"
    assert caller.state.frames[0].flow == "appointments_book"
    assert caller.state.frames[0].values["department"] == "骨科"


def test_the_booking_that_waits_is_not_the_pension_under_way(caller: Caller) -> None:
    caller.say("我要查养老金，再挂个骨科", "骨科不挂了")
    assert caller.waiting == []
    assert caller.prompts == ["given_up.appointments_book", "pension.confirm_name"]


def test_what_is_under_way_can_still_be_given_up_for_what_waits(caller: Caller) -> None:
    caller.say("我要挂骨科，再查养老金", "号不挂了，就查养老金")
    assert caller.state.frames[0].flow == "pension"


@pytest.mark.parametrize("words", ["老伴的算了，就给我挂", "老伴的不挂了"])
def test_the_booking_for_somebody_else_is_taken_back_and_the_callers_own_is_made(words: str, caller: Caller) -> None:
    caller.say("给我和老伴各挂一个骨科", words)
    assert caller.waiting == []
    assert caller.state.frames[0].values["patient"] == "self"
    assert caller.prompts == ["appointment.ask_date"]


@pytest.mark.parametrize("words", ["不用了，老伴的不挂了", "没有了", "老伴的不挂了", "我自己的就行了，老伴的不用了"])
def test_a_no_in_other_words_to_what_waits_is_no_complaint(words: str, caller: Caller) -> None:
    caller.say("给我和我老伴各挂一个骨科", "后天上午", "对", words)
    assert caller.prompts == ["main.more"]
    assert caller.waiting == []


@pytest.mark.parametrize("words", ["先查养老金吧", "我要查养老金"])
def test_of_two_wishes_the_other_can_come_first_and_none_comes_twice_or_is_lost(words: str, caller: Caller) -> None:
    caller.say("我要挂骨科，再查下养老金", words, "对", "是我")
    assert caller.prompts[-1] == "main.next_sure"
    assert "挂号" in caller.said
    caller.say("对")
    assert caller.prompts == ["appointment.ask_date"]
    assert caller.state.frames[0].values["department"] == "骨科"
    assert caller.waiting == []


def test_what_is_to_come_first_in_the_middle_of_a_flow_does_not_end_it(caller: Caller) -> None:
    caller.say("我要挂骨科", "先给我查一下养老金", "对", "是我", "对")
    assert caller.prompts[-1] == "appointment.ask_date"
    assert caller.state.frames[0].values["department"] == "骨科"


def test_what_is_begun_in_place_of_what_is_given_up_does_not_come_again(caller: Caller) -> None:
    caller.say("我要挂骨科，再查下养老金", "别挂了，查养老金", "是我")
    assert caller.prompts[-1] == "main.more"
    assert caller.waiting == []


def test_of_two_kept_bookings_the_second_is_not_lost_when_the_first_is_begun(caller: Caller) -> None:
    caller.say("我要查养老金，再挂个骨科，再挂个眼科", "是我")
    assert caller.waiting == ["book_appointment", "book_appointment"]
    caller.say("对")
    assert caller.waiting == ["book_appointment"]


def test_who_is_in_danger_hears_nothing_of_the_other_wish(caller: Caller) -> None:
    caller.say("给我自己挂个骨科")
    hurts, besides = "我胸口疼得厉害喘不上气", "再查一下养老金"
    two = (understood(hurts, "inform"), understood(besides, "query_pension"))
    caller.event(Heard(caller.now, replace(understood(f"{hurts}，{besides}", "emergency"), wishes=two)))
    assert caller.prompts[0] == "emergency.call_120"
