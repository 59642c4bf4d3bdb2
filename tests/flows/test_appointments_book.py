"""Booking an appointment: several answers at once, corrections, refusals of the office, keys."""

from __future__ import annotations

import pytest

from flows.actions import Transfer
from flows.events import Heard
from integrations.errors import OfficeError
from nlu.understand import ParseContext
from tests.flows.talk_helpers import AFTER_TOMORROW, TOMORROW, Office, Talk, session, slot
from tests.remembering import Remembering


def booked(talk: Talk) -> bool:
    return any(operation == "book" for operation, _ in talk.office.asked)


def test_the_call_opens_with_one_open_question_and_no_menu() -> None:
    talk = Talk()
    assert talk.prompts == ["main.open"]
    assert "按一" not in talk.said
    assert "要找人，按零" in talk.said


def test_everything_in_one_sentence_leads_straight_to_who_it_is_for() -> None:
    talk = Talk().hear(
        "我想挂后天上午的骨科", "book_appointment", department="骨科", date=AFTER_TOMORROW, part_of_day="am"
    )
    assert talk.prompts[-1] == "appointment.ask_patient"
    talk.hear("给我自己", "inform", patient="self")
    assert talk.prompts[-1] == "appointment.confirm"
    assert "骨科" in talk.said
    assert "上午" in talk.said
    assert not booked(talk)
    talk.hear("对")
    assert talk.office.last("book")["session_id"] == 1
    assert "appointment.booked" in talk.prompts
    assert talk.prompts[-1] == "main.more"


def test_a_whole_wish_said_to_the_menu_is_not_asked_for_once_more() -> None:
    talk = Talk().press("1")
    assert "main.menu" in talk.prompts
    wish = {"department": "骨科", "date": AFTER_TOMORROW, "part_of_day": "am", "choice": "挂号"}
    talk.hear("我想挂号，后天上午的骨科", "book_appointment", **wish)
    assert talk.prompts[-1] == "appointment.ask_patient"


@pytest.mark.parametrize("said", ["一号", "按一号", "挂号，一号"])
def test_number_one_of_the_menu_is_no_day_of_the_month(said: str) -> None:
    talk = Talk().press("1").hear(said, date=slot("2026-04-01", text="一号"))
    assert talk.prompts == ["appointment.ask_department"]
    assert talk.hear("骨科", department="骨科").prompts == ["appointment.ask_date"]


def test_what_was_said_of_another_service_is_not_taken_for_the_choice() -> None:
    talk = Talk().press("1").hear("后天挂的号退不退得了", "cancel_appointment", date=AFTER_TOMORROW)
    assert talk.prompts == ["appointment.ask_department"]
    assert talk.hear("骨科", department="骨科").prompts == ["appointment.ask_date"]


def test_one_question_at_a_time_when_the_caller_says_little() -> None:
    talk = Talk().hear("我要挂号", "book_appointment")
    assert talk.prompts == ["appointment.ask_department"]
    assert talk.hear("骨科", department="骨科").prompts == ["appointment.ask_date"]
    assert talk.hear("明天", date=TOMORROW).prompts == ["appointment.ask_part"]
    assert talk.hear("上午", part_of_day="am").prompts[-1] == "appointment.ask_patient"


def test_a_correction_at_the_read_back_is_taken_and_read_back_again() -> None:
    talk = Talk().hear(
        "挂骨科", "book_appointment", department="骨科", date=AFTER_TOMORROW, part_of_day="am", patient="self"
    )
    assert talk.prompts[-1] == "appointment.confirm"
    talk.office.replies["find_sessions"] = {"sessions": [session(2, department="内科")], "nearest": []}
    talk.correct("不是骨科，是内科", {"department": "骨科"}, department="内科")
    assert talk.prompts[-1] == "appointment.confirm"
    assert "内科" in talk.said
    assert not booked(talk)
    talk.hear("对")
    assert talk.office.last("book")["session_id"] == 2


def test_no_at_the_read_back_asks_what_to_change() -> None:
    talk = Talk().hear(
        "挂骨科", "book_appointment", department="骨科", date=AFTER_TOMORROW, part_of_day="am", patient="self"
    )
    talk.hear("不对")
    assert "appointment.fix" in talk.prompts
    talk.press("1")
    assert talk.prompts[-1] in {"appointment.ask_date", "choice.option_3", "choice.more"}
    assert not booked(talk)


