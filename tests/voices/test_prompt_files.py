"""The words of all languages: the same prompts, variants and values as in Mandarin, and every unchecked one marked."""

from __future__ import annotations

from collections.abc import Hashable
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import yaml

from flows.lint_rules.speech import ENGINE
from flows.loader import load_folder
from flows.schema import AskStep
from voices.errors import VoiceError
from voices.languages.coverage import catalogue_of, checked_prompts
from voices.languages.pack import load_packs
from voices.prompts.catalogue import FOLDER, Catalogue

WRITTEN = sorted(file.stem for file in FOLDER.glob("??.yaml") if file.stem != "zh")
REFERENCE = Catalogue.load("zh")


@pytest.mark.parametrize("language", WRITTEN)
def test_a_language_says_nothing_that_mandarin_does_not_say_and_with_the_same_values(language: str) -> None:
    words = Catalogue.load(language)
    own = {name for name in words.prompts if not REFERENCE.has(name)}
    assert all(name.startswith(("department.", "hospital.")) for name in own), own
    for name in words.prompts.keys() - own:
        assert set(words.variants(name)) == set(REFERENCE.variants(name)), name
        assert set(words.fields(name)) == set(REFERENCE.fields(name)), name


@pytest.mark.parametrize("language", WRITTEN)
def test_a_language_has_all_that_every_call_needs(language: str) -> None:
    words = Catalogue.load(language)
    assert [name for name in ENGINE if not words.has(name)] == []
    assert words.essential_pieces()


def test_a_person_is_offered_on_key_zero_in_every_opening() -> None:
    zero = {"en": "zero", "ko": "영", "kk": "нөл", "ug": "نۆل", "bo": "ཀླད་ཀོར", "mn": "тэг"}
    for language in WRITTEN:
        opening = "".join(Catalogue.load(language).template("main.open").fixed or ())
        assert zero[language] in opening


@pytest.mark.parametrize("language", ["zh", *WRITTEN])
def test_who_is_in_danger_is_asked_to_hold_on_and_to_let_somebody_else_dial(language: str) -> None:
    """With one telephone nobody can dial 120 and hold on: that is for another phone, and for when the line drops."""
    words = Catalogue.load(language)
    told = [words.template(f"emergency.call_{number}").fixed or () for number in (120, 119, 110)]
    assert [len(pieces) for pieces in told] == [3, 3, 3]
    assert told[0][0] == told[2][0], "first of all to hold on: no number is to be dialled on this phone"
    assert told[1][0] != told[0][0], "from fire and gas first of all to go outside"
    assert len({piece for pieces in told for piece in pieces[1:]}) == 6, "the number twice: another phone, a lost line"


def test_what_asterisk_says_while_a_seat_rings_is_what_the_dialogue_would_say() -> None:
    announced = yaml.safe_load(resources.files("voices.prompts").joinpath("rescue.yaml").read_text(encoding="utf-8"))
    words = Catalogue.load("zh")
    for number in (120, 119, 110):
        assert announced[f"emergency-{number}"] == "".join(words.template(f"emergency.call_{number}").fixed or ())


ZERO_IS_STAR = {
    "zh": "遇到零，按左下角的星号。",
    "en": "For a zero, press the star key at the bottom left.",
    "ko": "영은 왼쪽 아래 별표를 누르세요.",
    "kk": "Нөлдің орнына сол жақ төмендегі жұлдызшаны басыңыз.",
    "ug": "نۆلنىڭ ئورنىغا سول تۆۋەندىكى يۇلتۇزنى بېسىڭ.",
    "bo": "ཀླད་ཀོར་གྱི་ཚབ་ལ་གཡོན་ཕྱོགས་འོག་གི་སྐར་མ་ནོན།",
    "mn": "Тэгийн оронд зүүн доод талын одыг дараарай.",
}
"""Key 0 is a person at any time, also in the middle of a number."""
KEY = {"zh": "按", "en": "key", "ko": "눌러", "kk": "Түйме", "ug": "كۇنۇپكا", "bo": "མཐེབ", "mn": "Товчоор"}
STAR = {"zh": "星号", "en": "star", "ko": "별표", "kk": "жұлдызша", "ug": "يۇلتۇز", "bo": "སྐར་མ", "mn": "одыг"}
CORNER = {
    "zh": "左下角的",
    "en": "bottom left",
    "ko": "왼쪽 아래",
    "kk": "сол жақ төмендегі",
    "ug": "سول تۆۋەندىكى",
    "bo": "གཡོན་ཕྱོགས་འོག",
    "mn": "зүүн доод",
}


def long_numbers() -> list[str]:
    """Prompts that ask for a number of several digits, and the one that asks for the rest of it."""
    asked = [
        step.prompt
        for flow in load_folder().flows.values()
        for step in flow.steps
        if isinstance(step, AskStep) and (flow.slots[step.ask].digits or 1) > 1
    ]
    return [*dict.fromkeys(asked), "repair.group"]


@pytest.mark.parametrize("language", ["zh", *WRITTEN])
def test_where_keys_are_offered_for_a_number_the_caller_is_told_of_the_key_for_zero(language: str) -> None:
    words = Catalogue.load(language)
    found = 0
    for name in long_numbers():
        for variant in words.variants(name):
            said = ["".join(str(part) for part in piece) for piece in words.template(name, variant).pieces]
            if variant == "keys" or any(KEY[language].lower() in piece.lower() for piece in said):
                found += 1
                assert said[-1] == ZERO_IS_STAR[language], (name, variant)
    assert found >= 3, "the code twice, and the rest of a number"


@pytest.mark.parametrize("language", ["zh", *WRITTEN])
def test_the_star_is_named_by_its_place(language: str) -> None:
    """Few who are seventy call that key a star; all find a corner."""
    words = Catalogue.load(language)
    pieces = [piece for piece in words.all_fixed_pieces() if STAR[language] in piece]
    assert pieces
    assert [piece for piece in pieces if CORNER[language] not in piece] == []


def test_words_that_nobody_has_checked_are_marked_and_languages_without_script_use_mandarin_as_the_key() -> None:
    for language in WRITTEN:
        assert checked_prompts(language) <= Catalogue.load(language).prompts.keys()
    assert checked_prompts("en") == frozenset()
    salar = catalogue_of(load_packs()["slr"])
    assert salar is not None
    assert (salar.language, salar.prompts) == ("slr", REFERENCE.prompts)


@pytest.mark.parametrize(
    "content", [b"prompts: [\n", b"\xff\xfe\x00", b"", b"prompts: 3\n"], ids=["yaml", "bytes", "empty", "type"]
)
def test_prompts_that_cannot_be_read_are_named_with_their_file_and_what_to_do(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "zh.yaml").write_bytes(content)
    with pytest.raises(VoiceError, match=r"zh\.yaml") as refused:
        Catalogue.load("zh", tmp_path)
    assert refused.value.code == "prompts"
    assert "zh.yaml" in refused.value.remedy


class Strict(yaml.SafeLoader):
    """Refuses what the usual one passes over: of two sentences with one name the second counts, and nobody sees it."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        names = [self.construct_object(key, deep=deep) for key, _ in node.value]
        assert len(names) == len(set(names)), sorted({str(name) for name in names if names.count(name) > 1})
        return super().construct_mapping(node, deep)


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.yaml")), ids=lambda file: file.stem)
def test_no_sentence_is_written_twice(file: Path) -> None:
    assert yaml.load(file.read_text(encoding="utf-8"), Strict)
