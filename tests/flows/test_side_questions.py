"""What is asked beside a flow is no trap: an answer to the flow's own question is taken as one."""

from __future__ import annotations

import pytest

from flows.actions import Listen
from flows.events import CallerProfile
from flows.state import State
from tests.flows.talk_helpers import AFTER_TOMORROW, Office, Talk, really
from tests.remembering import Remembering


def at_the_day() -> Talk:
    return Talk().hear("挂骨科", "book_appointment", department="骨科")


def at_the_read_back() -> Talk:
    return at_the_day().hear("后天上午我自己", date=AFTER_TOMORROW, part_of_day="am", patient="self")


def test_an_answer_to_the_flow_is_taken_while_another_wish_is_guessed(understander: Remembering) -> None:
    talk = at_the_day().hear("哪个大夫好", "family_doctor")
    assert talk.prompts == ["main.switch_other"]
    assert "date" in talk.listening.expect
    really(talk, "明天上午", understander)
    assert talk.prompts == ["appointment.ask_patient"]
    assert really(talk, "我自己", understander).prompts == ["appointment.confirm"]


def test_an_answer_to_the_flow_is_taken_while_a_person_is_offered(understander: Remembering) -> None:
    talk = really(at_the_day(), "你们食堂几点开门", understander)
    assert talk.prompts == ["main.no_answer"]
    talk.state = State.from_json(talk.state.to_json())
    assert really(talk, "后天", understander).prompts == ["appointment.ask_part"]
    talk = really(talk, "你们食堂几点开门", understander)
    assert really(talk, "下午", understander).prompts == ["appointment.ask_patient"], "a choice, too"


def test_yes_and_no_belong_to_the_side_question(understander: Remembering) -> None:
    talk = really(at_the_read_back(), "你们食堂几点开门", understander)
    assert really(talk, "不用了", understander).prompts == ["appointment.confirm"]
    talk = really(talk, "你们食堂几点开门", understander)
    assert really(talk, "好", understander).transferred.reason == "policy"


def test_a_number_is_taken_while_a_person_is_offered(understander: Remembering) -> None:
    talk = Talk(Office(find_bookings={"bookings": []})).hear("退号", "cancel_appointment")
    really(talk, "你们食堂几点开门", understander)
    assert really(talk, "一二三四", understander).prompts == ["repair.group"]


def test_what_is_not_understood_at_an_offer_leads_back_to_the_flow_and_the_third_to_a_person() -> None:
    talk = at_the_read_back().hear("你们食堂几点开门", "ask_question")
    talk.mumble()
    assert talk.prompts[-1] == "appointment.confirm", "the booking is not lost"
    talk.mumble()
    assert isinstance(talk.last, Listen)
    assert talk.mumble().transferred.reason == "misunderstood"


def test_another_question_at_an_offer_is_answered_and_leads_back(understander: Remembering) -> None:
    talk = really(at_the_read_back(), "你们食堂几点开门", understander)
    assert really(talk, "要多少钱", understander).prompts == ["appointment.answer_fee", "appointment.confirm"]


def test_another_service_that_is_named_at_a_side_question_is_still_another(understander: Remembering) -> None:
    talk = at_the_day().hear("哪个大夫好", "family_doctor")
    assert "pension.ask_identity" in really(talk, "我要查养老金", understander).prompts


@pytest.mark.parametrize("words", ["我是他儿子", "我是她老伴", "他不在，我替他问", "我不是本人"])
def test_who_speaks_for_another_is_not_that_person(words: str, understander: Remembering) -> None:
    caller = CallerProfile(number="13909710001", name="马建国", person_id=1)
    talk = really(Talk(caller=caller), "查养老金", understander)
    assert talk.prompts[-1] == "pension.confirm_name"
    assert really(talk, words, understander).prompts[-1] == "pension.ask_identity"
