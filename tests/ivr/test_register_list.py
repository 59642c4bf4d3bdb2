"""A town's list of people: taken whole or not at all, and each wrong line is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from integrations.database.register import Registered
from ivr.register_list import SHOWN, ListError, read_list

HEAD = "姓名,电话,人群,县区,语言\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "people.csv"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_columns_may_stand_in_any_order_and_encoding(file: Path, encoding: str) -> None:
    file.write_bytes(
        f"{HEAD}才让卓玛,+86 139-0971-0001,特殊困难,湟源,藏语\n\n马占祥,0971 6123456,,,\n".encode(encoding)
    )
    assert read_list(file) == [
        Registered("13909710001", "才让卓玛", "vulnerable", "湟源县", "bo"),
        Registered("09716123456", "马占祥", None, None, None),
    ]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("王秀英,12345,,,", "no telephone number"),
        ("王秀英,,,,", "no telephone number"),
        (",13909710001,,,", "the name is missing"),
        ("王" * 61 + ",13909710001,,,", "longer than 60"),
        ("王秀英,13909710001,贵宾,,", "no band"),
        ("王秀英,13909710001,emergency,,", "no band"),
        ("王秀英,13909710001,,成都,", "no county"),
        ("王秀英,13909710001,,,克林贡语", "no language"),
        ("王秀英,13909710001,,,\n王秀英,13909710001,,,", "twice"),
        ("王秀英", "no telephone number"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_taken(file: Path, line: str, told: str) -> None:
    file.write_text(f"{HEAD}马占祥,13909710002,,,\n{line}\n", encoding="utf-8")
    with pytest.raises(ListError, match=told) as caught:
        read_list(file)
    assert f"{file}:{3 + line.count(chr(10))}:" in str(caught.value)
    assert "Nothing was taken" in str(caught.value)


def test_of_many_wrong_lines_the_first_are_shown_and_the_others_counted(file: Path) -> None:
    file.write_text(HEAD + "王秀英,1,,,\n" * (SHOWN + 5), encoding="utf-8")
    with pytest.raises(ListError, match="… and 5 more") as caught:
        read_list(file)
    assert str(caught.value).count("no telephone number") == SHOWN


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "none for 手机 and 名字|must name the columns"),
        ("姓名,地址\n".encode(), "must name the columns"),
        ("姓名,联系电话,手机号\n".encode(), "more than one column for 电话"),
        (b"PK\3\4rest", "workbook"),
        (b"\xff\xff\xff", "neither UTF-8"),
    ],
)
def test_what_is_no_list_is_told_with_what_to_do(file: Path, data: bytes, told: str) -> None:
    file.write_bytes(data)
    with pytest.raises(ListError, match=told):
        read_list(file)


def test_a_file_that_is_not_there_is_named(file: Path) -> None:
    with pytest.raises(ListError, match=r"people\.csv cannot be read"):
        read_list(file)
