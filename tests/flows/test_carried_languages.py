"""The appointment service in every language that has words: carried by voice, and by keys alone, to its end.

Sentences go through the understanding that calls use. Where no recogniser is installed, they never come so far: then
the call goes by key, which is tried here as well."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from flows.actions import Listen, Say, SetSpeech, Transfer
from flows.conversation import Conversation, Exchange
from flows.events import CallerProfile, Heard, Started
from flows.live import LiveFlows
from flows.phrasebook import Phrasebook
from flows.versions import Versions
from nlu.understand import ParseContext, Understander, Understanding
from tests.flows.talk_helpers import NOW, TOMORROW, session
from tests.remembering import Remembering
from voices.languages.pack import load_packs

SPOKEN = ("ko", "kk", "ug", "bo", "mn")
NUMBER = "13909710001"
BOOKING = {**session(1, day=TOMORROW), "code": "12345678"}


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> LiveFlows:
    """What ships, in every language, as if all of it were recorded."""
    return LiveFlows(Versions(tmp_path_factory.mktemp("flows")), "zh", load_packs())


class Call(Conversation):
    """A caller who speaks one language, with offices that have places."""

    def __init__(self, live: LiveFlows, understander: Remembering, caller: CallerProfile) -> None:
        self.booked: list[Mapping[str, Any]] = []
        self.cancelled: list[Mapping[str, Any]] = []
        super().__init__(live, Phrasebook(understander, load_packs()), self._reply, lambda: NOW, caller)

    def _reply(self, office: str, operation: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        assert office == "appointments"
        match operation:
            case "list_departments":
                return {"departments": ["内科", "外科", "骨科", "眼科", "口腔科"]}
            case "find_sessions":
                wanted = {"department": arguments["department"], "day": arguments["date"]}
                return {"sessions": [session(1, part=arguments["part_of_day"], **wanted)], "nearest": []}
            case "book":
                self.booked.append(arguments)
                return {**BOOKING, "patient_name": None}
            case "find_bookings":
                return {"bookings": [BOOKING]}
            case "cancel":
                self.cancelled.append(arguments)
                return {"code": "12345678"}
        raise AssertionError(operation)


def call(live: LiveFlows, understander: Remembering, language: str, *, heard: bool = True) -> Call:
    unheard = () if heard else (language,)
    return Call(live, understander, CallerProfile(NUMBER, language=language, unheard=unheard))


def step(exchange: Exchange, prompt: str) -> None:
    """What is asked now; no person, no apology."""
    assert not isinstance(exchange.last, Transfer), exchange.said
    assert prompt in exchange.prompts, exchange.prompts
    assert "repair.sorry" not in exchange.prompts


BOOK = {
    "ko": ("병원에 접수하려고요", "눈이 아파서 안과요", "내일 갈게요", "오전에요", "제가 봅니다", "네"),
    "kk": ("Дәрігерге жазылайын деп едім", "Көз бөлімі", "Ертең", "Түстен бұрын", "Өзім көрінемін", "Иә"),
    "ug": ("نومۇر ئېلىش", "كۆز بۆلۈمى", "ئەتە", "چۈشتىن بۇرۇن", "ئۆزۈم كۆرۈنىمەن", "ھەئە"),
    "bo": ("སྨན་པ་བསྟེན་པ།", "མིག་གི་ཚན་ཁག", "སང་ཉིན།", "སྔ་དྲོ།", "ང་རང་གིས་བསྟེན།", "རེད།"),
    "mn": ("Эмчид бүртгүүлэх гэсэн юм", "Нүдний тасаг", "Маргааш", "Үдээс өмнө", "Би өөрөө үзүүлнэ", "Тийм"),
}
ASKED = ("ask_department", "ask_date", "ask_part", "ask_patient", "confirm", "booked")


@pytest.mark.parametrize("language", SPOKEN)
def test_a_booking_is_carried_by_voice(live: LiveFlows, understander: Remembering, language: str) -> None:
    one = call(live, understander, language)
    assert "main.open" in one.begin().prompts, "the caller may say it at once"
    for words, prompt in zip(BOOK[language], ASKED, strict=True):
        step(one.say(words), f"appointment.{prompt}")
    assert [booked["session_id"] for booked in one.booked] == [1]


@pytest.mark.parametrize("language", SPOKEN)
def test_a_booking_is_carried_by_keys_alone(live: LiveFlows, understander: Remembering, language: str) -> None:
    one = call(live, understander, language, heard=False)
    assert {"main.by_key", "main.menu", "choice.option_1"} <= set(one.begin().prompts)
    for key, prompt in zip("111111", ASKED, strict=True):
        step(one.press(key), f"appointment.{prompt}")
    assert len(one.booked) == 1


SOME = {
    "ko": ("접수 확인", "접수 취소", "네"),
    "kk": ("Жазылуды тексеру", "Жазылудан бас тарту", "Иә"),
    "ug": ("نومۇرنى سۈرۈشتۈرۈش", "نومۇرنى قايتۇرۇش", "ھەئە"),
    "bo": ("ཨང་གྲངས་བལྟ་བ།", "ཨང་གྲངས་ཕྱིར་འཐེན།", "རེད།"),
    "mn": ("Бүртгэлээ шалгах", "Бүртгэлээ цуцлах", "Тийм"),
}


@pytest.mark.parametrize("language", SPOKEN)
def test_a_booking_is_looked_up_and_cancelled_by_voice(
    live: LiveFlows, understander: Remembering, language: str
) -> None:
    look, cancel, yes = SOME[language]
    one = call(live, understander, language)
    one.begin()
    step(one.say(look), "bookings.read")
    other = call(live, understander, language)
    other.begin()
    step(other.say(cancel), "bookings.confirm_cancel")
    step(other.say(yes), "bookings.cancelled")
    assert len(other.cancelled) == 1


@pytest.mark.parametrize("language", SPOKEN)
def test_a_person_comes_when_one_is_asked_for_and_speaks_the_language(
    live: LiveFlows, understander: Remembering, language: str
) -> None:
    words = load_packs()[language].phrases["找人工"]
    for word in words:
        one = call(live, understander, language)
        one.begin()
        assert isinstance(one.say(word).last, Transfer), word


WITH_WORDS = [code for code, pack in load_packs().items() if pack.phrases]
SPEECH = {"慢一点": ("slow", "normal"), "大声一点": ("normal", "loud"), "再说一遍": None}


@pytest.mark.parametrize("language", WITH_WORDS)
@pytest.mark.parametrize("meaning", SPEECH)
def test_slower_louder_and_again_act_at_once_and_go_on_from_where_the_caller_was(
    live: LiveFlows, understander: Remembering, language: str, meaning: str
) -> None:
    """The caller speaks over the opening, after its first piece."""
    book = Phrasebook(understander, load_packs())
    for word in load_packs()[language].phrases[meaning]:
        state, opening = live.start(Started(NOW, CallerProfile(NUMBER, language=language)))
        said = next(one for one in opening if isinstance(one, Say))
        understood = book.understand(word, ParseContext(NOW, language))
        state, actions = live.step(state, Heard(NOW + timedelta(seconds=2), understood, True, pieces_heard=1))
        again = [one for one in actions if isinstance(one, Say)][-1]
        assert again.pieces == said.pieces[1:], f"{word}: the first piece was heard"
        assert isinstance(actions[-1], Listen)
        speech = [(one.rate, one.loudness) for one in actions if isinstance(one, SetSpeech)]
        assert speech == ([SPEECH[meaning]] if SPEECH[meaning] else []), word
        if SPEECH[meaning]:
            place = next(n for n, one in enumerate(actions) if isinstance(one, SetSpeech))
            assert place == 0, f"{word}: everything that follows is said so"


def test_what_a_key_stands_for_is_known_to_what_learns_from_the_call(
    live: LiveFlows, understander: Remembering
) -> None:
    one = call(live, understander, "bo", heard=False)
    one.begin()
    assert one.listen.keyed["1"] == "book_appointment"
    one.press("1")
    assert one.listen.keyed == {"1": "内科", "2": "外科", "3": "骨科"}
    for key in "111":
        one.press(key)
    assert one.listen.keyed == {"1": "self", "2": "other"}
    one.press("1")
    assert one.listen.keyed == {"1": "affirm", "2": "deny"}


@pytest.mark.parametrize("language", SPOKEN)
def test_a_phrase_in_a_longer_sentence_sends_nobody_to_a_person_and_hides_no_emergency(
    understander: Remembering, language: str
) -> None:
    """The engine reads the whole sentence; the phrase book knows only a word in it."""
    packs = load_packs()
    person, yes = packs[language].phrases["找人工"][0], packs[language].phrases["对"][0]
    sentence = " ".join(["…", person, *["w" * 6] * 4])
    danger = f"{yes} {'w' * max(1, round(len(yes) / 3))}"

    class Reads(Understander):
        def understand(self, text: str, context: ParseContext) -> Understanding:
            if context.language == "zh":
                return understander.understand(text, context)
            intent = "emergency" if text == danger else "book_appointment"
            return Understanding(text, intent, 0.9, accepted=text != f"{sentence} ?")

    book = Phrasebook(Reads(), packs)
    assert book.understand(sentence, ParseContext(NOW, language)).intent == "book_appointment"
    unsure = book.understand(f"{sentence} ?", ParseContext(NOW, language))
    assert not (unsure.accepted and unsure.intent == "human_agent")
    assert book.understand(danger, ParseContext(NOW, language)).intent == "emergency"
