"""Emergencies in other languages than Mandarin. Nothing learns from them; no native speaker has checked them."""

from __future__ import annotations

import csv
from datetime import datetime

import pytest

from flows.emergencies import number_for
from flows.phrasebook import Phrasebook
from nlu.training import DATA, examples
from nlu.understand import ParseContext, Understander, Understanding
from voices.languages.pack import load_packs

SET = DATA.parent / "tests" / "emergencies_languages.csv"
NOW = datetime(2026, 3, 12, 9, 0)  # noqa: DTZ001  the engine is given local time without a zone


def sentences(language: str, emergency: str) -> list[str]:
    with SET.open(encoding="utf-8", newline="") as file:
        return [r["text"] for r in csv.DictReader(file) if (r["language"], r["emergency"]) == (language, emergency)]


@pytest.mark.parametrize("language", ["bo", "en", "kk", "ko", "mn", "ug"])
def test_most_emergencies_are_taken_for_one_and_few_other_sentences_are(
    understander: Understander, language: str
) -> None:
    book = Phrasebook(understander, load_packs())

    def taken(text: str) -> bool:
        said = book.understand(text, ParseContext(NOW, language))
        return said.accepted and said.intent == "emergency"

    danger, other = sentences(language, "1"), sentences(language, "0")
    assert (len(danger), len(other)) == (12, 8)
    assert sum(map(taken, danger)) >= 9
    assert sum(map(taken, other)) <= 1


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "I have fallen and I cannot get up"),
        ("en", "my house is on fire"),
        ("en", "my husband is not breathing"),
        ("en", "my wife cannot speak her mouth is crooked"),
        ("en", "somebody is breaking into my house"),
        ("en", "I took the wrong pills"),
        ("en", "I want to die"),
        ("en", "help me I fell"),
        ("en", "help me I need a doctor"),
        ("en", "could you help me"),
        ("mn", "туслаарай"),
        ("mn", "босож чадахгүй"),
        ("mn", "эмээ буруу уусан"),
        ("kk", "дәріні қате іштім"),
        ("ug", "دورىنى خاتا ئىچتىم"),
    ],
)
def test_danger_is_found_in_words_that_are_in_no_phrase_book(
    understander: Understander, language: str, text: str
) -> None:
    said = Phrasebook(understander, load_packs()).understand(text, ParseContext(NOW, language))
    assert number_for(said) is not None


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "can you help me book an appointment"),
        ("en", "can you help me with my pension"),
        ("en", "help me check my appointment"),
        ("en", "the sick person is my husband"),
        ("en", "my knee hurts"),
        ("en", "my house number is ten"),
        ("en", "I do not understand"),
        ("en", "I do not speak English"),
        ("en", "I have a card here"),
        ("en", "my name is John Smith"),
        ("en", "my back hurts"),
        ("mn", "эмчид бүртгүүлэхэд туслаарай"),
        ("ko", "접수하는 것 좀 도와주세요"),
        ("kk", "дәрігерге жазылуға көмектесіңіз"),
    ],
)
def test_who_wants_help_with_a_service_is_in_no_danger(understander: Understander, language: str, text: str) -> None:
    said = Phrasebook(understander, load_packs()).understand(text, ParseContext(NOW, language))
    assert number_for(said) is None


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("my house is on fire", "119"),
        ("I smell gas", "119"),
        ("I smell gas and my wife has fainted", "120"),
        ("my chest is burning", "120"),
        ("somebody is breaking into my house", "110"),
        ("my mother has gone missing", "110"),
        ("I cut my hand with a knife", "120"),
        ("집에 불이 났어요", "119"),
        ("도둑이 들었어요", "110"),
        ("치매 남편이 집을 나갔어요", "110"),
        ("үйім жанып жатыр", "119"),
        ("ұры кірді", "110"),
        ("тамағына ет тұрып қалды", "120"),
        ("ئۆيۈمگە ئوت كەتتى", "119"),
        ("گاز پۇرىقى بار", "119"),
        ("ئوغرى كىردى", "110"),
        ("гэр шатаж байна", "119"),
        ("хулгайч орлоо", "110"),
        ("эмгэн төөрчихлөө", "110"),
        ("амьсгалж чадахгүй байна", "120"),
        ("ཁང་པར་མེ་འབར་གི", "119"),
        ("རྐུན་མ་ཡོང་ཐལ", "110"),
        ("དབུགས་ལེན་མི་ཐུབ", "120"),
    ],
)
def test_fire_and_crime_have_a_number_of_their_own_in_every_language(text: str, called: str) -> None:
    assert number_for(Understanding(text, "emergency", 0.95, accepted=True)) == called


@pytest.mark.parametrize("language", ["bo", "en", "kk", "ko", "mn", "ug"])
def test_nothing_of_the_set_is_learnt_from(language: str) -> None:
    learnt = {one.text for one in examples(language)}
    assert learnt.isdisjoint(sentences(language, "1") + sentences(language, "0"))
