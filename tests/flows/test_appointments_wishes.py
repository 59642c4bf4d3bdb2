"""What a caller wishes of an appointment: a hospital or doctor, a department that there is none of, an open day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from flows.events import Heard
from nlu.understand import ParseContext
from tests.flows.talk_helpers import AFTER_TOMORROW, TOMORROW, Office, Talk, session, slot
from tests.remembering import Remembering

ELSEWHERE = {"sessions": [session(3, hospital="省中医院"), session(4)], "nearest": []}
NOWHERE: dict[str, list[object]] = {"sessions": [], "nearest": []}
WISH = {"department": "骨科", "date": AFTER_TOMORROW, "part_of_day": "am", "patient": "self"}


def there(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """Places in other hospitals and with other doctors than those that are asked for."""
    return NOWHERE if arguments["hospital"] or arguments["doctor"] else ELSEWHERE


def test_a_hospital_without_the_department_is_said_to_have_none_and_the_others_are_offered() -> None:
    talk = Talk(Office(find_sessions=there)).hear("挂附院骨科", "book_appointment", **WISH, hospital="青大附院")
    assert talk.prompts[:2] == ["appointment.not_that_hospital", "appointment.choose_hospital"]
    assert "青大附院，骨科" in talk.said
    assert "appointment.nothing" not in talk.prompts
    talk.press("1")
    assert talk.prompts[0] == "appointment.confirm"
    assert "省中医院" in talk.said


def test_a_doctor_without_places_is_said_to_have_none_and_another_is_read_back() -> None:
    talk = Talk(Office(find_sessions=there)).hear("挂骨科王大夫", "book_appointment", **WISH, doctor="王")
    assert talk.prompts == ["appointment.not_that_doctor", "appointment.confirm"]
    assert "王大夫" not in talk.said


def test_where_the_doctor_is_not_in_the_hospital_that_was_named_the_hospital_stays() -> None:
    talk = Talk(Office(find_sessions=lambda given: NOWHERE if given["doctor"] else ELSEWHERE))
    talk.hear("挂省中医院骨科王大夫", "book_appointment", **WISH, hospital="省中医院", doctor="王")
    assert talk.prompts[0] == "appointment.not_that_doctor"
    assert talk.office.last("find_sessions")["hospital"] == "省中医院"


def test_only_where_nobody_has_a_place_is_that_said() -> None:
    talk = Talk(Office(find_sessions=NOWHERE)).hear("挂附院骨科", "book_appointment", **WISH, hospital="青大附院")
    assert talk.prompts[:2] == ["appointment.not_that_hospital", "appointment.nothing"]
    assert talk.transferred.to == "human"


def test_the_doctor_who_was_chosen_is_read_back() -> None:
    talk = Talk().hear("挂骨科王建国大夫", "book_appointment", **WISH, doctor="王建国")
    assert talk.prompts[-1] == "appointment.confirm"
    assert "王建国大夫" in talk.said


@pytest.mark.parametrize(
    ("words", "prompt"),
    [
        ("我要去北京协和医院看骨科", "appointment.no_such_hospital"),
        ("省医院骨科，我要老大夫", "appointment.no_such_doctor"),
        ("挂骨科的专家号", "appointment.no_such_doctor"),
    ],
)
def test_a_wish_that_cannot_be_met_is_not_dropped_in_silence(
    words: str, prompt: str, understander: Remembering
) -> None:
    talk = Talk()
    said = understander.understand(words, ParseContext(talk.now, "zh"))
    talk.event(Heard(talk.now, said))
    assert talk.prompts == [prompt, "appointment.ask_date"]


def test_a_wish_that_cannot_be_met_at_the_read_back_is_answered_and_it_is_read_back_again() -> None:
    talk = Talk().hear("挂骨科", "book_appointment", **WISH)
    talk.hear("去北京协和医院", hospital=slot(None, text="北京协和医院"))
    assert talk.prompts == ["appointment.no_such_hospital", "appointment.confirm"]
    talk.hear("去北京协和医院", hospital=slot(None, text="北京协和医院"))
    talk.hear("去北京协和医院", hospital=slot(None, text="北京协和医院"))
    assert talk.transferred.reason == "misunderstood"


def test_a_department_that_the_town_lacks_is_found_out_at_once() -> None:
    talk = Talk().hear("挂肛肠科", "book_appointment", department="肛肠科")
    assert talk.prompts == ["appointment.department_gone", "appointment.ask_department"]
    assert "按零" in talk.said
    talk.hear("内科", department="内科")
    assert talk.prompts == ["appointment.ask_date"]


def test_the_third_department_that_the_town_lacks_leads_to_a_person() -> None:
    talk = Talk().hear("挂肛肠科", "book_appointment", department="肛肠科")
    assert talk.hear("儿科", department="儿科").prompts[-1] == "appointment.ask_department"
    assert talk.hear("肿瘤科", department="肿瘤科").transferred.to == "human"


def test_who_does_not_know_which_department_is_sent_to_one_that_exists() -> None:
    talk = Talk().hear("我要挂号", "book_appointment")
    talk.hear("不知道挂哪个科", department="全科医学科")
    assert talk.prompts == ["appointment.general", "appointment.ask_date"]
    assert talk.state.frames[-1].values["department"] == "内科"
    town = Office(list_departments={"departments": ["全科医学科", "内科"]})
    assert Talk(town).hear("挂全科", "book_appointment", department="全科医学科").prompts == ["appointment.ask_date"]
    town = Office(list_departments={"departments": ["骨科"]})
    assert "按零" in Talk(town).hear("挂全科", "book_appointment", department="全科医学科").said


def test_an_office_that_lists_nothing_keeps_nobody_from_a_department() -> None:
    town = Office(list_departments={"departments": []})
    assert Talk(town).hear("挂儿科", "book_appointment", department="儿科").prompts == ["appointment.ask_date"]


@pytest.mark.parametrize("words", ["有哪些科", "都有啥科啊", "你们有什么科"])
def test_who_asks_which_departments_there_are_hears_some(words: str, understander: Remembering) -> None:
    talk = Talk().hear("我要挂号", "book_appointment")
    asked = talk.listening
    said = understander.understand(words, ParseContext(talk.now, "zh", asked.expect, asked.phrases))
    talk.event(Heard(talk.now, said))
    assert talk.prompts[0] == "appointment.ask_department"
    assert "内科，按一" in talk.said
    assert "没有查到" not in talk.said


@pytest.mark.parametrize("words", ["我这腿肿得穿不上鞋，挂啥科", "俺闺女肚子里有娃了，挂啥科", "牙疼，该看哪个科"])
def test_who_asks_for_the_department_wants_an_appointment(words: str, understander: Remembering) -> None:
    talk = Talk()
    talk.event(Heard(talk.now, understander.understand(words, ParseContext(talk.now, "zh"))))
    assert "repair.sorry" not in talk.prompts
    assert talk.state.frames[-1].flow == "appointments_book"


def asked_for_the_day(words: str, understander: Remembering) -> Talk:
    talk = Talk().hear("挂骨科", "book_appointment", department="骨科")
    asked = talk.listening
    said = understander.understand(words, ParseContext(talk.now, "zh", asked.expect, asked.phrases))
    return talk.event(Heard(talk.now, said))


@pytest.mark.parametrize("words", ["哪天有号", "最近的", "早点的", "随便哪天都行", "都行", "越快越好", "啥时候都行"])
def test_who_leaves_the_day_open_is_given_the_first_one(words: str, understander: Remembering) -> None:
    talk = asked_for_the_day(words, understander)
    assert talk.prompts == ["repair.echo", "appointment.ask_part"]
    assert talk.state.frames[-1].values["date"] == TOMORROW


def test_who_leaves_the_half_of_the_day_open_is_given_the_first() -> None:
    talk = Talk().hear("挂骨科", "book_appointment", department="骨科", date=TOMORROW)
    assert talk.hear("都行").prompts == ["appointment.ask_patient"]
    assert talk.state.frames[-1].values["part_of_day"] == "am"


def test_next_month_is_too_far_ahead_and_that_is_said(understander: Remembering) -> None:
    assert "appointment.too_late" in asked_for_the_day("下个月", understander).prompts


def test_a_day_that_no_calendar_has_is_not_dropped_where_it_was_not_asked_for(understander: Remembering) -> None:
    talk = Talk()
    talk.event(Heard(talk.now, understander.understand("挂二月三十号的内科", ParseContext(talk.now, "zh"))))
    assert talk.prompts[0] == "appointment.no_such_day"
    assert talk.state.frames[-1].values["department"] == "内科"


def test_today_is_not_offered_where_the_same_weekday_next_week_may_be_meant() -> None:
    talk = Talk().hear("挂骨科", "book_appointment", department="骨科")
    talk.hear("星期二", date=slot("2026-03-17", 0.75, alternatives=("2026-03-10",)))
    assert talk.prompts == ["repair.echo", "appointment.ask_part"]
    assert "十七号" in talk.said


def test_two_days_that_can_be_meant_are_not_forgotten_when_something_else_is_answered() -> None:
    talk = Talk().hear("挂骨科", "book_appointment", department="骨科")
    two = slot(TOMORROW, 0.7, alternatives=(AFTER_TOMORROW,))
    assert talk.hear("这两天", date=two).prompts[0] == "repair.which"
    assert talk.hear("上午", part_of_day="am").prompts[0] == "repair.which"
    assert talk.hear("都行").prompts[-1] == "appointment.ask_patient"
    assert talk.state.frames[-1].values["date"] == TOMORROW


def test_who_never_says_which_of_two_days_is_asked_for_the_day() -> None:
    talk = Talk().hear("挂骨科", "book_appointment", department="骨科")
    talk.hear("这两天", date=slot(TOMORROW, 0.7, alternatives=(AFTER_TOMORROW,)))
    for part in ("am", "pm"):
        assert talk.hear("上午", part_of_day=part).prompts[-2:] == ["choice.option_1", "choice.option_2"]
    assert talk.hear("上午", part_of_day="am").prompts[-1] == "appointment.ask_date"
