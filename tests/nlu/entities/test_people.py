"""Names, doctors, whom the call is for, yes and no, choices, and what is taken back."""

from __future__ import annotations

import pytest

from nlu.entities.answers import sighs, yes_or_no
from nlu.entities.extract import extract
from tests.nlu.helpers import context


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("马有福", "马有福"),
        ("我叫马有福", "马有福"),
        ("嗯，他叫王国强", "王国强"),
        ("名字叫李秀英。", "李秀英"),
        ("她是我老伴，叫祁秀英", "祁秀英"),
        ("欧阳明华", "欧阳明华"),
        ("扎西卓玛", "扎西卓玛"),
        ("才让多杰", "才让多杰"),
        ("章国强，弓长张", "张国强"),
        ("弓长张，张国强", "张国强"),
        ("里秀兰，木子李", "李秀兰"),
        ("成玉兰，耳东陈的陈", "陈玉兰"),
        ("张明，立早章", "章明"),
        ("吴大海，口天吴", "吴大海"),
    ],
)
def test_names_when_asked_for(words: str, name: str) -> None:
    assert extract(words, context("person_name")).slots["person_name"].value == name


@pytest.mark.parametrize(
    ("words", "name"), [("我叫马国强", "马国强"), ("名字是李秀英", "李秀英"), ("我是王明", "王明")]
)
def test_names_that_are_announced(words: str, name: str) -> None:
    assert extract(words, context()).slots["person_name"].value == name


@pytest.mark.parametrize(
    "words",
    ["我也不知道", "王大爷", "叫出租车", "请叫人工", "我是马上要去", "我是明天去", "马有福", "叫个大夫来", "我是老人"],
)
def test_what_is_no_name(words: str) -> None:
    asked = ("person_name",) if words in {"我也不知道", "王大爷"} else ()
    assert "person_name" not in extract(words, context(*asked)).slots


@pytest.mark.parametrize(
    ("words", "name", "denied"),
    [
        ("不是，是王得福，得到的得", "王得福", None),
        ("不是是王德福得到的得", "王得福", None),
        ("不对，王得福", "王得福", None),
        ("不对，名字错了，叫马玉兰", "马玉兰", None),
        ("不对，是马有福，不是马友福", "马有福", "马友福"),
        ("不是王德福", None, "王德福"),
        ("不对，时间不对", None, None),
        ("不对，是康复科", None, None),
        ("不对，安排错了", None, None),
        ("对，王得福，得到的得", None, None),
        ("不对，是王大夫", None, None),
    ],
)
def test_a_name_that_was_read_back_is_put_right(words: str, name: str | None, denied: str | None) -> None:
    found = extract(words, context("affirm"))
    assert (found.slots["person_name"].value if "person_name" in found.slots else None) == name
    assert (found.denied["person_name"].value if "person_name" in found.denied else None) == denied


def test_a_character_of_a_name_is_explained() -> None:
    assert extract("王得福，道德的德", context("person_name")).slots["person_name"].value == "王德福"


@pytest.mark.parametrize(
    ("words", "doctor"),
    [
        ("张大夫的号有没有", "张"),
        ("挂马国强大夫", "马国强"),
        ("找李主任", "李"),
        ("我要看王医生的号", "王"),
        ("李代夫", "李"),
    ],
)
def test_doctors(words: str, doctor: str) -> None:
    assert extract(words, context()).slots["doctor"].value == doctor


@pytest.mark.parametrize("words", ["我要看医生", "叫个大夫来", "家庭医生", "老中医大夫", "哪个大夫好"])
def test_no_doctor_is_named(words: str) -> None:
    assert "doctor" not in extract(words, context()).slots


@pytest.mark.parametrize(
    ("words", "expect", "patient", "relation"),
    [
        ("我自己看", (), "self", None),
        ("给我挂个号", (), "self", None),
        ("我的", ("patient",), "self", None),
        ("就是我", ("patient",), "self", None),
        ("本人", ("patient",), "self", None),
        ("给别人", ("patient",), "other", None),
        ("我想给我老伴挂个号", (), "other", "老伴"),
        ("老头子看", ("patient",), "other", "老头子"),
        ("给阿奶看眼睛", (), "other", "阿奶"),
        ("给我们家娃娃看", ("patient",), "other", "娃娃"),
        ("帮孙子挂号", (), "other", "孙子"),
        ("给我妈看", (), "other", "我妈"),
        ("我儿子说明天来", (), None, None),
        ("我是老人", (), None, None),
        ("尕娃，给阿爷约个号", (), "other", "阿爷"),
        ("姑娘，我要挂号", (), None, None),
        ("老汉不行了", (), "other", "老汉"),
    ],
)
def test_for_whom(words: str, expect: tuple[str, ...], patient: str | None, relation: str | None) -> None:
    slots = extract(words, context(*expect)).slots
    assert (slots["patient"].value if "patient" in slots else None) == patient
    assert (slots["relation"].value if "relation" in slots else None) == relation


YES = """
对 对着呢 就是 就是的 得行 中 是 是的是的 嗯 好 好的谢谢 行呢 可以 没错 对对对 嗯，可以 对头 队 阔以
成 要的 好着呢 没问题 错不了
"""
NO = "不是 不对 错了 不对不对 不行 不要 不用了 补是 部对 不得行 算了 没有 不成 不是的 嗯不是 弄错了"


