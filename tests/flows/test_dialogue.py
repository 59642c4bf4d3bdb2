"""What holds in every conversation: a person at any moment; failing leads to keys, then to a person; nothing loops."""

from __future__ import annotations

import random

import pytest

from flows.actions import CallOffice, End, Listen, SetSpeech, Transfer
from flows.events import CallerProfile
from flows.state import State
from tests.flows.talk_helpers import AFTER_TOMORROW, Office, Talk, really
from tests.remembering import Remembering


def test_key_0_is_a_person_in_the_typed_dialogue_too() -> None:
    assert Talk().press("0").transferred.to == "human"


def test_asking_for_a_person_gives_one() -> None:
    assert Talk().hear("我要人工", "human_agent").transferred.reason == "asked"


def test_the_third_silence_in_a_row_is_a_person() -> None:
    talk = Talk().silent()
    assert isinstance(talk.last, Listen)
    talk.silent()
    assert isinstance(talk.last, Listen)
    assert talk.silent().transferred.reason == "silent"


def test_the_second_misunderstanding_offers_keys_and_the_third_is_a_person() -> None:
    talk = Talk().hear("挂号", "book_appointment")
    talk.mumble()
    assert "repair.sorry" in talk.prompts
    assert "choice.option_1" not in talk.prompts
    first = talk.said
    talk.mumble()
    assert "choice.option_1" in talk.prompts
    assert talk.said != first
    assert talk.mumble().transferred.reason == "misunderstood"


def test_no_apology_is_said_twice_in_the_same_words() -> None:
    talk, heard = Talk(), []
    for _ in range(4):
        talk.mumble()
        if isinstance(talk.last, Transfer):
            break
        heard.append(talk.said[:8])
        talk.hear("挂号", "book_appointment")
        if not isinstance(talk.last, Listen):
            break
    assert len(heard) == len(set(heard))


def test_an_emergency_goes_to_the_front_without_a_question() -> None:
    talk = Talk().hear("救命啊，我摔倒了起不来了", "emergency")
    assert talk.transferred.band == "emergency"
    assert "一二零" in talk.said


def test_slower_and_louder_work_in_the_middle_and_the_question_is_said_again() -> None:
    talk = Talk().hear("挂号", "book_appointment")
    talk.hear("慢一点", "slower")
    assert "main.slower" in talk.prompts
    assert "appointment.ask_department" in talk.prompts


def test_without_a_recogniser_keys_are_offered_at_once() -> None:
    talk = Talk(caller=CallerProfile(number="13909710001", by_key=True))
    assert "main.by_key" in talk.prompts
    assert "choice.option_1" in talk.prompts


def test_no_more_wishes_ends_the_call_as_done() -> None:
    talk = Talk().hear(
        "挂骨科", "book_appointment", department="骨科", date=AFTER_TOMORROW, part_of_day="am", patient="self"
    )
    talk.hear("对")
    assert talk.engine.achieved(talk.state)
    assert talk.hear("没有了").over.outcome == "done"


def test_a_state_survives_being_stored_between_any_two_events() -> None:
    talk = Talk().hear("挂骨科", "book_appointment", department="骨科")
    talk.state = State.from_json(talk.state.to_json())
    assert talk.hear("后天", date=AFTER_TOMORROW).prompts == ["appointment.ask_part"]


@pytest.mark.parametrize("seed", range(40))
def test_random_callers_always_get_an_answer_and_never_an_exception(seed: int) -> None:
    chance = random.Random(seed)
    talk = Talk()
    for _ in range(60):
        act = chance.choice(["silent", "mumble", "press", "yes", "no", "book", "cancel", "check", "slot", "again"])
        match act:
            case "silent":
                talk.silent()
            case "mumble":
                talk.mumble()
            case "press":
                talk.press(chance.choice("123456789*#"))
            case "yes":
                talk.hear("对")
            case "no":
                talk.hear("不是")
            case "book":
                talk.hear("挂号", "book_appointment")
            case "cancel":
                talk.hear("退号", "cancel_appointment")
            case "check":
                talk.hear("查号", "check_appointment")
            case "slot":
                talk.hear("后天骨科", date=AFTER_TOMORROW, department="骨科")
            case _:
                talk.hear("再说一遍", "repeat")
        assert isinstance(talk.last, Listen | Transfer | End | CallOffice)
        if isinstance(talk.last, Transfer | End):
            return


def test_who_answers_by_key_is_told_of_the_key_for_zero_before_a_number_is_keyed() -> None:
    """A zero in the middle of a code would be a person, and the end of the dialogue."""
    talk = Talk(caller=CallerProfile(number=None, by_key=True))
    while "bookings.ask_code" not in talk.prompts:
        key = next((n for n in (1, 2, 3) if f"查号，按{'一二三'[n - 1]}" in talk.said), 9)
        talk.press(str(key))
    assert talk.said == "请您把八个数字按进来，遇到零，按左下角的星号。"
    assert "遇到零" in talk.press("1*3").said, "and for the rest of it"
    talk = Talk(caller=CallerProfile(number=None)).hear("查号", "check_appointment")
    assert "遇到零" not in talk.said, "who speaks needs no key"


