"""The formatter: one layout, every comment, every value, and the same again the second time."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.comments import comments_of
from flows.errors import FlowError
from flows.formatter import WIDTH, format_file, format_text
from flows.loader import LIBRARY, read_yaml


@pytest.mark.parametrize("path", sorted(LIBRARY.glob("*.yaml")), ids=lambda path: path.stem)
def test_what_ships_has_the_layout(path: Path) -> None:
    assert not format_file(path, check=True)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a: 1\nb:   2   \n", "a: 1\nb: 2\n"),
        ("a: 1\n\n\n\nb: 2\n", "a: 1\n\nb: 2\n"),
        ("a: [1,2 , 3]\nb: { x: 1,y: 2 }\n", "a: [1, 2, 3]\nb: {x: 1, y: 2}\n"),
        ("a:\n- 1\n- b: 2\n  c: 3\n", "a:\n  - 1\n  - b: 2\n    c: 3\n"),
        ("a:\n     b: 1\n", "a:\n  b: 1\n"),
        ("a: 1\r\nb: 2\r\n", "a: 1\nb: 2\n"),
        ("\ufeffa: 1", "a: 1\n"),
        ("a: 'it''s'\nb: \"#no\"\n", "a: 'it''s'\nb: \"#no\"\n"),
        ("{a: 1, b: [2]}\n", "a: 1\nb: [2]\n"),
        ("a: 1\nb:\n  c: 2\n", "a: 1\n\nb:\n  c: 2\n"),
        ("a: >-\n  one\n  two\n", "a: |-\n  one two\n"),
        ('a: "one\n  two"\n', 'a: "one two"\n'),
    ],
)
def test_every_text_gets_the_same_layout(before: str, after: str) -> None:
    assert format_text(before) == after
    assert format_text(after) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("# top\n\n# more\na: 1 # beside\n# below\n", "# top\n\n# more\na: 1  # beside\n# below\n"),
        ("a:\n    # inner\n    b: 1\n    # end\nc: 2\n", "a:\n  # inner\n  b: 1\n  # end\nc: 2\n"),
        ("a: # head\n  b: 1\n", "a:  # head\n  b: 1\n"),
        ("a:\n  -\n    # one\n    b: 1\n", "a:\n  # one\n  - b: 1\n"),
        ("a: [1, # one\n  2] # two\n", "# one\na: [1, 2]  # two\n"),
        ("a: | # head\n  # text\n  b\n", "a: |  # head\n  # text\n  b\n"),
    ],
)
def test_comments_stay_where_they_belong(before: str, after: str) -> None:
    assert format_text(before) == after
    assert format_text(after) == after


def test_a_list_that_is_too_wide_is_put_on_several_lines() -> None:
    words = ["一二三四五六七八九十"] * 12
    text = f"a: [{', '.join(words)}]\n"
    assert len(text) > WIDTH
    assert format_text(text) == "a:\n" + "".join(f"  - {word}\n" for word in words)


_WORD = st.sampled_from(["a", "'b # c'", '"d: e"', "12", "词，语", "null", "x y", "a#b", "''", "known(date)"])
_COMMENT = st.sampled_from(["", "", "", "# 甲", "# - b: [", "#"])


@st.composite
def _inline(draw: st.DrawFn, depth: int = 2) -> str:
    kind = draw(st.integers(0, 4))
    if depth == 0 or kind < 3:
        return draw(_WORD)
    gap = draw(st.sampled_from(["", " ", "\n        ", " # in\n        "]))
    parts = [draw(_inline(depth - 1)) for _ in range(draw(st.integers(0, 3)))]
    if kind == 3:
        return f"[{gap}{f', {gap}'.join(parts)}{gap}]"
    return "{" + gap + f", {gap}".join(f"k{n}: {part}" for n, part in enumerate(parts)) + gap + "}"


@st.composite
def _block(draw: st.DrawFn, indent: int = 0, depth: int = 2) -> str:
    rows = ""
    is_list = draw(st.booleans())
    for n in range(draw(st.integers(1, 3))):
        rows += draw(st.sampled_from(["", "\n", "\n\n"]))
        if comment := draw(_COMMENT):
            rows += " " * draw(st.sampled_from([indent, 0, indent + 2])) + comment + "\n"
        head = " " * indent + ("-" if is_list else f"k{n}:")
        beside = f"  {draw(_COMMENT)}".rstrip()
        kind = draw(st.integers(0, 5))
        if kind == 0 and depth:
            rows += f"{head}{beside}\n" + draw(_block(indent + draw(st.sampled_from([1, 2, 4])), depth - 1))
        elif kind == 1:
            rows += f"{head} {draw(st.sampled_from(['|', '|-', '>', '|+']))}{beside}\n"
            rows += " " * (indent + 2) + "one # two\n\n" + " " * (indent + 2) + "three\n"
        else:
            rows += f"{head} {draw(_inline())}{beside}\n"
    return rows


@settings(max_examples=150, deadline=None)
@given(_block())
def test_nothing_is_lost_and_the_second_time_changes_nothing(text: str) -> None:
    data, _ = read_yaml(text, "")
    once = format_text(text)
    assert read_yaml(once, "")[0] == data
    assert sorted(one.text for one in comments_of(once)) == sorted(one.text for one in comments_of(text))
    assert format_text(once) == once


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: [\n", "not_yaml"),
        ("a: 1\n\tb: 2\n", "tab"),
        ("a: 1\na: 2\n", "key"),
        ("a: &x 1\nb: *x\n", "anchor"),
        ("", "not_a_flow"),
        ("word\n", "not_a_flow"),
        ("a: 1\x85b: 2\n", "line_break"),
        ("a: \x00\n", "not_text"),
    ],
)
def test_what_cannot_be_read_is_left_alone(text: str, code: str, tmp_path: Path) -> None:
    path = tmp_path / "small.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FlowError) as error:
        format_file(path)
    assert (error.value.code, error.value.file) == (code, str(path))
    assert error.value.remedy
    assert path.read_text(encoding="utf-8") == text


def test_a_file_is_changed_only_when_it_is_not_a_check(tmp_path: Path) -> None:
    path = tmp_path / "small.yaml"
    path.write_text("a:   1\n", encoding="utf-8")
    path.chmod(0o640)
    assert format_file(path, check=True)
    assert path.read_text(encoding="utf-8") == "a:   1\n"
    assert format_file(path)
    assert path.read_text(encoding="utf-8") == "a: 1\n"
    assert path.stat().st_mode & 0o777 == 0o640
    assert not format_file(path)
    assert list(tmp_path.iterdir()) == [path]
