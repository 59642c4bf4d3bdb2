"""Wishes that are told by their words: to change what is booked, and to be told the department."""

from __future__ import annotations

import pytest

from flows.clauses import read
from flows.events import Heard
from flows.meaning import meant
from nlu.understand import ParseContext, Understanding
from tests.flows.talk_helpers import AFTER_TOMORROW, TOMORROW, Office, Talk, really, session
from tests.remembering import Remembering

LATER = "2026-03-13"


def booking(code: str = "10203040", day: str = AFTER_TOMORROW, department: str = "骨科") -> dict[str, object]:
    return {**session(1, day=day, department=department), "code": code, "patient_name": None, "cancellable": True}


def intent(words: str, own: tuple[str, ...] = ()) -> str:
    return meant(Understanding(words, "nothing", 0.3, accepted=False), own).intent


@pytest.mark.parametrize(
    "words",
    [
        *("我挂的号改到大后天", "我后天去不了了，换成大后天", "我想把刚才那个号换到下午", "我的号退了，改挂内科"),
        *("我要改个时间", "我的预约能不能改到下周一", "我约的骨科想提前到明天", "挂号的日子能推迟两天不", "我想改约"),
        *(
            "我要改个号",
            "我想改一下号",
            "我要改号",
            "我要改预约",
            "我要换个号",
            "我想改预约，改到后天",
            "我要改骨科的号",
            "把号改一下",
        ),
        *("后天的号不要了，给我挂大后天的", "我的号往后挪一挪"),
    ],
)
def test_words_of_a_change_are_no_cancelling_and_no_second_booking(words: str) -> None:
    assert intent(words) == "change_appointment"


@pytest.mark.parametrize(
    "words",
    [
        *("我要退号", "我后天去不了了", "我要挂骨科", "我电话号改了", "我换号码了", "改签", "订的菜换成土豆"),
        *(
            "我有事，帮我打车改到明天",
            "听人说要提前预约才能看上病,我咋预约",
            "养老金改到哪个卡上了",
            "娃娃给我挂了号,我不去了,取消掉",
            *("我要改号码", "我手机换个号", "换个手机号", "我换号了", "把卡换个号"),
        ),
    ],
)
def test_what_changes_no_appointment(words: str) -> None:
    assert intent(words) == "nothing"


@pytest.mark.parametrize("words", ["我要退内科的号", "退眼科的号", "帮我退掉骨科的号", "退后天的号"])
def test_a_department_in_words_of_giving_back_is_that_of_the_booking(words: str, understander: Remembering) -> None:
    said = meant(understander.understand(words, ParseContext(Talk().now, "zh")))
    assert (said.intent, said.accepted) == ("cancel_appointment", True)
    assert {"department", "date"} & set(said.slots)


@pytest.mark.parametrize(
    "words",
    [
        "退休工资几号发",
        "退号要钱吗",
        "不退内科的号",
        "我不想退号",
        "怎么退眼科的号",
        "退了号再挂",
        "退内科的号再挂眼科",
    ],
)
def test_what_only_speaks_of_giving_back_is_left_to_the_understanding(words: str) -> None:
    assert intent(words) == "nothing"


def test_who_is_asked_about_another_service_may_change_what_is_booked(understander: Remembering) -> None:
    talk = Talk(Office(find_bookings={"bookings": [booking()]}, find_sessions={"sessions": [session(9, day=LATER)]}))
    talk.event(Heard(talk.now, Understanding("号", "check_appointment", 0.3, accepted=False)))
    assert talk.prompts == ["main.switch"]
    assert really(talk, "改到大后天", understander).prompts[-1] == "change.confirm"


def test_in_a_booking_a_correction_stays_one() -> None:
    assert intent("我后天去不了，换成大后天", ("book_appointment",)) == "nothing"


def test_who_is_asked_whether_to_cancel_may_change_instead() -> None:
    assert intent("不是，改到大后天", ("cancel_appointment",)) == "change_appointment"
    assert intent("不是", ("cancel_appointment",)) == "nothing"


def test_a_person_goes_before() -> None:
    asked = Understanding("找个人给我把号改到后天", "human_agent", 0.9, accepted=True)
    assert meant(asked) == asked


def changing(words: str, understander: Remembering, office: Office) -> Talk:
    talk = Talk(office)
    said = understander.understand(words, ParseContext(talk.now, "zh"))
    return talk.event(Heard(talk.now, said))


def test_what_is_named_before_the_change_is_the_old_appointment_and_what_comes_after_the_new(
    understander: Remembering,
) -> None:
    old, other = booking(), booking("50607080", LATER, "眼科")
    office = Office(find_bookings={"bookings": [old, other]}, find_sessions={"sessions": [], "nearest": []})
    office.replies["find_sessions"] = {"sessions": [session(9, day="2026-03-16", department="眼科")], "nearest": []}
    talk = changing("把大后天的号挪到下周一", understander, office)
    asked = office.last("find_sessions")
    assert (asked["department"], asked["date"], asked["part_of_day"]) == ("眼科", "2026-03-16", "am")
    assert talk.prompts == ["change.confirm"]
    assert not any(operation in {"move", "cancel", "book"} for operation, _ in office.asked)


def test_the_department_of_the_booking_that_is_to_be_changed_is_no_new_one(understander: Remembering) -> None:
    said = meant(understander.understand("我要改骨科的号", ParseContext(Talk().now, "zh")))
    assert said.slots["old_department"].value == "骨科"
    assert "department" not in said.slots