@pytest.mark.parametrize("words", YES.split())
def test_yes(words: str) -> None:
    assert yes_or_no(words) is True
    assert extract(words, context("affirm")).slots["affirm"].value is True
    assert "affirm" not in extract(words, context()).slots


@pytest.mark.parametrize("words", NO.split())
def test_no(words: str) -> None:
    assert yes_or_no(words) is False
    assert extract(words, context("affirm")).slots["affirm"].value is False


@pytest.mark.parametrize("words", ["哎", "唉", "诶", "欸", "哎哟", "啊", "哎，哎"])
def test_a_sigh_is_neither(words: str) -> None:
    assert sighs(words)
    assert yes_or_no(words, asked=True) is None
    assert yes_or_no(words + "，对", asked=True) is True


def test_yes_and_no_with_more_to_say() -> None:
    assert yes_or_no("不是，是后天", asked=True) is False
    assert yes_or_no("对，就明天上午", asked=True) is True
    assert yes_or_no("退掉", asked=True) is True
    assert yes_or_no("退掉") is None


@pytest.mark.parametrize(
    "words",
    [
        "对，等一下我问问老伴",
        "是的，我再想想",
        "可以，换个医院",
        "好是好，就是太早了",
        "好，我看看",
        "是的，可是我想换个时间",
        "对，重新来一遍",
    ],
)
def test_a_yes_that_is_taken_back_in_the_same_breath_is_none(words: str) -> None:
    assert yes_or_no(words, asked=True) is None


@pytest.mark.parametrize(
    "words", ["没有听懂", "没有听清楚", "没有明白", "不行，听不见", "不对，听不清", "不是，我听不清", "不是的，听不见"]
)
def test_who_has_not_heard_the_question_has_not_said_no(words: str) -> None:
    assert yes_or_no(words, asked=True) is None
    assert yes_or_no("没有，不是今天", asked=True) is False


@pytest.mark.parametrize(
    "words", ["不知道", "是什么", "好多钱", "对不起", "挂号", "明天", "", "对你们有意见", "行李", "要多少钱"]
)
def test_neither_yes_nor_no(words: str) -> None:
    assert yes_or_no(words) is None
    assert "affirm" not in extract(words, context("affirm")).slots


def test_phrases_of_the_question_are_matched_by_sound() -> None:
    offered = context("doctor", doctor=("王主任", "黄主任", "方大夫"))
    assert extract("我要见黄主人", offered).slots["doctor"].value == "黄主任"
    choice = context("choice", choice=("青海省人民医院", "青海红十字医院"))
    found = extract("红石字医院那个", choice).slots["choice"]
    assert found.value == "青海红十字医院"
    assert "choice" not in extract("不知道啊", choice).slots


@pytest.mark.parametrize(
    ("words", "slot", "stands", "denied"),
    [
        ("不是骨科，是内科", "department", "内科", "骨科"),
        ("不要骨科要内科", "department", "内科", "骨科"),
        ("骨科换成内科", "department", "内科", "骨科"),
        ("不是谷科，是累科", "department", "内科", "骨科"),
        ("是内科，不是骨科", "department", "内科", "骨科"),
        ("不是骨科，是眼科", "department", "眼科", "骨科"),
        ("不是明天是后天", "date", "2026-03-13", "2026-03-12"),
        ("明天，不对，后天", "date", "2026-03-13", "2026-03-12"),
        ("明天不行，后天吧", "date", "2026-03-13", "2026-03-12"),
        ("后天吧，明天去不了", "date", "2026-03-13", "2026-03-12"),
        ("不是上午，是下午", "part_of_day", "pm", "am"),
        ("不是省医院，是红十字医院", "hospital", "青海红十字医院", "青海省人民医院"),
        ("不是骨科", "department", None, "骨科"),
        ("不对，不是人民医院", "hospital", None, "青海省人民医院"),
        ("不是给我挂", "patient", None, "self"),
        ("是不是骨科", "department", "骨科", None),
        ("明天", "date", "2026-03-12", None),
    ],
)
def test_corrections(words: str, slot: str, stands: str | None, denied: str | None) -> None:
    found = extract(words, context())
    assert (found.slots[slot].value if slot in found.slots else None) == stands
    assert (found.denied[slot].value if slot in found.denied else None) == denied


@pytest.mark.parametrize(
    ("words", "topic"),
    [
        ("我要换个大夫", None),
        ("换个医院", "hospital"),
        ("换个时间", "date"),
        ("换一天", "date"),
        ("换个科", "department"),
        ("换看病的人", "patient"),
        ("不对，医院不对", "hospital"),
        ("时间不行", "date"),
        ("科挂错了", None),
        ("挂错科了", "department"),
        ("能不能换别的医院", "hospital"),
        ("名字错了", "patient"),
        ("能不能换个近一点的医院", "hospital"),
        ("太早了", "date"),
        ("太远了", "hospital"),
        ("太好了", None),
        ("对，时间没错", None),
        ("对，就这个医院", None),
        ("天冷", None),
    ],
)
def test_what_is_to_be_changed(words: str, topic: str | None) -> None:
    slots = extract(words, context("affirm")).slots
    assert (slots["topic"].value if "topic" in slots else None) == topic
    assert "topic" not in extract(words, context()).slots


def test_a_topic_alone_counts_where_one_is_asked_for() -> None:
    assert extract("时间", context("choice")).slots["topic"].value == "date"
    assert "topic" not in extract("时间", context("affirm")).slots
