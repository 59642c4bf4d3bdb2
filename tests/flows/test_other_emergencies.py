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

BESIDE = """
I want to book a doctor, and my husband has chest pain and can't breathe
no thank you, my house is on fire
not tomorrow, my wife is unconscious
cancel my appointment, I have chest pain now
my wife is not breathing
my husband fell down and can't get up
I would like an appointment but I smell gas in the kitchen
no, my mother fainted
tomorrow morning, I cannot breathe
my wife fell and cannot get up
the kitchen is on fire
yes but my husband has a chest pain
I don't know what to do, my husband is not breathing
come at once my wife is unconscious
she fainted five minutes ago
I have had chest pain since yesterday
he fell last night and can't get up
my husband can’t breathe
Sunday, my wife just fainted
I need the pension office but the house is on fire
yes, I smell gas
he fell out of bed and is unable to get up
stop asking, she is unconscious
I want to cancel because I have chest pains
no, she is not breathing
my husband won't wake up
"""
AFAR = """
I had chest pain last year
I had chest pain yesterday, I want a doctor
can I book for chest pain
my husband had a chest pain last month
what to do if somebody is unconscious
my wife fainted last year
there is no fire
nothing is on fire
I do not smell gas
how do I report a fire
what to do when somebody is unconscious
I don't smell gas
I can't get up early
I can't get up the stairs
I want a doctor for my chest pain
I don't have chest pain
my house was on fire last year
no chest pain
how do I report a house on fire
"""


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


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("text", BESIDE.split("\n")[1:-1])
def test_plain_english_is_danger_beside_a_service_a_no_or_a_date_in_calls_of_any_language(
    understander: Understander, text: str, language: str
) -> None:
    said = Phrasebook(understander, load_packs()).understand(text, ParseContext(NOW, language))
    assert number_for(said) is not None


@pytest.mark.parametrize("text", AFAR.split("\n")[1:-1])
def test_english_of_the_past_a_denial_and_a_lesson_tell_of_no_danger_by_themselves(text: str) -> None:
    assert number_for(Understanding(text, "out_of_scope", 0.9, accepted=True)) is None


def test_a_fire_keeps_its_number_though_a_phrase_in_the_sentence_means_a_no(understander: Understander) -> None:
    said = Phrasebook(understander, load_packs()).understand(
        "no thank you, my house is on fire", ParseContext(NOW, "en")
    )
    assert number_for(said) == "119"


@pytest.mark.parametrize("language", ["bo", "en", "kk", "ko", "mn", "ug"])
def test_nothing_of_the_set_is_learnt_from(language: str) -> None:
    learnt = {one.text for one in examples(language)}
    assert learnt.isdisjoint(sentences(language, "1") + sentences(language, "0"))
