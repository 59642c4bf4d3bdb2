"""Files of sentences with their intents: what is read, and what is said of a file that cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from nlu.labelled import LabelledError, read_labelled
from nlu.training import Example

YAML = """version: "3.1"
nlu:
- intent: book_appointment
  examples: |
    - 挂[骨科](department)
    - 挂号
- intent: faq/fees
  examples:
  - text: 这个要钱吗
"""
YAML_SENTENCES = [
    Example("挂骨科", "book_appointment"),
    Example("挂号", "book_appointment"),
    Example("这个要钱吗", "faq"),
]


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_rasas_yaml_is_read_without_marks(tmp_path: Path) -> None:
    assert read_labelled(write(tmp_path, "a.yml", YAML)) == YAML_SENTENCES


@pytest.mark.parametrize(
    "content",
    [
        "text,intent\n你好，再见,goodbye\n",
        "\ufefftext,intent\r\n你好，再见,goodbye\r\n\r\n",
        "id,Label, Utterance\n1,goodbye,你好，再见\n",
        'text,intent,part\n"你好，再见",goodbye,\n',
    ],
)
def test_csv_is_read_by_the_names_of_its_columns(tmp_path: Path, content: str) -> None:
    assert read_labelled(write(tmp_path, "a.csv", content)) == [Example("你好，再见", "goodbye")]


def test_a_sentence_with_a_line_end_in_it_is_one_sentence(tmp_path: Path) -> None:
    assert len(read_labelled(write(tmp_path, "a.csv", 'text,intent\n"喂\n\u2028再见",goodbye\n'))) == 1


def test_a_folder_is_read_whole(tmp_path: Path) -> None:
    write(tmp_path, "a.yml", YAML)
    (tmp_path / "more").mkdir()
    write(tmp_path / "more", "b.csv", "text,intent\n再见,goodbye\n")
    write(tmp_path, "notes.txt", "nothing of ours")
    assert read_labelled(tmp_path) == [*YAML_SENTENCES, Example("再见", "goodbye")]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", "", "no sentence"),
        ("a.csv", "text,intent\n", "no sentence"),
        ("a.csv", "再见,goodbye\n", r"a\.csv:1: no column text"),
        ("a.csv", "text,meaning\n再见,goodbye\n", r"a\.csv:1: no column intent"),
        ("a.csv", "text,intent\n再见,goodbye\n再见\n", r"a\.csv:3: a sentence or its intent is missing"),
        ("a.csv", 'text,intent\n"再见,goodbye\n', r"a\.csv:2: not CSV"),
        ("a.csv", "text,intent\n再见,goodbye\n".encode("gbk"), "not UTF-8"),
        ("a.yml", "a: [", r"a\.yml:1: not YAML"),
        ("a.yml", "nlu:\n- intent: x\n\texamples: y\n", r"a\.yml:3: not YAML"),
        ("a.yml", b"\x00", "not YAML"),
        ("a.yml", "- 1\n- 2\n", "no sentence"),
        ("a.yml", "nlu: 5\n", "no sentence"),
        ("a.yml", "nlu:\n- intent: x\n- 5\n- intent: y\n  examples: {}\n", "no sentence"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_a_remedy(
    tmp_path: Path, name: str, content: str | bytes, said: str
) -> None:
    path = write(tmp_path, name, content)
    with pytest.raises(LabelledError, match=said) as caught:
        read_labelled(path)
    assert str(path) in str(caught.value)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(LabelledError, match="No such file"):
        read_labelled(tmp_path / "a.csv")
