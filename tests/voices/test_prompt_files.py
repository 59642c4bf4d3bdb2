"""The words of all languages: the same prompts, variants and values as in Mandarin, and every unchecked one marked."""

from __future__ import annotations

import pytest

from flows.lint_rules.speech import ENGINE
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


def test_words_that_nobody_has_checked_are_marked_and_languages_without_script_use_mandarin_as_the_key() -> None:
    for language in WRITTEN:
        assert checked_prompts(language) <= Catalogue.load(language).prompts.keys()
    assert checked_prompts("en") == frozenset()
    salar = catalogue_of(load_packs()["slr"])
    assert salar is not None
    assert (salar.language, salar.prompts) == ("slr", REFERENCE.prompts)