def at_the_read_back() -> Talk:
    return Talk().hear(
        "挂骨科", "book_appointment", department="骨科", date=AFTER_TOMORROW, part_of_day="am", patient="self"
    )


def nothing_happened(talk: Talk) -> bool:
    """The read-back is put again, and neither a booking nor a change came of it."""
    question = talk.state.question
    booked = any(operation == "book" for operation, _ in talk.office.asked)
    return question is not None and question.prompt == "appointment.confirm" and not booked


@pytest.mark.parametrize("words", ["不用了，再见", "没有了，再见", "不用，谢谢，再见", "好的，再见"])
def test_a_goodbye_that_begins_with_an_answer_ends_the_call(words: str, understander: Remembering) -> None:
    talk = at_the_read_back().hear("对")
    assert talk.state.question is not None
    assert talk.state.question.kind == "more"
    assert really(talk, words, understander).over.outcome == "done"


@pytest.mark.parametrize("words", ["不行，听不见，大声点", "不是，大声一点", "不行，听不见"])
def test_louder_at_a_read_back_is_louder_and_no_answer(words: str, understander: Remembering) -> None:
    talk = really(at_the_read_back(), words, understander)
    assert SetSpeech("normal", "loud") in talk.actions
    assert talk.prompts == ["main.louder", "appointment.confirm"]
    assert nothing_happened(talk)


@pytest.mark.parametrize(
    "words", ["没有听清，再说一遍", "没有听懂", "不对，听不清，再说一遍", "不是，我听不清", "听不清", "没有听清楚"]
)
def test_again_at_a_read_back_is_said_again_and_no_answer(words: str, understander: Remembering) -> None:
    talk = really(at_the_read_back(), words, understander)
    assert talk.prompts == ["appointment.confirm"]
    assert nothing_happened(talk)


@pytest.mark.parametrize("words", ["听不清，再说一遍", "你声音太小听不清"])
def test_who_cannot_hear_the_question_wants_no_ear_specialist(words: str, understander: Remembering) -> None:
    talk = really(Talk().hear("我要挂号", "book_appointment"), words, understander)
    assert talk.prompts[-1] == "appointment.ask_department"
    talk = really(Talk().hear("我要挂号", "book_appointment"), "耳朵听不清", understander)
    assert talk.prompts[-1] == "appointment.ask_date", "but a complaint is one"


@pytest.mark.parametrize("intent", ["deny", "goodbye", "inform", "out_of_scope", "repeat"])
@pytest.mark.parametrize(("words", "affirm"), [("不用了", False), ("不是", False), ("没有了", False)])
def test_a_plain_no_is_a_no_whatever_the_intent(words: str, affirm: bool, intent: str) -> None:
    assert "appointment.fix" in at_the_read_back().hear(words, intent, affirm=affirm).prompts


@pytest.mark.parametrize("intent", ["affirm", "goodbye", "inform", "out_of_scope", "repeat"])
@pytest.mark.parametrize("words", ["是", "对", "好"])
def test_a_plain_yes_is_a_yes_whatever_the_intent(words: str, intent: str) -> None:
    assert "appointment.booked" in at_the_read_back().hear(words, intent, affirm=True).prompts


@pytest.mark.parametrize(("words", "last"), [("不用了", "goodbye"), ("没有", "goodbye"), ("要", "open")])
def test_a_plain_answer_still_answers_whether_there_is_more(words: str, last: str, understander: Remembering) -> None:
    talk = really(at_the_read_back().hear("对"), words, understander)
    assert talk.prompts[-1] == f"main.{last}"


def test_the_first_digit_of_a_code_and_a_pause_are_a_part_of_it() -> None:
    office = Office(find_bookings={"bookings": []})
    talk = Talk(office, CallerProfile(number=None)).hear("查号", "check_appointment")
    talk.press("3")
    assert talk.prompts == ["repair.group"]
    assert talk.state.partial == "3"
    talk.press("3")
    assert talk.state.partial == "3 3", "which begins with the same digit, and is not begun anew"
    talk.press("519204")
    assert office.last("find_bookings")["code"] == "33519204"


def test_a_whole_code_stands_over_the_digit_that_was_pressed_before() -> None:
    office = Office(find_bookings={"bookings": []})
    talk = Talk(office, CallerProfile(number=None)).hear("查号", "check_appointment")
    talk.press("2").press("35192046")
    assert office.last("find_bookings")["code"] == "35192046"


@pytest.mark.parametrize(("words", "prompt"), [("我要查号", "bookings.ask_code"), ("查号", "bookings.ask_code")])
def test_a_service_is_understood_by_the_name_that_the_menu_gives_it(
    words: str, prompt: str, understander: Remembering
) -> None:
    assert prompt in really(Talk(Office(find_bookings={"bookings": []})), words, understander).prompts
