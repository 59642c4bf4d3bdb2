"""Departments and hospitals: by name, by habit, by complaint and by sound."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.entities.departments import lexicon
from nlu.entities.extract import extract
from nlu.entities.lexicon import load
from tests.nlu.helpers import context


@pytest.mark.parametrize("phrase", sorted(lexicon().phrases))
def test_every_phrase_names_its_department(phrase: str) -> None:
    assert extract(phrase, context("department")).slots["department"].value == lexicon().phrases[phrase].value


@pytest.mark.parametrize("hospital", [one["name"] for one in load("hospitals")])
def test_every_hospital_is_found_by_its_name(hospital: str) -> None:
    assert extract(f"我要去{hospital}看病", context()).slots["hospital"].value == hospital


@pytest.mark.parametrize(
    ("words", "department"),
    [
        ("谷科", "骨科"),
        ("股科", "骨科"),
        ("衙科", "口腔科"),
        ("呀科", "口腔科"),
        ("掩科", "眼科"),
        ("眼课", "眼科"),
        ("羊科", "眼科"),
        ("副科", "妇科"),
        ("夫科", "妇科"),
        ("累科", "内科"),
        ("心雪管内科", "心血管内科"),
        ("新内科", "心血管内科"),
        ("申经内科", "神经内科"),
        ("蜜尿外科", "泌尿外科"),
        ("屁肤科", "皮肤科"),
        ("耳鼻猴科", "耳鼻喉科"),
        ("内分秘科", "内分泌科"),
        ("针久科", "针灸科"),
        ("藏衣科", "藏医科"),
        ("康付科", "康复科"),
        ("普歪科", "普外科"),
        ("钢肠科", "肛肠科"),
    ],
)
def test_departments_by_sound(words: str, department: str) -> None:
    found = extract(f"我想挂个{words}", context()).slots["department"]
    assert found.value == department
    assert 0.5 <= found.confidence <= 0.85


@pytest.mark.parametrize(
    ("words", "department"),
    [
        ("膝盖疼得很", "骨科"),
        ("我耳朵背", "耳鼻喉科"),
        ("老汉的牙疼", "口腔科"),
        ("这两天头晕", "神经内科"),
        ("血压高", "心血管内科"),
    ],
)
def test_a_complaint_only_suggests(words: str, department: str) -> None:
    found = extract(words, context()).slots["department"]
    assert (found.value, found.confidence) == (department, 0.7)


def test_the_name_goes_before_the_complaint_and_the_longer_before_the_generic() -> None:
    assert extract("肚子胀，挂个内科", context()).slots["department"].value == "内科"
    assert extract("我要挂心血管内科", context()).slots["department"].value == "心血管内科"
    assert extract("我要挂神经外科", context()).slots["department"].value == "神经外科"


def test_a_department_that_there_is_none_of() -> None:
    found = extract("挂个飞行科", context()).slots["department"]
    assert (found.value, found.text) == (None, "飞行科")
    assert 1 <= len(found.alternatives) <= 4
    assert extract("火箭科", context("department")).slots["department"].value is None
    assert "department" not in extract("火箭科", context()).slots


@pytest.mark.parametrize("words", ["挂哪个科", "看个什么科", "顾客你好", "我去医院", "不客气", "喝可乐"])
def test_what_names_no_department(words: str) -> None:
    assert "department" not in extract(words, context()).slots


@pytest.mark.parametrize(
    ("words", "hospital"),
    [
        ("省医院", "青海省人民医院"),
        ("省中医院", "青海省中医院"),
        ("市二医院", "西宁市第二人民医院"),
        ("湟中县医院", "西宁市湟中区第一人民医院"),
        ("湟中县医员", "西宁市湟中区第一人民医院"),
        ("皇中医院", "西宁市湟中区第一人民医院"),
        ("红石字医院", "青海红十字医院"),
        ("青大复院", "青海大学附属医院"),
        ("附院", "青海大学附属医院"),
        ("大同县医院", "大通回族土族自治县人民医院"),
        ("恰不恰医院", "海南藏族自治州人民医院"),
        ("葛尔木医院", "格尔木市人民医院"),
        ("互住县医院", "互助土族自治县人民医院"),
    ],
)
def test_hospitals(words: str, hospital: str) -> None:
    slots = extract(f"我想到{words}去", context()).slots
    assert slots["hospital"].value == hospital
    assert "department" not in slots  # 中医院 is no 中医科


@given(st.sampled_from(sorted(lexicon().phrases)), st.text(max_size=10), st.text(max_size=10))
def test_a_name_among_other_words_never_fails(phrase: str, before: str, after: str) -> None:
    extract(before + phrase + after, context("department"))


@pytest.mark.parametrize(
    ("words", "name"),
    [("我要去北京协和医院看骨科", "北京协和医院"), ("挂华西医院", "华西医院"), ("去上海瑞金医院", "上海瑞金医院")],
)
def test_a_hospital_that_is_not_known_here_has_no_value(words: str, name: str) -> None:
    found = extract(words, context()).slots["hospital"]
    assert (found.value, found.text) == (None, name)


@pytest.mark.parametrize(
    "words",
    [
        "我去医院",
        "到大医院看看",
        "去附近的医院",
        "挂哪个医院",
        "帮忙取消一下医院的号",
        "我们县医院",
        "换个医院",
        "医保定点医院",
    ],
)
def test_what_names_no_hospital(words: str) -> None:
    assert "hospital" not in extract(words, context()).slots


@pytest.mark.parametrize("words", ["我要老大夫", "挂专家号", "找个女大夫", "要个有经验的大夫"])
def test_a_kind_of_doctor_is_no_name(words: str) -> None:
    assert extract(words, context()).slots["doctor"].value is None
