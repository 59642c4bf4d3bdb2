"""Sentences with the intent that they have, from a file: Rasa's YAML, or CSV with a header."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import yaml

from nlu.training import Example, in_content

TEXT_NAMES = ("text", "utterance", "sentence", "query")
INTENT_NAMES = ("intent", "label", "category")
"""Names that a CSV's columns may have, in any case; the first of each that is there is taken."""
FILE_BYTES_MAX = 64 * 1024 * 1024


class LabelledError(Exception):
    """The file cannot be used. `str()` names the file, and the line where there is one, and what to do."""

    code = "labelled_file"


def read_labelled(path: Path) -> list[Example]:
    """The sentences in the order of the file; of a folder, those of all its .yml, .yaml and .csv files.

    Raises LabelledError when a file cannot be read or has no sentence."""
    if path.is_dir():
        files = sorted(one for one in path.rglob("*") if one.suffix in {".yml", ".yaml", ".csv"})
        found = [one for file in files for one in _in_file(file)]
    else:
        found = _in_file(path)
    if not found:
        raise LabelledError(f"{path}: no sentence with an intent. Give Rasa's YAML (nlu:) or CSV with text,intent.")
    return found


def _in_file(path: Path) -> list[Example]:
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            raise LabelledError(f"{path}: more than {FILE_BYTES_MAX // 1024**2} MB. Divide the file.")
        content = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise LabelledError(f"{path}: not UTF-8 (byte {error.start}). Save it as UTF-8.") from error
    except OSError as error:
        raise LabelledError(f"{path}: {error.strerror}.") from error
    return _in_csv(path, content) if path.suffix == ".csv" else _in_yaml(path, content)


def _in_yaml(path: Path, content: str) -> list[Example]:
    try:
        return list(in_content(yaml.safe_load(content)))
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{path}:{mark.line + 1}" if mark is not None else str(path)
        raise LabelledError(f"{place}: not YAML. Correct that line.") from error


def _in_csv(path: Path, content: str) -> list[Example]:
    reader = csv.reader(io.StringIO(content, newline=""), strict=True)
    try:
        rows = [(reader.line_num, row) for row in reader if any(row)]
    except csv.Error as error:
        raise LabelledError(f"{path}:{reader.line_num}: not CSV ({error}). Correct that line.") from error
    if not rows:
        return []
    names = [name.strip().lower() for name in rows[0][1]]
    text, intent = _column(path, names, TEXT_NAMES), _column(path, names, INTENT_NAMES)
    found = []
    for line, row in rows[1:]:
        if len(row) <= max(text, intent) or not row[text].strip() or not row[intent].strip():
            raise LabelledError(f"{path}:{line}: a sentence or its intent is missing. Complete or delete that line.")
        found.append(Example(row[text].strip(), row[intent].strip()))
    return found


def _column(path: Path, names: list[str], known: tuple[str, ...]) -> int:
    column = next((names.index(name) for name in known if name in names), None)
    if column is None:
        raise LabelledError(f"{path}:1: no column {' or '.join(known)}. The first line names the columns: text,intent")
    return column
