"""Giving up: from everywhere in a flow, with the words that people have for it, and nothing is changed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from flows.actions import Listen
from tests.flows.talk_helpers import AFTER_TOMORROW, TOMORROW, Office, Talk, really, session
from tests.remembering import Remembering

BOOKING = session(1) | {"code": "12345678", "cancellable": True, "patient_name": None}


def at_the_department() -> Talk:
    return Talk().hear("挂号", "book_appointment")


def at_the_day() -> Talk:
    return Talk().hear("挂骨科", "book_appointment", department="骨科")


def at_whose() -> Talk:
    return at_the_day().hear("后天上午", date=AFTER_TOMORROW, part_of_day="am")


def at_the_name() -> Talk:
    return at_whose().hear("给老伴", patient="other")


def at_the_read_back() -> Talk:
    return at_whose().hear("我自己", patient="self")


def at_what_to_change() -> Talk:
    return at_the_read_back().hear("不对")


def at_goodbye_in_the_middle() -> Talk:
    return at_the_day().hear("再见", "goodbye")


PLACES = [at_the_department, at_the_day, at_whose, at_the_name, at_the_read_back, at_what_to_change]


def nothing_booked(talk: Talk) -> bool:
    question = talk.state.question
    left = question is not None and question.kind == "more" and not talk.state.frames
    return left and not any(operation == "book" for operation, _ in talk.office.asked)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
@pytest.mark.parametrize(
    "words",
    [
        *(
            "不挂了",
            "不挂号了",
            "号不挂了",
            "算了",
            "算了吧",
            "哎呀算了算了，不看了",
            "我不看了",
            "我以后再说",
            "不要了",
        ),
        *("雪太大出不去，改天吧", "都不换，我不挂了", "先不挂了", "我不想看病了", "不看了，改天我儿子来办"),
    ],
)
def test_a_booking_is_given_up_wherever_it_stands(
    place: Callable[[], Talk], words: str, understander: Remembering
) -> None:
    talk = really(place(), words, understander)
    assert nothing_booked(talk)
    assert talk.said == "好，不挂号了。还要办别的事吗？"
    assert really(talk, "没有了", understander).over.outcome == "nothing"


@pytest.mark.parametrize("words", ["不退了", "算了，不退了", "不退号了", "改天吧"])
def test_a_cancellation_is_given_up_and_the_booking_is_kept(words: str, understander: Remembering) -> None:
    none = Office(find_bookings={"bookings": []})
    assert "给您留着" in really(Talk(none).hear("退号", "cancel_appointment"), words, understander).said
    one = Office(find_bookings={"bookings": [BOOKING]})
    talk = really(Talk(one).hear("退号", "cancel_appointment"), words, understander)
    assert talk.prompts == ["bookings.kept", "main.more"]
    assert not any(operation == "cancel" for operation, _ in one.asked)


def test_what_the_caller_calls_off_while_another_thing_is_offered_is_the_flow(understander: Remembering) -> None:
    offered = at_the_day().hear("你们食堂几点开门", "ask_question")
    assert really(offered, "算了", understander).prompts == ["appointment.ask_date"], "a no to the offer of a person"
    assert nothing_booked(really(at_the_day().hear("你们食堂几点开门", "ask_question"), "不挂了", understander))


@pytest.mark.parametrize("words", ["不挂号了", "都不换，我不挂了", "不是，我是说号不挂了"])
def test_who_says_it_twice_has_given_up_still(words: str, understander: Remembering) -> None:
    talk = really(really(at_the_day(), "不挂了", understander), words, understander)
    assert talk.prompts == ["main.given_up", "main.more"]


@pytest.mark.parametrize("words", ["不挂号了", "我不去了", "不挂了", "那个号不看了"])
def test_when_it_is_booked_it_is_asked_whether_to_cancel(words: str, understander: Remembering) -> None:
    talk = really(at_the_read_back().hear("对"), words, understander)
    assert talk.prompts == ["main.switch"]
    assert "退号" in talk.said


def test_what_was_wanted_beside_it_is_not_given_up(understander: Remembering) -> None:
    talk = really(Talk(), "我要挂骨科，顺便问下养老金", understander)
    assert really(talk, "不挂了", understander).prompts[0] == "given_up.appointments_book"
    assert talk.state.frames[-1].flow == "pension"


def test_not_to_ring_off_is_no_giving_up(understander: Remembering) -> None:
    assert really(at_goodbye_in_the_middle(), "不挂了", understander).prompts == ["appointment.ask_date"]
    assert nothing_booked(really(at_goodbye_in_the_middle(), "不是，我是说号不挂了", understander))


def test_another_value_in_the_same_breath_is_a_correction(understander: Remembering) -> None:
    talk = really(at_the_read_back(), "算了，明天吧", understander)
    assert talk.state.frames[-1].values["date"] == TOMORROW
    talk = really(at_the_read_back(), "不看骨科了，看眼科", understander)
    assert talk.state.frames[-1].values["department"] == "眼科"


@pytest.mark.parametrize(
    "words", ["不挂号了吗", "不挂了行不行", "挂了能退吗", "要是我不去了咋办", "不是不挂了，是换一天"]
)
def test_a_question_gives_nothing_up(words: str, understander: Remembering) -> None:
    assert at_the_day().state.frames
    assert really(at_the_day(), words, understander).state.frames


@pytest.mark.parametrize("words", ["不对", "不是", "不用了", "不好"])
def test_a_no_to_the_read_back_changes_it_still(words: str, understander: Remembering) -> None:
    assert really(at_the_read_back(), words, understander).prompts[0] == "appointment.fix"


@pytest.mark.parametrize("words", ["别挂", "不挂", "先别挂"])
def test_do_not_to_the_read_back_is_giving_up(words: str, understander: Remembering) -> None:
    assert nothing_booked(really(at_the_read_back(), words, understander))


@pytest.mark.parametrize("words", ["不是，我是要退号", "不对，我要查养老金"])
def test_another_wish_after_a_no_to_the_read_back_is_asked_about(words: str, understander: Remembering) -> None:
    assert really(at_the_read_back(), words, understander).prompts == ["main.switch"]


@pytest.mark.parametrize("words", ["算了", "我以后再说", "不办了"])
def test_who_gives_up_before_they_began_is_asked_whether_they_ring_off(words: str, understander: Remembering) -> None:
    talk = really(Talk(), words, understander)
    assert talk.prompts == ["main.leave"]
    assert isinstance(talk.last, Listen)


@pytest.mark.parametrize("words", ["算了，不挂了，我查养老金", "不挂了，我要查养老金"])
def test_what_is_wanted_instead_is_begun(words: str, understander: Remembering) -> None:
    talk = really(at_the_day(), words, understander)
    assert talk.state.frames[0].flow == "pension"


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
@pytest.mark.parametrize(
    "words",
    ["算了，明天再说吧", "明天再说", "等星期五再说吧", "算了，后天再看吧", "那我下周再打电话", "不挂了，明天再来"],
)
def test_to_see_about_it_another_day_moves_no_booking(
    place: Callable[[], Talk], words: str, understander: Remembering
) -> None:
    assert nothing_booked(really(place(), words, understander))


@pytest.mark.parametrize("words", ["明天再看吧", "算了，明天吧", "明天再去"])
def test_a_day_to_come_is_a_day(words: str, understander: Remembering) -> None:
    assert really(at_the_day(), words, understander).state.frames[0].values["date"] == TOMORROW


EYES = session(2, day="2026-03-13", department="眼科") | {"code": "87654321", "cancellable": True, "patient_name": None}


def at_the_cancellation(*bookings: object) -> Talk:
    return Talk(Office(find_bookings={"bookings": list(bookings)})).hear("退号", "cancel_appointment")


def of_the_bones(understander: Remembering) -> Talk:
    return really(at_the_cancellation(BOOKING, EYES), "骨科那个", understander)


def cancelled(talk: Talk) -> bool:
    return any(operation == "cancel" for operation, _ in talk.office.asked)


@pytest.mark.parametrize(
    "words",
    [
        *("不退了，后天我能去", "不退，我后天能去", "别退了，我明天再看", "别退，后天我再看看", "我不想退了，后天去"),
        *("不是这个，是星期五的", "不对，不是骨科，是眼科", "先别退，后天孩子陪我去"),
    ],
)
def test_a_no_that_names_a_day_or_a_department_cancels_nothing(words: str, understander: Remembering) -> None:
    talk = really(at_the_cancellation(BOOKING), words, understander)
    assert talk.prompts == ["bookings.kept", "main.more"]
    assert not cancelled(really(talk, "对", understander))


@pytest.mark.parametrize("words", ["不，我要挂眼科", "不是，是再挂个眼科", "先别退，顺便再挂个眼科"])
def test_another_booking_is_no_word_about_the_one_to_cancel(words: str, understander: Remembering) -> None:
    talk = really(at_the_cancellation(BOOKING), words, understander)
    if talk.prompts == ["main.switch"]:
        really(talk, "对", understander)
    assert talk.state.frames[0].values["department"] == "眼科"
    assert talk.prompts[-1] == "appointment.ask_date"
    assert not cancelled(talk)


@pytest.mark.parametrize("words", ["不对，不是骨科，是眼科", "不是这个，是星期五的", "别退这个，退星期五的"])
def test_of_two_bookings_a_no_that_names_the_other_is_about_that(words: str, understander: Remembering) -> None:
    talk = really(of_the_bones(understander), words, understander)
    assert talk.prompts == ["bookings.confirm_cancel"]
    assert "眼科" in talk.said
    really(talk, "对", understander)
    assert talk.office.last("cancel")["code"] == "87654321"


@pytest.mark.parametrize("words", ["对，退掉", "对，退骨科的", "嗯，退掉吧", "退吧，后天去不成"])
def test_a_yes_that_names_what_stands_is_one_still(words: str, understander: Remembering) -> None:
    talk = really(at_the_cancellation(BOOKING), words, understander)
    assert "bookings.kept" not in talk.prompts
    assert cancelled(really(talk, "对", understander))


@pytest.mark.parametrize("place", [at_the_day, at_whose, at_the_read_back], ids=lambda place: place.__name__)
@pytest.mark.parametrize("words", ["不挂骨科了", "骨科不挂了", "骨科的号不挂了", "算了，骨科我不看了"])
def test_a_booking_is_given_up_by_the_name_of_what_was_wanted(
    place: Callable[[], Talk], words: str, understander: Remembering
) -> None:
    assert nothing_booked(really(place(), words, understander))


@pytest.mark.parametrize("place", [at_the_day, at_the_read_back], ids=lambda place: place.__name__)
@pytest.mark.parametrize("words", ["算了，骨科不挂了，就问养老金", "不对，骨科不挂了，查养老金"])
def test_what_is_wanted_instead_of_a_department_is_begun(
    place: Callable[[], Talk], words: str, understander: Remembering
) -> None:
    talk = really(place(), words, understander)
    assert talk.prompts[0] == "given_up.appointments_book"
    assert talk.state.frames[0].flow == "pension"


@pytest.mark.parametrize("words", ["骨科不挂了，挂内科", "骨科不挂了，换个科", "不是骨科", "不挂骨科了，挂别的科"])
def test_another_department_instead_gives_nothing_up(words: str, understander: Remembering) -> None:
    talk = really(at_the_read_back(), words, understander)
    assert talk.state.frames[0].values.get("department") != "骨科" or talk.prompts[0] == "appointment.fix"
    assert talk.state.frames[0].flow == "appointments_book"


def to_be_moved() -> Talk:
    office = Office(find_bookings={"bookings": [BOOKING]}, find_sessions={"sessions": [EYES], "nearest": []})
    return Talk(office).hear("改到星期五", "change_appointment", date="2026-03-13")


def asked_where_to() -> Talk:
    return Talk(Office(find_bookings={"bookings": [BOOKING]})).hear("改时间", "change_appointment")


@pytest.mark.parametrize("place", [to_be_moved, asked_where_to], ids=lambda place: place.__name__)
@pytest.mark.parametrize(
    "words", ["算了不改了", "不，不改了", "不改了", "别改了", "不改时间了", "算了不改了，还是后天去", "不换了"]
)
def test_a_change_is_given_up_and_what_was_booked_stays(
    place: Callable[[], Talk], words: str, understander: Remembering
) -> None:
    talk = really(place(), words, understander)
    assert talk.said == "好，不改了，还是原来的号。还要办别的事吗？"
    assert not any(operation == "move" for operation, _ in talk.office.asked)


@pytest.mark.parametrize("words", ["不改后天了，改到明天", "不改了，改成明天吧", "明天吧"])
def test_another_day_for_the_change_gives_nothing_up(words: str, understander: Remembering) -> None:
    assert really(to_be_moved(), words, understander).state.frames[0].values["new_date"] == TOMORROW


def test_a_mere_no_to_the_change_is_asked_what_instead(understander: Remembering) -> None:
    assert really(to_be_moved(), "不对", understander).prompts[0] == "change.what_now"


@pytest.mark.parametrize("words", ["我不去了", "不去了，后天有事", "后天我去不了了", "不去了，退掉吧", "对，不看了"])
def test_not_to_go_is_no_reason_to_keep_the_booking(words: str, understander: Remembering) -> None:
    talk = really(at_the_cancellation(BOOKING), words, understander)
    assert talk.said == "骨科，要退这个号就说对，不退就说不对。"
    assert cancelled(really(talk, "对", understander))


def test_who_says_it_again_and_again_gets_a_person(understander: Remembering) -> None:
    talk = at_the_cancellation(BOOKING)
    for _ in range(3):
        really(talk, "我不去了", understander)
    assert talk.transferred.reason == "misunderstood"
