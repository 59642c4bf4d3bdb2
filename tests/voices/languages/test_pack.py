"""Language packs: complete, or refused with the file and what to write instead."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
import yaml

from voices.errors import VoiceError
from voices.languages.pack import FOLDER, load_pack, load_packs

NOW = datetime(2026, 3, 10, 9, 30)  # noqa: DTZ001  local time of the call, naive by agreement


def test_every_language_that_ships_has_a_name_in_mandarin_and_a_key_of_its_own() -> None:
    packs = load_packs()
    assert set(packs) == {"zh", "en", "ko", "kk", "ug", "bo", "mn", "slr", "mjg"}
    assert [pack.key for pack in packs.values()] == list(range(1, 10))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"hear": [{"engine": "siri"}]}, "there is no recogniser “siri”; known: whisper"),
        ({"speak": [{"engine": "festival", "voice": "x"}]}, "there is no voice “festival”"),
        ({"speak": [{"engine": "espeak"}]}, "has no name"),
        ({"names": {"zh": ["藏语"]}}, "names.bo is missing"),
        ({"language": "xx"}, "names.xx is missing"),
        ({"key": 0}, "key: Input should be greater than or equal to 1"),
        ({"colour": "red"}, "colour: Extra inputs are not permitted"),
    ],
)
def test_a_pack_that_is_wrong_names_the_file_and_the_place(
    tmp_path: Path, change: dict[str, object], told: str
) -> None:
    data = yaml.safe_load((FOLDER / "bo.yaml").read_text(encoding="utf-8"))
    file = tmp_path / "bo.yaml"
    file.write_text(yaml.safe_dump({**data, **change}, allow_unicode=True), encoding="utf-8")
    with pytest.raises(VoiceError, match=told) as caught:
        load_pack(file)
    assert str(file) in str(caught.value)
    assert caught.value.code == "language_pack"


@pytest.mark.parametrize("content", ["[1, 2", "- a list", "\x00"])
def test_what_is_no_pack_at_all_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "bo.yaml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(VoiceError) as caught:
        load_pack(file)
    assert caught.value.code == "language_pack"


def test_two_languages_cannot_have_one_key(tmp_path: Path) -> None:
    for code in ("bo", "mn"):
        text = (FOLDER / f"{code}.yaml").read_text(encoding="utf-8")
        (tmp_path / f"{code}.yaml").write_text(text.replace("key: 3", "key: 2"), encoding="utf-8")
    with pytest.raises(VoiceError, match="key 2 belongs to"):
        load_packs(tmp_path)


@pytest.mark.parametrize(
    ("language", "kind", "value", "words"),
    [
        ("en", "date", "2026-03-11", "tomorrow, Wednesday, the eleventh of March"),
        ("en", "date", "2026-04-21", "Tuesday, the twenty-first of April"),
        ("en", "money", "2860.50", "two thousand eight hundred and sixty yuan and fifty cents"),
        ("en", "time", "08:05", "eight oh five, in the morning"),
        ("en", "code", "1234", "one two, three four"),
        ("ko", "date", "2026-03-12", "모레, 삼월 십이일, 목요일"),
        ("ko", "money", "12345", "만이천삼백사십오 위안"),
        ("ko", "time", "15:30", "오후 세 시 삼십분"),
        ("kk", "date", "2026-03-21", "наурыз айының жиырма бірі, сенбі"),
        ("ug", "number", "105", "يۈز بەش"),
        ("bo", "number", "21", "ཉི་ཤུ་རྩ་གཅིག"),
        ("bo", "date", "2026-04-21", "ཟླ་བ་བཞི་པའི་ཚེས་ཉི་ཤུ་རྩ་གཅིག། གཟའ་མིག་དམར"),
        ("mn", "money", "31", "гучин нэг юань"),
        ("mn", "number", "20", "хорь"),
        ("en", "number", "123456789", "123456789"),
        ("en", "date", "not a date", "not a date"),
    ],
)
def test_values_are_read_out_in_the_words_of_the_language(language: str, kind: str, value: str, words: str) -> None:
    read = load_packs()[language].read
    assert read is not None
    assert read.words(kind, value, NOW) == words
