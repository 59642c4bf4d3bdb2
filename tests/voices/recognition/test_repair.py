"""Expected-phrase repair: mishearings are put right by sound, and what was said is never turned into its opposite."""

from __future__ import annotations

import csv

import pytest
import yaml

from ivr.settings import PROJECT_DIR
from voices.recognition.hints import answers
from voices.recognition.hypothesis import Alternative, Hypothesis
from voices.recognition.repair import repair, repair_text

DEPARTMENTS = ("骨科", "内科", "外科", "眼科", "口腔科", "心血管内科", "妇科", "儿科")
ANSWERS = ("对", "不对", "是的", "不是", "要", "不要", "上午", "下午")
DAYS = ("三月十二号", "三月十号", "明天", "后天", "星期四", "星期五")


@pytest.mark.parametrize(
    ("heard", "meant"),
    [
        ("古科", "骨科"),  # a homophone
        ("雷科", "内科"),  # n and l
        ("乐科。", "乐科。"),  # two sounds are wrong: not enough is left
        ("眼客", "眼科"),
        ("口枪科", "口腔科"),
        ("心学管雷科", "心血管内科"),
        ("福科", "妇科"),
        ("胡科", "妇科"),  # f and h
        ("我想挂古科", "我想挂骨科"),
        ("我要看口枪科，明天", "我要看口腔科，明天"),
        ("骨科", "骨科"),
        ("今天天气很好", "今天天气很好"),
    ],
)
def test_departments_are_recognised_by_their_sound(heard: str, meant: str) -> None:
    repaired = repair_text(heard, DEPARTMENTS)
    assert repaired.text == meant
    assert repaired.raw == heard
    assert repaired.changed == (heard != meant)


@pytest.mark.parametrize(
    ("heard", "meant"),
    [
        ("3月12号", "三月十二号"),
        ("三月是二号", "三月十二号"),
        ("三月10号", "三月十号"),
        ("三月四号", "三月四号"),  # 四 may be meant, though 十 sounds much like it here
        ("新期四", "星期四"),
        ("名天吧", "明天吧"),
        ("3月11号", "3月11号"),
    ],
)
def test_days_are_recognised_but_no_number_becomes_another(heard: str, meant: str) -> None:
    assert repair_text(heard, DAYS).text == meant


@pytest.mark.parametrize("said", ["不对", "不要", "不是", "不是的", "我不要", "没要", "步对"])
def test_a_no_never_becomes_a_yes(said: str) -> None:
    repaired = repair_text(said, ("对", "要", "是的", "是"))
    assert (repaired.text, repaired.phrases) == (said, ())
    assert repair_text(said, ANSWERS).text[-3:] in (said, "不对")


def test_a_longer_phrase_is_heard_rather_than_the_shorter_one_that_it_ends_with() -> None:
    phrases = (*DEPARTMENTS, "泌尿外科")
    assert repair_text("民药外科", phrases).text == "泌尿外科"
    assert repair_text("我看外科", phrases).phrases == ("外科",)
    assert repair_text("那就内科吧", phrases).phrases == ("内科",)


def test_a_number_inside_a_longer_one_is_not_taken_for_it() -> None:
    assert repair_text("三月十二号", ("二号",)).phrases == ()
    assert repair_text("三月二号", ("二号",)).phrases == ("二号",)


@pytest.mark.parametrize("said", ["对", "要", "是的"])
def test_a_yes_never_becomes_a_no(said: str) -> None:
    assert repair_text(said, ("不对", "不要", "不是", "不是的")).text == said


def test_a_word_that_could_be_two_of_the_expected_ones_is_left_as_it_was_heard() -> None:
    assert repair_text("赵海英", ("赵海燕", "赵海云")).text == "赵海英"
    assert repair_text("张红", ("张宏伟", "章红梅")).text == "张红"


def test_an_alternative_that_fits_the_question_is_preferred() -> None:
    heard = Hypothesis("姑姑", 0.5, alternatives=(Alternative("古科", 0.4), Alternative("哭", 0.1)))
    repaired = repair(heard, DEPARTMENTS)
    assert (repaired.text, repaired.raw, repaired.phrases) == ("骨科", "姑姑", ("骨科",))
    assert repaired.score == pytest.approx(1.0)


def test_an_alternative_is_not_asked_where_the_first_reading_fits_or_says_the_opposite() -> None:
    assert repair(Hypothesis("对", 0.5, alternatives=(Alternative("不对", 0.4),)), ANSWERS).text == "对"
    assert repair(Hypothesis("都吃", 0.5, alternatives=(Alternative("不是", 0.4),)), ANSWERS).text == "都吃"
    assert repair(Hypothesis("布吃", 0.5, alternatives=(Alternative("不是", 0.4),)), ANSWERS).text == "不是"