def test_a_full_session_offers_the_nearest_times_and_any_takes_the_first() -> None:
    office = Office(find_sessions={"sessions": [], "nearest": [session(7, part="pm"), session(8, day=TOMORROW)]})
    talk = Talk(office).hear(
        "挂骨科", "book_appointment", department="骨科", date=AFTER_TOMORROW, part_of_day="am", patient="self"
    )
    assert "appointment.nearest" in talk.prompts
    assert "choice.option_1" in talk.prompts
    talk.hear("都行")
    assert talk.prompts[-1] == "appointment.confirm"
    talk.hear("好")
    assert talk.office.last("book")["session_id"] == 7


@pytest.mark.parametrize(
    ("code", "prompt"),
    [
        ("already_booked", "appointment.already_booked"),
        ("session_full", "appointment.session_full"),
        ("too_early", "appointment.too_early"),
        ("too_late", "appointment.too_late"),
    ],
)
def test_a_refusal_of_the_office_is_said_in_plain_words_and_the_call_goes_on(code: str, prompt: str) -> None:
    office = Office(book=OfficeError(code, "refused"))
    talk = Talk(office).hear(
        "挂骨科", "book_appointment", department="骨科", date=AFTER_TOMORROW, part_of_day="am", patient="self"
    )
    talk.hear("对")
    assert prompt in talk.prompts
    assert not isinstance(talk.last, Transfer)


def test_an_office_that_cannot_be_reached_means_a_person() -> None:
    office = Office(find_sessions=OfficeError("unavailable", "the database is read-only"))
    talk = Talk(office).hear("挂骨科", "book_appointment", department="骨科", date=AFTER_TOMORROW, part_of_day="am")
    assert "office.failed" in talk.prompts
    assert talk.transferred.to == "human"


def test_a_day_in_the_past_or_too_far_is_answered_with_what_is_possible() -> None:
    talk = Talk().hear("挂骨科", "book_appointment", department="骨科", date="2026-03-09")
    assert talk.prompts == ["appointment.past_day", "appointment.ask_date"]
    assert "今天" not in talk.said
    assert talk.hear("今天", date="2026-03-10").prompts[0] == "appointment.too_early"
    talk.hear("五月一号", date="2026-05-01")
    assert talk.prompts[0] == "appointment.too_late"


def test_a_department_that_does_not_exist_is_named_and_the_nearest_are_offered() -> None:
    talk = Talk().hear("我要挂号", "book_appointment")
    talk.hear("谷科", "inform", department=slot(None, text="谷科", alternatives=("骨科", "妇科")))
    assert "appointment.no_such_department" in talk.prompts
    assert "骨科" in talk.said
    talk.press("1")
    assert talk.prompts[0] == "appointment.ask_date"


def test_a_badly_heard_department_is_asked_back() -> None:
    talk = Talk().hear("我要挂号", "book_appointment")
    talk.hear("古可", "inform", department=slot("骨科", confidence=0.5))
    assert talk.prompts == ["repair.check"]
    assert "骨科" in talk.said
    talk.hear("对")
    assert talk.prompts == ["appointment.ask_date"]


def test_for_somebody_else_the_name_is_asked_and_can_be_left_out() -> None:
    talk = Talk().hear(
        "挂骨科", "book_appointment", department="骨科", date=AFTER_TOMORROW, part_of_day="am", patient="other"
    )
    assert talk.prompts[-1] == "appointment.ask_name"
    talk.hear("王秀英", person_name="王秀英")
    assert talk.prompts[-1] == "appointment.confirm_other"
    assert "看病的人是王秀英" in talk.said
    talk.hear("对")
    assert talk.office.last("book")["patient_name"] == "王秀英"


def test_by_keys_alone_an_appointment_is_booked() -> None:
    talk = Talk()
    for key in "1111111":
        talk.press(key)
        if booked(talk):
            break
    assert booked(talk), talk.prompts
    assert "appointment.booked" in talk.prompts


