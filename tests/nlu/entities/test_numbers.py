"""Numbers: amounts, digits one by one, identity cards, telephones, booking codes, money."""

from __future__ import annotations

import pytest

from nlu.entities.extract import extract
from nlu.entities.identity import check_digit, valid_identity
from nlu.entities.numbers import digits, parse
from tests.nlu.helpers import WEDNESDAY, context

MA = "630102194503121239"
"""A valid number, made up: 17 places and their check digit."""
MA_SPOKEN = "六三零一零二，一九四五，零三一二，一二三九"


@pytest.mark.parametrize(
    ("words", "amount"),
    [
        ("一百二十三", 123),
        ("两千五", 2500),
        ("两千零五", 2005),
        ("一百二", 120),
        ("三万二", 32000),
        ("十二", 12),
        ("二十", 20),
        ("廿三", 23),
        ("百", 100),
        ("1万", 10000),
        ("1234.5", 1234.5),
        ("二零二六", 2026),
        ("一万零五百", 10500),
        ("骨科", None),
        ("", None),
    ],
)
def test_amounts(words: str, amount: float | None) -> None:
    assert parse(words) == amount


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("一三九九七一二三四五六", "13997123456"),
        ("幺三八九拐幺洞勾", "13897109"),
        ("灵医而山", "0123"),
        ("三个八两个零", "88800"),
        ("尾号是一二三叉", "123X"),
        ("一三九，不对，一三八九七", "13897"),
        ("六三零一零二，不对，一零三", "630103"),
        ("一二三四五六，不是六是九", "123459"),
        ("0971-612-3456", "09716123456"),
        ("１３８", "138"),
        ("", ""),
        ("骨科", ""),
    ],
)
def test_digits(words: str, said: str) -> None:
    assert digits(words) == said


def test_check_digit_and_birth_date() -> None:
    assert check_digit(MA[:17]) == "9"
    assert valid_identity(MA, WEDNESDAY.date())
    assert not valid_identity(MA[:17] + "8", WEDNESDAY.date())
    for birth in ("19451312", "19450231", "18450312", "20270101"):
        first17 = "630102" + birth + "123"
        assert not valid_identity(first17 + check_digit(first17), WEDNESDAY.date())


@pytest.mark.parametrize("region", ["630102", "632124", "632123", "999999"])
def test_old_and_unknown_regions_are_taken(region: str) -> None:
    first17 = region + "19450312123"
    number = first17 + check_digit(first17)
    assert extract(number, context()).slots["identity_number"].value == number


@pytest.mark.parametrize(
    ("words", "expect", "slot", "value"),
    [
        (MA, (), "identity_number", MA),
        ("我的身份证是" + MA_SPOKEN + "。", (), "identity_number", MA),
        ("身份证六三灵一灵二一九四五零三一二一二三九", ("identity_number",), "identity_number", MA),
        ("电话是一三八 九七一一 二三四五", (), "phone_number", "13897112345"),
        ("幺三八九拐幺幺二三四五", (), "phone_number", "13897112345"),
        ("09716123456", (), "phone_number", "09716123456"),
        ("家里电话6123456", (), "phone_number", "6123456"),
        ("取号码是一二三四五六七八", (), "code", "12345678"),
        ("是12345678", ("code",), "code", "12345678"),
        ("一二，三四，五六，七八", ("code",), "code", "12345678"),
        ("取号码是一二三四五六七八，不对，九零", (), "code", "12345690"),
    ],
)
def test_numbers_that_name(words: str, expect: tuple[str, ...], slot: str, value: str) -> None:
    assert extract(words, context(*expect)).slots[slot].value == value


@pytest.mark.parametrize("words", ["12345678", MA[:17] + "8", "一二三四五六七八九"])
def test_digits_that_name_nothing(words: str) -> None:
    slots = extract(words, context()).slots
    assert not {"code", "identity_number", "phone_number", "date"} & set(slots)


@pytest.mark.parametrize(
    ("words", "yuan"),
    [
        ("一千二百三十四块五", 1234.5),
        ("三毛", 0.3),
        ("两万元", 20000),
        ("3000块钱", 3000),
        ("¥12.5", 12.5),
        ("十二块五毛三分", 12.53),
        ("三块二毛五", 3.25),
        ("十二块零五分", 12.05),
        ("我被骗了三千块", 3000),
    ],
)
def test_money(words: str, yuan: float) -> None:
    assert extract(words, context()).slots["money"].value == yuan