def test_nothing_is_given_back_before_the_new_place_is_sure(understander: Remembering) -> None:
    office = Office(find_bookings={"bookings": [booking()]}, move={**booking(), "code": "10203040"})
    office.replies["find_sessions"] = {"sessions": [session(9, day=LATER)], "nearest": []}
    talk = changing("我后天去不了了，换成大后天", understander, office)
    assert "三月十三号" in talk.said
    talk.hear("对")
    assert office.last("move") == {"code": "10203040", "session_id": 9, "phone": "13909710001"}
    assert talk.prompts[:1] == ["change.done"]
    assert not any(operation in {"cancel", "book"} for operation, _ in office.asked)


def test_the_half_of_the_day_alone_can_be_changed(understander: Remembering) -> None:
    office = Office(find_bookings={"bookings": [booking(day=TOMORROW)]})
    changing("我想把刚才那个号换到下午", understander, office)
    asked = office.last("find_sessions")
    assert (asked["date"], asked["part_of_day"], asked["hospital"]) == (TOMORROW, "pm", "省人民医院")


def test_a_complaint_alone_is_asked_about_and_its_department_kept(understander: Remembering) -> None:
    talk = changing("我眼睛看东西重影", understander, Office(list_departments={"departments": ["眼科"]}))
    assert talk.prompts == ["main.switch"]
    assert talk.hear("是").prompts == ["appointment.ask_date"]
    assert talk.state.frames[-1].values["department"] == "眼科"


def test_who_wants_another_doctor_is_told_to_name_one(understander: Remembering) -> None:
    talk = Talk().hear("挂骨科", "book_appointment", department="骨科", date=TOMORROW, part_of_day="am", patient="self")
    asked = talk.listening
    said = understander.understand("我要换个大夫", ParseContext(talk.now, "zh", asked.expect, asked.phrases))
    assert talk.event(Heard(talk.now, said)).prompts[0] == "appointment.no_such_doctor"


@pytest.mark.parametrize("words", ["改到下午吧", "该到下午吧。"])
def test_what_was_just_booked_is_changed_without_naming_it(words: str, understander: Remembering) -> None:
    """该 is what the recogniser writes for it over a telephone."""
    wish = {"department": "骨科", "date": AFTER_TOMORROW, "part_of_day": "am", "patient": "self"}
    talk = Talk(Office(find_bookings={"bookings": [booking()]})).hear("挂骨科", "book_appointment", **wish).hear("对")
    assert talk.prompts[-1] == "main.more"
    talk.office.replies["find_sessions"] = {"sessions": [session(9, part="pm")], "nearest": []}
    talk.event(Heard(talk.now, understander.understand(words, ParseContext(talk.now, "zh", ("affirm",)))))
    assert talk.prompts == ["change.confirm"]


def test_the_doctor_stays_where_they_have_a_place_and_else_any_will_do(understander: Remembering) -> None:
    talk = Talk(Office(find_bookings={"bookings": [booking()]}, find_sessions=[none_left(), one_left()]))
    talk.event(Heard(talk.now, understander.understand("我挂的号改到大后天", ParseContext(talk.now, "zh"))))
    assert talk.prompts[-1] == "change.confirm"
    asked = [arguments["doctor"] for operation, arguments in talk.office.asked if operation == "find_sessions"]
    assert asked == ["王建国", None]


def none_left() -> dict[str, object]:
    return {"sessions": [], "nearest": []}


def one_left() -> dict[str, object]:
    return {"sessions": [session(9, day=LATER)], "nearest": []}


@pytest.mark.parametrize(
    ("words", "asked_for"),
    [
        ("换个医院", "appointment.only_hospital"),
        ("我想换个时间", "appointment.ask_date"),
        ("换个科行不行", "appointment.ask_department"),
    ],
)
def test_who_wants_something_else_at_the_read_back_is_asked_for_that(
    words: str, asked_for: str, understander: Remembering
) -> None:
    wish = {"department": "骨科", "date": AFTER_TOMORROW, "part_of_day": "am", "patient": "self"}
    talk = Talk().hear("挂骨科", "book_appointment", **wish)
    asked = talk.listening
    said = understander.understand(words, ParseContext(talk.now, "zh", asked.expect, asked.phrases))
    assert talk.event(Heard(talk.now, said)).prompts[0] == asked_for


def test_what_is_wanted_beside_a_change_is_kept(understander: Remembering) -> None:
    talk = Talk(Office(find_bookings={"bookings": [booking()]}))
    talk.office.replies["find_sessions"] = {"sessions": [session(9, day=LATER)], "nearest": []}
    both = "我挂的号改到大后天，顺便查一下养老金"
    talk.event(Heard(talk.now, read(understander, both, ParseContext(talk.now, "zh"))))
    assert talk.prompts[-1] == "change.confirm"
    assert [one["intent"] for one in talk.state.wishes] == ["query_pension"]


def test_no_and_another_department_right_after_a_booking_changes_it(understander: Remembering) -> None:
    """Not a second booking beside the wrong one."""
    wish = {"department": "骨科", "date": AFTER_TOMORROW, "part_of_day": "am", "patient": "self"}
    talk = Talk(Office(find_bookings={"bookings": [booking()]})).hear("挂骨科", "book_appointment", **wish).hear("对")
    talk.office.replies["find_sessions"] = {"sessions": [session(9)], "nearest": []}
    talk.event(Heard(talk.now, understander.understand("不，我想挂内科的", ParseContext(talk.now, "zh", ("affirm",)))))
    assert talk.state.frames[0].flow == "appointments_change"


@pytest.mark.parametrize("words", ["两个都退了", "都给我退了吧", "全退了"])
def test_all_bookings_are_to_be_cancelled_from_the_open_question(words: str, understander: Remembering) -> None:
    talk = Talk(Office(find_bookings={"bookings": [booking()]}))
    talk.event(Heard(talk.now, understander.understand(words, ParseContext(talk.now, "zh", ()))))
    assert talk.prompts[-1] == "bookings.confirm_cancel"
