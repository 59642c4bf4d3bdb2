"""The default engine: what it accepts, that nothing makes it fail, how fast it is, how it is kept."""

from __future__ import annotations

import pickle
import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nlu.classifier import IntentClassifier
from nlu.embedded import EmbeddedUnderstander, cache_name, load_understander
from nlu.evaluate import evaluate
from nlu.features import Seen
from nlu.training import DATA, examples
from nlu.understand import ParseContext, Understanding
from tests.nlu.helpers import WEDNESDAY, context

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
    assert time.perf_counter() - begun < 10.0


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
    assert mean_s < 0.1  # 2-3 ms; a loaded machine is slower


def test_what_was_learnt_is_kept_for_ourselves_only(understander: EmbeddedUnderstander, learnt_in: Path) -> None:
    kept = learnt_in / cache_name(examples())
    assert kept.stat().st_mode & 0o777 == 0o600
    again = load_understander(learnt_in)
    words = "我想挂个谷科"
    assert again.understand(words, context()) == understander.understand(words, context())


@pytest.fixture
def learns_at_once(understander: EmbeddedUnderstander, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Learning, which takes ten seconds, gives what was learnt before; the list says how often it was asked for."""
    asked: list[str] = []

    def again() -> EmbeddedUnderstander:
        asked.append("learn")
        return understander

    monkeypatch.setattr("nlu.embedded.train", again)
    return asked


@pytest.mark.parametrize("content", [b"not a pickle", pickle.dumps({"zh": "no classifier"}), pickle.dumps([1])])
def test_what_is_damaged_is_learnt_again(content: bytes, learns_at_once: list[str], tmp_path: Path) -> None:
    kept = tmp_path / cache_name(examples())
    kept.write_bytes(content)
    again = load_understander(tmp_path)
    assert again.understand("我要挂号", context()).intent == "book_appointment"
    assert learns_at_once == ["learn"]
    assert kept.stat().st_size > 1_000_000
    load_understander(tmp_path)
    assert learns_at_once == ["learn"]


def test_a_folder_that_cannot_be_written_is_no_obstacle(learns_at_once: list[str], tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way", encoding="utf-8")
    assert load_understander(blocked / "under").understand("我要挂号", context()).accepted
    assert learns_at_once == ["learn"]


LANGUAGES = ("bo", "en", "kk", "ko", "mn", "ug")
COMMONEST = (
    *("book_appointment", "check_appointment", "cancel_appointment", "query_pension", "query_insurance", "health_code"),
    *("human_agent", "emergency", "affirm", "deny"),
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_commonest_intents_are_learnt_in_other_languages(language: str) -> None:
    counts = Counter(one.intent for one in examples(language))
    assert all(counts[intent] >= 20 for intent in COMMONEST)
    for path in (DATA / language).glob("*.yml"):
        assert "unchecked by a native speaker" in path.read_text(encoding="utf-8").splitlines()[0]


def test_services_have_sixty_utterances_each_in_chinese() -> None:
    counts = Counter(one.intent for one in examples())
    everywhere = {"repeat", "slower", "louder", "go_back", "goodbye", "change_language"}
    assert {intent: count for intent, count in counts.items() if count < 60 and intent not in everywhere} == {}


@pytest.mark.parametrize(
    ("language", "words", "intent"),
    [
        ("ko", "안과 진료를 예약하고 싶은데요", "book_appointment"),
        ("ko", "연금이 이번 달에 안 들어왔어요", "query_pension"),
        ("ko-KR", "사람을 바꿔 주세요", "human_agent"),
        ("kk", "Зейнетақым әлі түспеді ғой", "query_pension"),
        ("mn", "Хүнтэй яръя", "human_agent"),
        ("ug", "دوختۇرغا نومۇر ئالاي", "book_appointment"),
        ("bo", "ང་ལ་མི་ཞིག་སྦྲེལ་དང", "human_agent"),
        ("xx", "我想挂个号", "book_appointment"),
        ("ko", "我要找人工", "human_agent"),
    ],
)
def test_the_language_of_the_call_picks_the_classifier(
    understander: EmbeddedUnderstander, language: str, words: str, intent: str
) -> None:
    assert understander.understand(words, ParseContext(WEDNESDAY, language)).intent == intent


def test_each_language_has_a_classifier(understander: EmbeddedUnderstander) -> None:
    assert set(understander.languages) == {"zh", *LANGUAGES}


@pytest.mark.parametrize("piece", ["我想挂号", "一", "\x00", "😀", "八号", "湟中县", "是", "ཀ", " "])
def test_ten_megabytes_are_read_as_fast_as_a_sentence(understander: EmbeddedUnderstander, piece: str) -> None:
    words = piece * (10_000_000 // len(piece))
    begun = time.perf_counter()
    spans_are_right(words, understander.understand(words, context(*ALL_SLOTS)))
    assert time.perf_counter() - begun < 5.0  # a few ms; a loaded machine is slower


MIXED = st.text(
    st.sampled_from(
        "挂号明天三八是不对ཀིབ안녕一二①½²٣xX😀\u200d\ufe0f\x00\x1b\ud800\n\t ，。-:/.*#0189年月号点块省医院县镇村路"
    ),
    max_size=120,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(MIXED, st.sampled_from(["zh", *LANGUAGES]), st.sampled_from([(), ALL_SLOTS, ("address",), ("identity_number",)]))
def test_mixed_scripts_and_control_characters_are_read(
    understander: EmbeddedUnderstander, text: str, language: str, expect: tuple[str, ...]
) -> None:
    spans_are_right(text, understander.understand(text, ParseContext(WEDNESDAY, language, expect)))


def test_what_nobody_foresaw_is_asked_again(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(IntentClassifier):
        def ranking(self, utterance: Seen) -> list[tuple[str, float]]:
            raise ZeroDivisionError

    found = EmbeddedUnderstander({"zh": Broken()}).understand("我想挂号", context())
    assert (found.intent, found.accepted) == ("out_of_scope", False)
    assert "could not be read" in caplog.text
