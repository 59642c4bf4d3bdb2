"""Global words act in every state: between flows, in the middle, while an office is asked, at the closing question."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from flows.actions import CallOffice, Listen, Say, SetSpeech, Transfer
from flows.events import CallerProfile, Event, Heard, Keyed, OfficeReplied, OfficeSlow, Silent, Started, Unclear
from flows.state import State
from nlu.understand import ParseContext, Understanding
from tests.flows.talk_helpers import AFTER_TOMORROW, NOW, Talk, engine, session, slot, understood
from tests.remembering import Remembering

PERSON = understood("我要人工", "human_agent")


def at_the_opening() -> Talk:
    return Talk()


def in_the_middle() -> Talk:
    return Talk().hear("挂骨科", "book_appointment", department="骨科")


def at_the_read_back() -> Talk:
    return Talk().hear(
        "挂骨科", "book_appointment", department="骨科", date=AFTER_TOMORROW, part_of_day="am", patient="self"
    )


def at_the_closing_question() -> Talk:
    return at_the_read_back().hear("对")


def in_the_menu() -> Talk:
    return Talk().press("1")


def at_the_offer_of_a_person() -> Talk:
    return in_the_middle().hear("你们食堂几点开门", "ask_question")


STATES = [
    at_the_opening,
    in_the_middle,
    at_the_read_back,
    at_the_closing_question,
    in_the_menu,
    at_the_offer_of_a_person,
]


@pytest.fixture(params=STATES, ids=lambda state: state.__name__)
def talk(request: pytest.FixtureRequest) -> Talk:
    state: Callable[[], Talk] = request.param
    return state()


def test_a_person_is_given_in_every_state(talk: Talk) -> None:
    assert talk.hear("我要人工", "human_agent").transferred.reason == "asked"


def test_key_0_is_a_person_in_every_state(talk: Talk) -> None:
    assert talk.press("0").transferred.to == "human"


def test_slower_louder_and_repeat_say_the_question_again_in_every_state(talk: Talk) -> None:
    question = talk.state.question
    for words, intent in (("再说一遍", "repeat"), ("慢一点", "slower"), ("大声点", "louder")):
        talk.hear(words, intent)
        assert isinstance(talk.last, Listen)
        assert talk.state.question == question
        assert any(prompt == question.prompt for prompt in talk.prompts) if question else True


def test_another_language_is_a_person_who_speaks_it_in_every_state(talk: Talk) -> None:
    assert talk.hear("我说藏语", "change_language").transferred.summary["flags"][-1] == "change_language"


def waiting_for_an_office() -> State:
    one = engine()
    state, _ = one.start(Started(NOW, CallerProfile("13909710001")))
    state, actions = one.step(state, Heard(NOW, understood("挂号", "book_appointment")))
    assert isinstance(actions[-1], CallOffice)
    return state


@pytest.mark.parametrize("event", [Heard(NOW, PERSON), Keyed(NOW, "0"), Heard(NOW, understood("着火了"))])
def test_a_person_and_an_emergency_do_not_wait_for_an_office(event: Event) -> None:
    state, actions = engine().step(waiting_for_an_office(), event)
    assert isinstance(actions[-1], Transfer)
    assert not state.waiting


@pytest.mark.parametrize(
    ("words", "intent", "prompt"),
    [
        ("慢一点", "slower", "main.slower"),
        ("大声点", "louder", "main.louder"),
        ("再说一遍", "repeat", "office.slow"),
        ("退回去", "go_back", "office.slow"),
        ("从头来", "inform", "office.slow"),
        ("能办什么", "inform", "office.slow"),
    ],
)
def test_other_global_words_are_answered_and_the_office_is_still_waited_for(
    words: str, intent: str, prompt: str
) -> None:
    before = waiting_for_an_office()
    state, actions = engine().step(before, Heard(NOW, understood(words, intent)))
    assert [action.prompt for action in actions if isinstance(action, Say)] == [prompt]
    assert state.waiting
    if intent in {"slower", "louder"}:
        assert any(isinstance(action, SetSpeech) for action in actions)
    _, actions = engine().step(state, OfficeReplied(NOW, state.request, {"departments": ["骨科"]}))
    assert isinstance(actions[-1], Listen)


@pytest.mark.parametrize("event", [Silent(NOW), Unclear(NOW), Keyed(NOW, "5"), Heard(NOW, understood("骨科"))])
def test_nothing_else_disturbs_the_wait(event: Event) -> None:
    before = waiting_for_an_office()
    state, actions = engine().step(before, event)
    assert (state.waiting, state.failures, actions) == (True, 0, ())


def test_a_slow_office_is_bridged_by_a_sentence() -> None:
    state, actions = engine().step(waiting_for_an_office(), OfficeSlow(NOW, 1))
    assert [action.prompt for action in actions if isinstance(action, Say)] == ["office.slow"]
    assert state.waiting


def test_confirmation_follows_confidence() -> None:
    """Sure: nothing. Less sure: said back with the next question. Doubtful: asked."""
    sure = Talk().hear("挂骨科", "book_appointment", department=slot("骨科", 0.95))
    assert sure.prompts == ["appointment.ask_date"]
    less = Talk().hear("挂谷科", "book_appointment", department=slot("骨科", 0.75))
    assert less.prompts == ["repair.echo", "appointment.ask_date"]
    doubtful = Talk().hear("挂股壳", "book_appointment", department=slot("骨科", 0.5))
    assert doubtful.prompts == ["repair.check"]
    assert doubtful.hear("对").prompts[-1] == "appointment.ask_date"


def test_two_readings_are_offered_with_a_key_each() -> None:
    talk = in_the_middle().hear("八号", date=slot("2026-03-12", 0.7, alternatives=("2026-03-18",)))
    assert talk.prompts[0] == "repair.which"
    assert "按一" in talk.said
    assert "按二" in talk.said
    talk.press("2")
    assert talk.state.frames[-1].values["date"] == "2026-03-18"


def test_a_question_tapers_from_full_to_short() -> None:
    talk = Talk().hear("查养老金", "query_pension")
    assert "可以分几段" in talk.said
    talk.hear("发到哪张卡", "ask_question")
    assert "请您说身份证号码" in talk.said
    assert "可以分几段" not in talk.said


def test_patience_and_barge_in_belong_to_the_step() -> None:
    talk = Talk().hear("查养老金", "query_pension")
    assert talk.listening.silence_s == 12
    assert talk.listening.pause_s == 1.8
    booked = at_the_closing_question()
    code = next(
        action for action in booked.actions if isinstance(action, Say) and action.prompt == "appointment.booked"
    )
    assert not code.barge_in


def test_values_without_a_wish_begin_the_one_service_that_takes_them() -> None:
    told = understood("骨科后天上午", slots={"department": "骨科", "date": AFTER_TOMORROW, "part_of_day": "am"})
    talk = Talk().event(Heard(NOW, _ranked(told)))
    assert talk.prompts[-1] == "appointment.ask_patient"
    one = Talk().event(Heard(NOW, _ranked(understood("骨科", slots={"department": "骨科"}))))
    assert one.prompts == ["main.switch"]
    assert one.hear("对").prompts == ["appointment.ask_date"]
    assert one.state.frames[-1].values["department"] == "骨科"


def _ranked(understanding: Understanding) -> Understanding:
    return replace(understanding, ranking=(("inform", 0.8), ("book_appointment", 0.1)))


def test_values_that_two_services_take_begin_none() -> None:
    code = understood("一二三四五六七八", slots={"code": "12345678"})
    talk = Talk().event(Heard(NOW, _ranked(code)))
    assert talk.state.frames == []


@pytest.mark.parametrize(
    "text",
    [
        "好" * 3_500_000,
        "\x00\x07\x1b[31m",
        "👵🏻🏥",
        "我想གཟུགས挂骨科abc",
        "",
        " \u3000\n",
        "\ufeff\u202e挂号",
        "a" * 500,
    ],
    ids=["10 MB", "control", "emoji", "mixed", "empty", "blank", "marks", "long"],
)
def test_strange_words_are_a_failure_and_the_call_goes_on(text: str, understander: Remembering) -> None:
    talk = Talk()
    for _ in range(3):
        if isinstance(talk.last, Transfer):
            break
        talk.event(Heard(NOW, understander.understand(text, ParseContext(NOW))))
        assert isinstance(talk.last, Listen | Transfer)


def test_a_booked_session_is_not_lost_by_a_late_correction() -> None:
    talk = at_the_closing_question()
    talk.office.replies["find_sessions"] = {"sessions": [session(9)], "nearest": []}
    talk.correct("不是骨科", {"department": "骨科"}, department="眼科")
    assert sum(operation == "book" for operation, _ in talk.office.asked) == 1
