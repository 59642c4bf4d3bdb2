"""Words end a turn early only when they can be what was said."""

from __future__ import annotations

from datetime import datetime

import pytest

from flows.actions import Listen
from flows.phrasebook import Phrasebook
from ivr.call.endpoint import Sense
from ivr.call.utterance import Utterance
from ivr.call.words import Words
from nlu.embedded import EmbeddedUnderstander
from voices.languages.pack import load_packs
from voices.recognition.hypothesis import Alternative, Hypothesis

NOW = datetime(2026, 3, 11, 10)  # noqa: DTZ001 - local time of the call, naive by agreement


def words_for(trained: EmbeddedUnderstander, *expect: str) -> Words:
    words = Words(trained, "zh", lambda: NOW, lambda *_, **__: None)
    words.listen = Listen(expect)
    return words


@pytest.mark.parametrize(
    ("text", "confidence", "duration_s", "wanted"),
    [
        ("骨科。", 0.8, 0.83, Sense.COMPLETE),
        ("骨科。", 0.51, 0.77, Sense.OPEN),  # heard in a bare 挂: nobody says two syllables in so short a time
        ("骨科。", 0.4, 1.2, Sense.OPEN),
    ],
)
async def test_a_department_in_less_time_than_it_takes_ends_no_turn_early(
    trained: EmbeddedUnderstander, text: str, confidence: float, duration_s: float, wanted: Sense
) -> None:
    heard = Hypothesis(text, confidence, duration_s=duration_s)
    assert await words_for(trained, "department").sense(heard) is wanted


@pytest.mark.parametrize(("confidence", "wanted"), [(0.7, Sense.COMPLETE), (0.49, Sense.OPEN)])
async def test_a_bare_yes_must_be_sure_because_a_soft_no_is_heard_as_one(
    trained: EmbeddedUnderstander, confidence: float, wanted: Sense
) -> None:
    heard = Hypothesis("对，", confidence, duration_s=0.8)
    assert await words_for(trained, "affirm").sense(heard) is wanted


@pytest.mark.parametrize(("confidence", "wanted"), [(0.49, Sense.LIKELY), (0.4, Sense.OPEN)])
async def test_a_bare_no_need_not_be_as_sure_because_it_can_be_taken_back(
    trained: EmbeddedUnderstander, confidence: float, wanted: Sense
) -> None:
    heard = Hypothesis("不对，", confidence, duration_s=0.9)
    assert await words_for(trained, "affirm").sense(heard) is wanted


@pytest.mark.parametrize(
    ("text", "distant", "wanted"),
    [
        ("股市今天小幅上涨", True, True),
        ("股市今天小幅上涨", False, False),
        ("骨科", True, False),
        ("我要找人工", True, False),
        ("哎呀我摔倒了起不来了", True, False),
    ],
)
async def test_words_from_across_the_room_that_answer_nothing_let_the_prompt_go_on(
    trained: EmbeddedUnderstander, text: str, distant: bool, wanted: bool
) -> None:
    said = Utterance(Hypothesis(text, 0.8, duration_s=2.0), 2.0)
    assert await words_for(trained, "department").is_listening(said, 2, distant=distant) is wanted


@pytest.mark.parametrize(
    ("text", "over_prompt", "wanted"),
    [
        ("", True, Sense.COMPLETE),
        ("嗯。", True, Sense.OPEN),
        ("", False, Sense.OPEN),
        ("嗯。", False, Sense.UNFINISHED),
    ],
)
async def test_a_prompt_that_waits_goes_on_soon_after_a_cough(
    trained: EmbeddedUnderstander, text: str, over_prompt: bool, wanted: Sense
) -> None:
    words = words_for(trained, "department")
    words.over_prompt = over_prompt
    assert await words.sense(Hypothesis(text, 0.8, duration_s=1.0)) is wanted


@pytest.mark.parametrize(
    ("text", "language", "intent"),
    [
        ("살려 주세요 넘어졌어요 못 일어나요", "ko", "emergency"),
        ("상담원 바꿔 주세요", "ko", "human_agent"),
        ("救命啊，我摔倒了起不来了", "ko", "emergency"),
        ("我不要机器，给我找个人", "ko", "human_agent"),
    ],
)
async def test_danger_and_the_wish_for_a_person_are_looked_for_in_the_language_that_a_recogniser_tells(
    trained: EmbeddedUnderstander, text: str, language: str, intent: str
) -> None:
    words = Words(Phrasebook(trained, load_packs()), "zh", lambda: NOW, lambda *_, **__: None)
    meaning = await words.understood(Utterance(Hypothesis(text, 0.8, duration_s=2.0, language=language), 2.0))
    assert meaning is not None
    assert (meaning.intent, meaning.accepted) == (intent, True)


async def test_a_private_number_that_was_said_in_the_room_is_not_put_on_record(trained: EmbeddedUnderstander) -> None:
    told: list[object] = []
    words = Words(trained, "zh", lambda: NOW, lambda _kind, **data: told.append(data["text"]))
    words.ignored(Utterance(Hypothesis("一三九七一二三四五六七", 0.8, duration_s=3.0), 3.0))
    words.ignored(Utterance(Hypothesis("嗯", 0.8, duration_s=1.0), 1.0))
    assert told == ["（不记录）", "嗯"]


@pytest.mark.parametrize(
    ("text", "wanted"), [("下午", False), ("", False), ("我要找人工", True), ("我胸口疼得厉害", True)]
)
async def test_of_words_that_come_too_late_only_those_for_any_time_count(
    trained: EmbeddedUnderstander, text: str, wanted: bool
) -> None:
    said = Utterance(Hypothesis(text, 0.8, duration_s=1.0), 1.0, late=True)
    assert await words_for(trained, "patient").count_late(said) is wanted


async def test_a_choice_that_is_denied_is_no_whole_answer(trained: EmbeddedUnderstander) -> None:
    words = words_for(trained)
    words.listen = Listen(("department", "choice"), {"choice": ("骨科", "内科")})
    assert await words.sense(Hypothesis("不是骨科。", 0.8, duration_s=1.4)) not in {Sense.COMPLETE, Sense.LIKELY}
    assert await words.sense(Hypothesis("骨科。", 0.8, duration_s=1.4)) is Sense.COMPLETE


async def test_words_that_every_question_takes_bring_no_other_reading_in_place_of_the_first(
    trained: EmbeddedUnderstander,
) -> None:
    """In a call 后天 was lost to another reading, because 挂号 was in that."""
    other = Alternative("我想挂号，上午的骨科。", 0.6)
    heard = Hypothesis("我想挂后天上午的骨科。", 0.92, duration_s=2.2, alternatives=(other,))
    meaning = await words_for(trained).understood(Utterance(heard, 2.2))
    assert meaning is not None
    assert {"date", "part_of_day", "department"} <= meaning.slots.keys()


@pytest.mark.parametrize(("text", "wanted"), [("那个那个哎呀我起不来了", True), ("那个那个哎呀今天天气好", False)])
async def test_danger_that_is_added_to_a_turn_counts_whatever_was_asked(
    trained: EmbeddedUnderstander, text: str, wanted: bool
) -> None:
    said = Utterance(Hypothesis(text, 0.8, duration_s=3.0), 3.0)
    assert await words_for(trained, "department").adds(said, "那个那个") is wanted


async def test_danger_counts_after_a_key_too(trained: EmbeddedUnderstander) -> None:
    said = Utterance(Hypothesis("老汉没气了", 0.8, duration_s=2.0), 2.0)
    assert await words_for(trained, "patient").count_late(said)
