"""What a call teaches: only what became sure, and only phrases."""

from __future__ import annotations

from flows.actions import Listen
from ivr.call.lessons import Lessons
from ivr.call.utterance import Utterance
from nlu.understand import SlotValue, Understanding
from voices.recognition.hypothesis import Hypothesis

SOUND = b"\1\2" * 16_000
DEPARTMENT = Listen(expect=("department",), keyed={"1": "内科", "2": "骨科"})
YES = Listen(expect=("affirm",), keyed={"1": "affirm", "2": "deny"})
OPEN = Listen()
MENU = Listen(keyed={"1": "book_appointment"})


class Call:
    def __init__(self) -> None:
        self.taught: list[tuple[str, bytes]] = []
        self.lessons = Lessons(lambda phrase, pcm: self.taught.append((phrase, pcm)))

    def unclear(self, listen: Listen, duration_s: float = 1.0, pcm: bytes = SOUND) -> None:
        self.lessons.heard(listen, Utterance(None, duration_s, audio=pcm), None)

    def understood(self, listen: Listen, duration_s: float = 1.0, **slots: str) -> None:
        values = {name: SlotValue(value, value, 0, 1, 0.9) for name, value in slots.items()}
        meaning = Understanding("", "inform", 0.9, True, values)
        self.lessons.heard(listen, Utterance(Hypothesis("…", 0.9), duration_s, audio=SOUND), meaning)


def test_what_was_not_understood_and_then_given_by_key_is_an_example_of_it() -> None:
    call = Call()
    call.unclear(DEPARTMENT)
    call.lessons.keyed(DEPARTMENT, "2")
    call.unclear(YES)
    call.lessons.keyed(YES, "2")
    assert call.taught == [("bones", SOUND), ("deny", SOUND)]
    call.lessons.keyed(YES, "1")
    assert len(call.taught) == 2, "each utterance teaches once"


def test_a_service_that_was_said_and_then_chosen_in_the_menu_is_an_example() -> None:
    call = Call()
    call.unclear(OPEN)
    call.lessons.keyed(OPEN, "1")
    call.lessons.keyed(MENU, "1")
    assert call.taught == [("book", SOUND)]


def test_a_key_at_another_question_tells_nothing_of_what_was_said_before() -> None:
    call = Call()
    call.unclear(YES)
    call.lessons.keyed(DEPARTMENT, "1")
    assert call.taught == []


def test_what_was_read_back_and_done_is_an_example_of_the_last_value_only() -> None:
    call = Call()
    call.understood(DEPARTMENT, department="内科")
    call.understood(DEPARTMENT, department="骨科")
    assert call.taught == [], "not before it is agreed to"
    call.lessons.achieved()
    call.lessons.achieved()
    assert call.taught == [("bones", SOUND)]


def test_whole_sentences_several_values_and_long_utterances_teach_nothing() -> None:
    call = Call()
    call.understood(DEPARTMENT, department="骨科", date="2026-03-12")
    call.understood(OPEN, part_of_day="am")
    call.understood(DEPARTMENT, 3.5, department="骨科")
    call.lessons.achieved()
    call.unclear(DEPARTMENT, 3.5)
    call.lessons.keyed(DEPARTMENT, "1")
    assert call.taught == []


def test_nothing_is_kept_of_private_questions_nor_where_no_audio_is_kept() -> None:
    private = Listen(expect=("identity_number",), keyed={"1": "一"})
    call = Call()
    call.unclear(private)
    call.lessons.keyed(private, "1")
    call.unclear(DEPARTMENT, pcm=b"")
    call.lessons.keyed(DEPARTMENT, "1")
    assert call.taught == []


def test_a_change_of_the_language_forgets_what_was_said_in_the_other() -> None:
    call = Call()
    call.understood(DEPARTMENT, department="骨科")
    call.unclear(YES)
    call.lessons.changed()
    call.lessons.achieved()
    call.lessons.keyed(YES, "1")
    assert call.taught == []
