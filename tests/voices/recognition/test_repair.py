"""Expected-phrase repair: mishearings are put right by sound, and what was said is never turned into its opposite."""

from __future__ import annotations

import pytest

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