def test_an_alternative_takes_the_place_of_no_sentence_that_says_more_than_what_it_fits() -> None:
    """In a call the menu was answered with a whole wish; the day was lost to a reading that held 挂号."""
    menu = ("挂号", "查号", "退号")
    other = Alternative("我想挂号天上午的骨科，给我自己。", 0.6)
    assert repair(Hypothesis("我想挂后天上午的骨科，给我自己。", 0.9, alternatives=(other,)), menu).phrases == ()
    short = Alternative("喂姑娘我要挂号。", 0.6)
    assert repair(Hypothesis("喂姑娘我要瓜果。", 0.5, alternatives=(short,)), menu).phrases == ("挂号",)


def test_without_expected_phrases_or_words_nothing_changes() -> None:
    assert repair_text("挂号", ()).text == "挂号"
    assert repair_text("", DEPARTMENTS).text == ""
    assert repair_text("。。。", DEPARTMENTS).text == "。。。"
    assert not repair(Hypothesis("", 0.0), DEPARTMENTS).changed


@pytest.mark.parametrize(
    ("language", "heard", "phrases", "meant"),
    [
        ("ko", "예약하고 싶어요.", ("예약하고 싶어요", "연금을 알고 싶어요"), "예약하고 싶어요"),
        ("ko", "얘약하고 싶어요", ("예약하고 싶어요", "연금을 알고 싶어요"), "예약하고 싶어요"),
        ("en", "Cardiolagy", ("cardiology", "orthopedics"), "cardiology"),
        ("en", "something else", ("cardiology", "orthopedics"), "something else"),
    ],
)
def test_other_languages_are_compared_by_their_letters(
    language: str, heard: str, phrases: tuple[str, ...], meant: str
) -> None:
    assert repair_text(heard, phrases, language).text == meant


@pytest.mark.parametrize(
    ("text", "sound_s", "meant", "found"),
    [
        ("明天，三月十号。", 0.54, "明天", ("明天",)),  # said: 明天; the rest is what Whisper was told to expect
        ("明天，三月十号。", 1.4, "明天，三月十号。", ("明天", "三月十号")),
        ("明天，三月十号。", 0.0, "明天，三月十号。", ("明天", "三月十号")),  # the recogniser does not tell
        ("名天，我老伴也来。", 0.54, "明天，我老伴也来。", ("明天",)),  # not what was expected: it stays
    ],
)
def test_expected_words_for_which_there_was_no_time_were_not_said(
    text: str, sound_s: float, meant: str, found: tuple[str, ...]
) -> None:
    repaired = repair(Hypothesis(text, 0.7, sound_s=sound_s), DAYS)
    assert (repaired.text, repaired.raw, repaired.phrases) == (meant, text, found)


def test_what_was_heard_right_is_not_turned_into_an_answer_that_every_question_takes() -> None:
    """By sound 好的 is in 号的号, 是的 in 星期四的, 上午 in 晌午: such words are not told of every question."""
    scenes = yaml.safe_load((PROJECT_DIR / "tests" / "bench" / "turn_scenes.yaml").read_text(encoding="utf-8"))
    said = [(tuple(one["expect"]), text.replace("|", "，")) for one in scenes for text in one["said"]]
    texts = _column_of_texts("expressions")
    said += [((slot,), text) for text in texts for slot in ("affirm", "date", "part_of_day", "patient")]
    assert len(said) > 1500
    offered = {"part_of_day": ("上午", "下午")}
    repaired = [repair_text(text, (*offered.get("".join(slots), ()), *answers("zh", slots))) for slots, text in said]
    changed = {one.raw for one in repaired if one.changed and one.score >= 0.8}
    assert changed == {"两个星期以后", "上五庄"}, "and these are understood as before"


def test_of_requests_only_those_are_changed_that_were_misheard() -> None:
    """The set holds sentences as recognisers write them."""
    repaired = [repair_text(text, answers("zh", ())) for text in _column_of_texts("test_set")]
    assert {one.raw: one.text for one in repaired if one.changed and one.score >= 0.8} == {
        "我想挂好": "我想挂号",
        "推号怎么推": "退号怎么推",
        "养老经发了吗": "养老金发了吗",
        "医宝卡里头钱还有没有": "医保卡里头钱还有没有",
        "建康码": "健康码",
        "给我转人工客服": "给我找人工客服",
    }


def _column_of_texts(name: str) -> list[str]:
    path = PROJECT_DIR / "nlu" / "rasa_project" / "tests" / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return [row["text"] for row in csv.DictReader(file)]


def test_of_two_answers_that_sound_the_same_the_one_that_was_written_counts() -> None:
    for phrases in (("上午", "晌午"), ("晌午", "上午")):
        assert repair_text("晌午去", phrases).text == "晌午去"
        assert repair_text("晌午", phrases).text == "晌午"
        assert repair_text("上午", phrases).text == "上午"