def test_the_code_is_said_again_when_asked_for() -> None:
    talk = Talk().hear(
        "挂骨科", "book_appointment", department="骨科", date=AFTER_TOMORROW, part_of_day="am", patient="self"
    )
    talk.hear("对")
    first = talk.said
    talk.hear("再说一遍", "repeat")
    assert "appointment.booked" in talk.prompts
    assert "一二" in talk.said.replace("，", "")
    assert "一二" in first.replace("，", "")


@pytest.mark.parametrize("words", ["不是骨科", "不要骨科", "不挂骨科"])
def test_a_department_that_is_denied_is_not_chosen_because_it_could_be_offered(
    words: str, understander: Remembering
) -> None:
    talk = Talk().hear("我要挂号", "book_appointment")
    asked = talk.listening
    said = understander.understand(words, ParseContext(talk.now, "zh", asked.expect, asked.phrases))
    talk.event(Heard(talk.now, said))
    assert talk.prompts[-1] == "appointment.ask_department"
    assert talk.state.frames[-1].values.get("department") is None
    said = understander.understand("不是骨科，是内科", ParseContext(talk.now, "zh", asked.expect, asked.phrases))
    talk.event(Heard(talk.now, said))
    assert talk.state.frames[-1].values["department"] == "内科"


def test_a_day_that_no_calendar_has_is_said_to_be_none_and_days_are_offered(understander: Remembering) -> None:
    talk = Talk().hear("挂骨科", "book_appointment", department="骨科")
    asked = talk.listening
    said = understander.understand("九月三十一号", ParseContext(talk.now, "zh", asked.expect, asked.phrases))
    talk.event(Heard(talk.now, said))
    assert talk.prompts[0] == "appointment.no_such_day"
    assert "按一" in talk.said
    talk.press("1")
    assert talk.prompts == ["appointment.ask_part", "choice.option_1", "choice.option_2"]


def test_the_third_day_that_no_calendar_has_leads_to_a_person() -> None:
    talk, said = Talk().hear("挂骨科", "book_appointment", department="骨科"), []
    for _ in range(2):
        talk.hear("九月三十一号", date=slot(None, text="九月三十一号"))
        said.append(talk.said)
    assert said[0] != said[1]
    talk.hear("九月三十一号", date=slot(None, text="九月三十一号"))
    assert talk.transferred.reason == "misunderstood"


def test_a_day_that_no_calendar_has_does_not_jump_over_what_is_asked_before() -> None:
    talk = Talk().hear("挂号，九月三十一号", "book_appointment", date=slot(None, text="九月三十一号"))
    assert talk.prompts[0] == "appointment.no_such_day"
    talk.hear("明天", date=TOMORROW)
    assert talk.prompts[-1] == "appointment.ask_department"


def test_what_does_not_exist_goes_the_usual_way_where_no_words_are_written_for_it() -> None:
    """No such part of a day, and its question has no words for that: other words, then keys, then a person."""
    talk = Talk().hear("挂骨科", "book_appointment", department="骨科")
    for _ in range(2):
        talk.hear("后半夜", part_of_day=slot(None, text="后半夜"))
        assert "repair.sorry" in talk.prompts
    talk.hear("后半夜", part_of_day=slot(None, text="后半夜"))
    assert talk.transferred.reason == "misunderstood"


def another_hospital(talk: Talk) -> Talk:
    talk.hear("不对")
    return talk.press("3").press("1")


def test_where_only_one_hospital_has_places_that_is_said_before_it_is_read_back_again() -> None:
    talk = Talk().hear(
        "挂骨科", "book_appointment", department="骨科", date=AFTER_TOMORROW, part_of_day="am", patient="self"
    )
    first = talk.prompts
    another_hospital(talk)
    assert talk.prompts[: 1 + len(first)] == ["appointment.only_hospital", *first]
    another_hospital(talk)
    assert talk.prompts[0] == "appointment.only_hospital"
    assert another_hospital(talk).transferred.reason == "misunderstood", "not in a circle for ever"
    assert not booked(talk)


def test_a_hospital_that_was_named_is_not_said_to_be_the_only_one() -> None:
    talk = Talk().hear(
        "挂骨科", "book_appointment", department="骨科", date=AFTER_TOMORROW, part_of_day="am", patient="self"
    )
    another_hospital(talk)
    talk.hear("去省中医院", hospital="省中医院")
    assert "appointment.only_hospital" not in talk.prompts
