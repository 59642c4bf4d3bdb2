"""The linter on files: what cannot be read is told once, at its place; folders and neighbours are read as they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.lint import lint_path, lint_texts
from flows.loader import MAX_BYTES
from tests.flows.lint_helpers import ASK, END, HEAD, SAY, lint, only, said


def test_a_file_is_called_like_its_flow() -> None:
    assert only(lint_texts({"large.yaml": HEAD + ASK + END}), "file_name", "large.yaml").line == 1


BAD_FILES: dict[str, tuple[bytes, str, int]] = {
    "not YAML": (b"flow: x\nsteps: [a, b\n", "not_yaml", 3),
    "a tab": (b"flow: x\nslots:\n\tdate: {}\n", "tab", 3),
    "a repeated key": (b"flow: x\ntitle: a\ntitle: b\n", "key", 3),
    "an anchor": (b"flow: &x small\ntitle: *x\n", "anchor", 1),
    "a million laughs": (
        b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(b"b%d: &b%d [*a,*a,*a,*a,*a,*a,*a,*a]\n" % (n, n) for n in range(9)),
        "anchor",
        1,
    ),
    "a tag": (b"flow: !!python/object:os.system x\n", "tag", 1),
    "an empty file": (b"", "not_a_flow", 1),
    "only a comment": (b"# nothing\n", "not_a_flow", 1),
    "a list": (b"- 1\n- 2\n", "not_a_flow", 1),
    "binary": (b"\x7fELF\x02\x01\x00\x00flow", "not_text", 1),
    "Latin letters in another encoding": ("flow: x\ntitle: é\n".encode("latin-1"), "not_text", 2),
    "Chinese in GBK": ("flow: x\ntitle: 挂号\n".encode("gbk"), "not_text", 2),
    "UTF-16": ("flow: x\n".encode("utf-16"), "not_text", 1),
    "ten megabytes": (b"a: b\n" * 2_000_000, "too_large", 0),
    "deep nesting": (b"a: " + b"[" * 100_000, "too_deep", 1),
    "as large as allowed, and wrong": (b"x: [a]\n" * (MAX_BYTES // 7), "key", 2),
}


@pytest.mark.timeout(30)  # what cannot be read must not take the time of what can
@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_gives_one_clear_message_with_its_place(name: str, tmp_path: Path) -> None:
    content, code, line = BAD_FILES[name]
    path = tmp_path / "small.yaml"
    path.write_bytes(content)
    finding = only(lint_path(path), code, str(path))
    assert finding.line == line


def test_half_a_character_is_no_text() -> None:
    only(lint("flow: \ud800\n"), "not_text")


def test_a_folder_without_flows_says_so(tmp_path: Path) -> None:
    only(lint_path(tmp_path), "no_flows", str(tmp_path))


def test_a_single_file_is_checked_with_its_neighbours(tmp_path: Path) -> None:
    caller = HEAD + "  - step: away\n    call: other\n" + END
    (tmp_path / "small.yaml").write_text(caller, encoding="utf-8")
    (tmp_path / "other.yaml").write_text((HEAD + ASK).replace("flow: small", "flow: other"), encoding="utf-8")
    assert lint_path(tmp_path / "small.yaml") == []
    only(lint_path(tmp_path), "no_outcome", str(tmp_path / "other.yaml"))


def test_the_sentences_of_a_folder_stand_over_those_that_ship(tmp_path: Path) -> None:
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts" / "zh.yaml").write_text(said("好。"), encoding="utf-8")
    (tmp_path / "small.yaml").write_text(HEAD + SAY + END, encoding="utf-8")
    assert lint_path(tmp_path) == []


def test_a_window_s_line_ends_and_byte_order_mark_are_no_fault(tmp_path: Path) -> None:
    text = "\ufeff" + (HEAD + ASK + END).replace("\n", "\r\n")
    (tmp_path / "small.yaml").write_bytes(text.encode("utf-8"))
    assert lint_path(tmp_path) == []
