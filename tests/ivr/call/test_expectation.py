"""What the recogniser is told of the question that stands."""

from __future__ import annotations

from datetime import datetime

import pytest

from flows.actions import Listen
from ivr.call.utterance import Utterance
from ivr.call.words import Words
from nlu.understand import ParseContext, Understander, Understanding
from tests.flows.talk_helpers import AFTER_TOMORROW, Talk
from voices.recognition.hypothesis import Hypothesis, Priority
from voices.recognition.repair import repair_text
from voices.recognition.taught_phrases import expected

NOW = datetime(2026, 3, 11, 10, 0)  # noqa: DTZ001 - local time of the call, naive by agreement


class Plain(Understander):
    def understand(self, text: str, context: ParseContext) -> Understanding:
        return Understanding(text, "inform", 0.9, True)


def words(listen: Listen, language: str = "bo") -> Words:
    made = Words(Plain(), language, lambda: NOW, lambda *_, **__: None)
    made.listen = listen
    return made


def test_the_recogniser_of_taught_phrases_knows_which_the_question_can_take() -> None:
    slots = words(Listen(expect=("part_of_day",))).expectation.slots
    assert {"am", "pm", "person", "again"} <= set(expected(slots))
    assert not {"tomorrow", "affirm", "bones"} & set(expected(slots))


def test_the_open_question_takes_services_and_no_answers_to_other_questions() -> None:
    slots = words(Listen()).expectation.slots
    assert {"book", "cancel", "person"} <= set(expected(slots))
    assert not {"tomorrow", "bones", "digit_3"} & set(expected(slots))


def test_what_was_offered_goes_along_for_repair_and_hotwords() -> None:
    told = words(Listen(expect=("choice",), phrases={"choice": ("内科", "骨科")}), "zh").expectation
    assert told.phrases == ("内科", "骨科"), "what was offered comes first"
    assert told.slots == ("choice",)
    assert told.priority is Priority.TURN


@pytest.mark.parametrize(
    ("talk", "wanted"),
    [
        (Talk(), {"挂号", "退号", "养老金", "找人工"}),
        (Talk().hear("挂号", "book_appointment"), {"骨科", "内科"}),
        (Talk().hear("挂号", "book_appointment", department="骨科"), {"明天", "星期三"}),
        (Talk().hear("挂号", "book_appointment", department="骨科", date=AFTER_TOMORROW), {"上午", "晌午"}),
        (
            Talk().hear("挂号", "book_appointment", department="骨科", date=AFTER_TOMORROW, part_of_day="am"),
            {"给自己挂", "给老伴"},
        ),
        (
            Talk().hear(
                "挂号", "book_appointment", department="骨科", date=AFTER_TOMORROW, part_of_day="am", patient="self"
            ),
            {"对", "不对", "不是"},
        ),
    ],
    ids=["open", "department", "date", "part_of_day", "patient", "read_back"],
)
def test_the_words_of_the_question_itself_go_along_with_what_it_offers(talk: Talk, wanted: set[str]) -> None:
    phrases = words(talk.listening, "zh").expectation.phrases
    assert wanted <= set(phrases)
    assert len(set(phrases)) == len(phrases)


def test_the_days_are_as_short_as_callers_say_them() -> None:
    talk = Talk().hear("挂号", "book_appointment", department="骨科")
    assert repair_text("名天", words(talk.listening, "zh").expectation.phrases).text == "明天"


def test_a_recogniser_leans_on_days_as_callers_say_them_and_not_on_the_dates_that_could_be_read_out() -> None:
    """With eight dates before it Whisper went on with the dates when it had heard 后天."""
    talk = Talk().hear("挂号", "book_appointment", department="骨科")
    hint = words(talk.listening, "zh").expectation.hint
    assert hint.startswith("明天，后天，星期三")
    assert "三月十三号" not in hint


def test_a_recogniser_leans_on_what_is_offered_after_the_question_s_own_words() -> None:
    assert "省中医院" in words(Listen(("choice",), {"choice": ("省中医院",)}), "zh").expectation.hint
    listen = Listen(("department", "choice"), {"choice": ("藏医科",)})
    assert words(listen, "zh").expectation.hint.index("骨科") < words(listen, "zh").expectation.hint.index("藏医科")


def test_digits_are_not_compared_with_words() -> None:
    assert words(Listen(expect=("code",), keys=8), "zh").expectation.phrases == ()


def test_no_question_is_closed_to_words_of_danger_or_for_a_person() -> None:
    """A grammar of yes and no would hear nothing of them, and they count at every question."""
    talk = Talk().hear("挂失", "bank_service")
    assert talk.listening.expect == ("affirm",)
    told = words(talk.listening, "zh").expectation
    assert "不要" in told.phrases
    assert not told.closed


async def test_the_language_of_the_first_sentence_is_told_and_of_no_later_one() -> None:
    one = words(Listen(), "zh")
    one.identify = ("zh", "en", "ko")
    assert one.expectation.identify == ("en", "ko")
    one.listen = Listen(expect=("date",))
    assert not one.expectation.identify, "an answer is too short to tell"
    one.listen = Listen()
    await one.understood(Utterance(Hypothesis("我要挂号", 0.9), 1.2))
    assert not one.expectation.identify
