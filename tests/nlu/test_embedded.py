"""The default engine: what it accepts, that nothing makes it fail, how fast it is, how it is kept."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nlu.embedded import EmbeddedUnderstander, cache_name, load_understander
from nlu.evaluate import evaluate
from nlu.training import examples
from nlu.understand import Understanding
from tests.nlu.helpers import context

ALL_SLOTS = ("affirm", "date", "time", "department", "hospital", "doctor", "patient", "person_name", "code", "choice")
ODD = [
    "",
    " ",
    "。",
    "?!",
    "嗯" * 10_000,
    "那就" * 5_000,
    "一" * 10_000,
    "初三" * 5_000,
    "我想挂骨科的号" * 1_500,
    "😀😀",
    "\x00",
    "\ud800",
    "²号 ①点 ½块 ٣号",
    "二月三十号二十五点六十分",
    "9999年99月99日",
    "hello, how are you",
    "༄༅། བཀྲ་ཤིས་བདེ་ལེགས།",
]


def spans_are_right(text: str, found: Understanding) -> None:
    for value in (*found.slots.values(), *found.denied.values()):
        assert 0 <= value.start < value.end <= len(text)
        assert text[value.start : value.end] == value.text
        assert 0 <= value.confidence <= 1


def test_accuracy_on_sentences_that_were_not_learnt(understander: EmbeddedUnderstander) -> None:
    unseen = evaluate(understander, without=frozenset(one.text for one in examples()))
    print(unseen.text())
    assert unseen.sentences >= 240
    assert unseen.accuracy >= 0.90
    assert unseen.accepted_and_right >= 0.88
    assert unseen.accepted_and_wrong <= 0.04


@pytest.mark.parametrize(
    ("words", "expect", "intent"),
    [
        ("我想给老伴挂个骨科的号，明天上午", (), "book_appointment"),
        ("明天上午", ("date",), "inform"),
        ("谷科", ("department",), "inform"),
        ("就十二吧", ("date",), "inform"),
        ("王一心", ("person_name",), "inform"),
        ("嗯，就明天吧", ("date", "part_of_day"), "inform"),
        ("对着呢", (), "affirm"),
        ("不是，错了", ("affirm",), "deny"),
        ("我要找人工", ("date",), "human_agent"),
        ("再说一遍", ("department",), "repeat"),
        ("救命啊，老汉晕倒了", ("department",), "emergency"),
    ],
)
def test_intents(understander: EmbeddedUnderstander, words: str, expect: tuple[str, ...], intent: str) -> None:
    found = understander.understand(words, context(*expect))
    assert (found.intent, found.accepted) == (intent, True)
    assert found.ranking[0] == (found.intent, found.confidence)
    spans_are_right(words, found)


@pytest.mark.parametrize("words", ["今天吃的啥饭", "股票涨了没有", "请不吝点赞订阅转发", "", "。"])
def test_what_is_none_of_ours_is_not_accepted(understander: EmbeddedUnderstander, words: str) -> None:
    assert not understander.understand(words, context()).accepted


@pytest.mark.parametrize("expect", [(), ALL_SLOTS])
@pytest.mark.parametrize("words", ODD, ids=range(len(ODD)))
def test_odd_texts(understander: EmbeddedUnderstander, words: str, expect: tuple[str, ...]) -> None:
    begun = time.perf_counter()
    spans_are_right(words, understander.understand(words, context(*expect, choice=("骨科", "明天"))))
    assert time.perf_counter() - begun < 2.0


PIECES = st.sampled_from(
    [
        *("明天", "后天", "下周三", "十二号", "初三", "八点半", "不是", "不对", "我想", "给我老伴", "骨科", "谷科"),
        *("省医院", "张大夫", "我叫马有福", "弓长张", "幺三八", "6301", "块钱", "，", "。", "嗯", "的"),
    ]
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=12).map("".join)))
def test_any_text_is_read_and_spans_lie_in_it(understander: EmbeddedUnderstander, text: str) -> None:
    spans_are_right(text, understander.understand(text, context()))
    spans_are_right(text, understander.understand(text, context(*ALL_SLOTS, doctor=("王主任", "李大夫"))))


def test_a_sentence_takes_few_milliseconds(understander: EmbeddedUnderstander) -> None:
    sentences = [one.text for one in examples()[::10]]
    begun = time.perf_counter()
    for sentence in sentences:
        understander.understand(sentence, context())
    mean_s = (time.perf_counter() - begun) / len(sentences)
    print(f"{mean_s * 1000:.2f} ms a sentence")
    assert mean_s < 0.03  # 2-3 ms; a loaded machine is slower


def test_what_was_learnt_is_kept_for_ourselves_only(understander: EmbeddedUnderstander, learnt_in: Path) -> None:
    (kept,) = learnt_in.iterdir()
    assert kept.name == cache_name(examples())
    assert kept.stat().st_mode & 0o777 == 0o600
    again = load_understander(learnt_in)
    words = "我想挂个谷科"
    assert again.understand(words, context()) == understander.understand(words, context())


def test_what_is_damaged_is_learnt_again(understander: EmbeddedUnderstander, tmp_path: Path) -> None:
    kept = tmp_path / cache_name(examples())
    kept.write_bytes(b"not a pickle")
    again = load_understander(tmp_path)
    assert again.understand("我要挂号", context()).intent == "book_appointment"
    assert kept.stat().st_size > 1_000_000


def test_a_folder_that_cannot_be_written_is_no_obstacle(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way", encoding="utf-8")
    assert load_understander(blocked / "under").understand("我要挂号", context()).accepted
