"""A town's list of people who may call, a table of comma-separated values: what is wrong in it is said line by line."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from integrations.database.register import Registered
from ivr.routing.numbers import caller_number
from nlu.entities.places import counties
from voices.languages.pack import load_packs

COLUMNS: Mapping[str, Sequence[str]] = {
    "number": ("number", "phone", "电话", "手机", "手机号", "号码", "联系电话"),
    "name": ("name", "姓名", "名字"),
    "band": ("band", "人群", "类别"),
    "county": ("county", "县区", "区县", "县"),
    "language": ("language", "语言"),
}
BANDS: Mapping[str, str | None] = {
    "vulnerable": "vulnerable", "特殊困难": "vulnerable", "困难": "vulnerable",
    "独居": "vulnerable", "失能": "vulnerable",
    "elder": "elder", "老人": "elder", "老年人": "elder", "": None,
    "general": "general", "普通": "general", "其他": "general",
}  # fmt: skip
"""Nobody is an emergency by list: calls are."""
NEEDED = ("number", "name")
NUMBER = re.compile(r"1\d{10}|0\d{9,11}")
"""A mobile, or a fixed line with its area code: nothing else is how the trunk tells a caller."""
NAME_MAX = 60
SHOWN = 20


class ListError(Exception):
    """The list cannot be taken; the text says where and what to do, one line each."""


def read_list(file: Path) -> list[Registered]:
    """People of a file in UTF-8 or, as spreadsheets here save it, GB 18030.

    Raises ListError, naming the file and up to 20 lines, and takes nothing then."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise ListError(f"{file} cannot be read: {error.strerror}.") from error
    rows = csv.reader(io.StringIO(_text(file, data), newline=""))
    try:
        return _people(file, rows)
    except csv.Error as error:
        raise ListError(f"{file}: this is no table of comma-separated values: {error}. Save it as CSV.") from error


def _text(file: Path, data: bytes) -> str:
    if data[:4] == b"PK\3\4" or data[:4] == b"\xd0\xcf\x11\xe0":
        raise ListError(f"{file} is a workbook. Open it, and save it as CSV (另存为 CSV).")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ListError(f"{file} is neither UTF-8 nor GB 18030. Save it as “CSV UTF-8”.")


def _people(file: Path, rows: Iterator[list[str]]) -> list[Registered]:
    numbered = enumerate(rows, start=1)
    head = next((row for _, row in numbered if any(cell.strip() for cell in row)), [])
    at = {name: n for n, cell in enumerate(head) for name, words in COLUMNS.items() if cell.strip().lower() in words}
    absent = [COLUMNS[name][2] for name in NEEDED if name not in at]
    if absent:
        raise ListError(f"{file}: the first line must name the columns; there is none for {' and '.join(absent)}.")
    cells_of = [cell.strip().lower() for cell in head]
    twice = [words[2] for words in COLUMNS.values() if sum(cell in words for cell in cells_of) > 1]
    if twice:
        raise ListError(f"{file}: more than one column for {' and '.join(twice)}: keep the one they call from.")
    people: dict[str, Registered] = {}
    wrong: list[str] = []
    for line, row in numbered:
        if not any(cell.strip() for cell in row):
            continue
        cells = {name: row[n].strip() if n < len(row) else "" for name, n in at.items()}
        problems, one = _person(cells)
        if one.number in people and not problems:
            problems.append(f"the number {one.number} stands in the list twice")
        wrong += [f"{file}:{line}: {problem}" for problem in problems]
        people[one.number] = one
    if wrong:
        more = [f"… and {len(wrong) - SHOWN} more"] if len(wrong) > SHOWN else []
        raise ListError("\n".join([*wrong[:SHOWN], *more, "Nothing was taken. Correct these lines and try again."]))
    return list(people.values())


def _person(cells: Mapping[str, str]) -> tuple[list[str], Registered]:
    number, name = caller_number(cells["number"]), cells["name"]
    band, county, language = (cells.get(key, "") for key in ("band", "county", "language"))
    place, code = counties().phrases.get(county), _languages().get(language)
    problems = []
    if number is None or not NUMBER.fullmatch(number):
        problems.append(
            f"“{cells['number']}” is no telephone number: 11 digits of a mobile, or a fixed line with 0 first"
        )
    if not name or len(name) > NAME_MAX:
        problems.append(f"the name is {'missing' if not name else f'longer than {NAME_MAX} characters'}")
    if band not in BANDS:
        problems.append(f"“{band}” is no band: 特殊困难, 老人 or 普通")
    if county and place is None:
        problems.append(f"“{county}” is no county or district of Qinghai")
    if language and code is None:
        problems.append(
            f"there is no language “{language}”: {', '.join(pack.called('zh') for pack in load_packs().values())}"
        )
    official = place.value if place is not None else None
    return problems, Registered(number or "", name, BANDS.get(band), official, code)


def _languages() -> Mapping[str, str]:
    """What a list may call a language: its code, or any of its Mandarin names."""
    packs = load_packs()
    return {word: code for code, pack in packs.items() for word in (code, *pack.names["zh"])}
