"""The language of a call: chosen by name, by key, by what the number asked for last, and told by a recogniser."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from pathlib import Path

import pytest

from flows.actions import Action, GuessLanguage, Listen, Say, SetLanguage, Transfer
from flows.events import CallerProfile, Event, Heard, Keyed, OfficeReplied, Silent, Started
from flows.languages import Languages
from flows.live import LiveFlows
from flows.naming import named
from flows.phrasebook import Phrasebook, in_mandarin
from flows.state import State
from flows.versions import Versions
from nlu.understand import ParseContext, Understander, Understanding
from tests.flows.talk_helpers import AFTER_TOMORROW, Office, understood
from voices.languages.pack import load_packs
from voices.prompts.catalogue import Catalogue

NOW = datetime(2026, 3, 10, 9, 30)  # noqa: DTZ001  the engine is given local time without a zone


class Call:
    """One call over all languages; `said` is the answer to the last thing that the caller did."""

    def __init__(self, folder: Path, caller: CallerProfile | None = None, silent: Collection[str] = ()) -> None:
        def speakable(catalogue: Catalogue, prompts: Collection[str]) -> bool:
            return catalogue.language not in silent

        self.live = LiveFlows(Versions(folder), "zh", load_packs(), speakable)
        self.office = Office()
        self.state: State
        self.state, self.actions = self.live.start(Started(NOW, caller or CallerProfile("13909710001")))

    def event(self, event: Event) -> Call:
        self.state, actions = self.live.step(self.state, event)
        everything: tuple[Action, ...] = actions
        while self.state.waiting:
            ask = actions[-1]
            reply = self.office.reply(ask)  # type: ignore[arg-type]  # a waiting state ends its turn with an office
            self.state, actions = self.live.step(self.state, OfficeReplied(NOW, self.state.request, reply))
            everything += actions
        self.actions = everything
        return self

    def hear(self, text: str, intent: str = "inform", **slots: str) -> Call:
        return self.event(Heard(NOW, understood(text, intent, slots)))

    def press(self, digits: str) -> Call:
        return self.event(Keyed(NOW, digits))

    @property
    def said(self) -> str:
        return " ".join(piece for action in self.actions if isinstance(action, Say) for piece in action.pieces)

    @property
    def languages(self) -> list[str]:
        return [action.language for action in self.actions if isinstance(action, SetLanguage)]


def test_the_name_of_a_language_changes_the_language_of_the_open_question(tmp_path: Path) -> None:
    call = Call(tmp_path).hear("换英语", "change_language")
    assert call.languages == ["en"]
    assert "All right, let us speak English." in call.said
    assert "To book a doctor, press one." in call.said, "English has no training data: keys are offered"
    assert isinstance(call.actions[-1], Listen)


def test_in_the_middle_of_a_flow_the_question_that_stood_is_put_in_the_new_language(tmp_path: Path) -> None:
    call = Call(tmp_path).hear("挂骨科", "book_appointment", department="骨科")
    call.hear("说韩语", "change_language")
    assert call.languages == ["ko"]
    assert "어느 날에 가시겠어요?" in call.said
    call.hear("모레", date=AFTER_TOMORROW)
    assert "오전입니까, 오후입니까?" in call.said
    assert call.languages == []
    call.hear("오전", part_of_day="am").hear("제가", patient="self")
    assert "모레, 삼월 십이일, 목요일," in call.said
    assert "정형외과" in call.said
    assert call.state.frames[-1].values["department"] == "骨科"


def test_back_to_mandarin_by_its_own_name_from_another_language(tmp_path: Path) -> None:
    call = Call(tmp_path, CallerProfile("13909710001", language="en"))
    assert "Hello, this is the Silver Bell line." in call.said
    call.hear("Chinese, please", "out_of_scope")
    assert call.languages == ["zh"]
    assert "好，咱们说普通话。" in call.said


def test_a_language_that_no_flow_can_be_held_in_gets_a_person_who_speaks_it(tmp_path: Path) -> None:
    call = Call(tmp_path, silent={"bo"}).hear("脏语", "change_language")  # what the recogniser makes of 藏语
    transfer = call.actions[-1]
    assert isinstance(transfer, Transfer)
    assert (transfer.to, transfer.language) == ("human", "bo")
    assert "language:bo" in transfer.summary["flags"]


def test_a_flow_that_the_new_language_lacks_goes_to_a_person_who_speaks_it(tmp_path: Path) -> None:
    call = Call(tmp_path).hear("查养老金", "query_pension").hear("说英语", "change_language")
    transfer = call.actions[-1]
    assert isinstance(transfer, Transfer)
    assert transfer.language == "en"
    assert call.languages == ["en"], "what is said on the way is said in English"
    assert "I am getting you a person." in call.said


def test_a_language_whose_sentences_cannot_be_spoken_here_is_not_offered_by_the_program(tmp_path: Path) -> None:
    call = Call(tmp_path, silent={"ko"}).hear("说韩语", "change_language")
    assert isinstance(call.actions[-1], Transfer)


def test_a_number_that_asked_for_a_language_that_is_gone_is_greeted_in_the_hotlines_own(tmp_path: Path) -> None:
    call = Call(tmp_path, CallerProfile("13909710001", language="ko"), silent={"ko"})
    assert "您好，银铃热线。" in call.said
    assert call.state.caller["language"] == "zh"


def test_a_wish_without_a_name_is_asked_about_and_chosen_by_key(tmp_path: Path) -> None:
    call = Call(tmp_path).hear("换个语言", "change_language")
    assert "您想说哪种话？" in call.said
    assert "藏语， 按一。" in call.said
    call.press("9")
    assert "维吾尔语" in call.said
    own = [action for action in call.actions if isinstance(action, Say) and action.language]
    assert [(one.language, one.pieces) for one in own] == [
        ("ug", ("ئۇيغۇرچە",)),
        ("ko", ("한국어",)),
        ("en", ("English",)),
    ]
    call.press("2")
    assert call.languages == ["ko"]


def test_the_menu_by_key_ends_with_other_languages(tmp_path: Path) -> None:
    call = Call(tmp_path).press("5").press("9")
    assert "说别的话， 按二。" in call.said
    assert "您想说哪种话？" in call.press("2").said


def test_a_recogniser_that_tells_another_language_makes_the_hotline_ask_in_both(tmp_path: Path) -> None:
    call = Call(tmp_path)
    call.event(Heard(NOW, understood("啊", "out_of_scope", accepted=False), language="ko"))
    assert "우리말로 하시겠어요?" in call.said
    assert "您是要说， 朝鲜语， 对吗？" in call.said
    assert call.press("1").languages == ["ko"]


STRANGE = Heard(NOW, understood("啊", "out_of_scope", accepted=False), language="ko")


def guesses(call: Call) -> list[str]:
    return [action.language for action in call.actions if isinstance(action, GuessLanguage)]


def test_the_question_for_a_language_can_be_answered_in_it(tmp_path: Path) -> None:
    call = Call(tmp_path).event(STRANGE)
    assert "맞으면, 일번." in call.said, "the keys are told in it, too"
    assert guesses(call) == ["ko"]
    assert call.hear("네", "out_of_scope").languages == ["ko"]
    assert "您要办什么事？" in Call(tmp_path).event(STRANGE).hear("아니요", "out_of_scope").said


@pytest.mark.parametrize(("text", "reason"), [("살려 주세요", "emergency"), ("사람 바꿔 주세요", "asked")])
def test_danger_and_a_person_are_heard_in_it_as_well(tmp_path: Path, text: str, reason: str) -> None:
    transfer = Call(tmp_path).event(STRANGE).hear(text, "out_of_scope").actions[-1]
    assert isinstance(transfer, Transfer)
    assert (transfer.reason, transfer.language) == (reason, "ko")


def test_who_does_not_answer_it_gets_a_person_who_speaks_the_language(tmp_path: Path) -> None:
    call = Call(tmp_path).event(STRANGE)
    for _ in range(3):
        call.event(Silent(NOW))
    transfer = call.actions[-1]
    assert isinstance(transfer, Transfer)
    assert (transfer.reason, transfer.language) == ("silent", "ko")


def test_who_goes_on_in_mandarin_gets_a_person_who_speaks_that(tmp_path: Path) -> None:
    for answer in ("不是", "我要挂骨科"):
        call = Call(tmp_path).event(STRANGE).hear(answer, "deny" if answer == "不是" else "book_appointment")
        assert guesses(call) == ["zh"]
        assert isinstance(call.actions[-1], Listen)


def test_whoever_declines_is_not_asked_for_the_same_language_again(tmp_path: Path) -> None:
    call = Call(tmp_path)
    strange = Heard(NOW, understood("啊", "out_of_scope", accepted=False), language="ko")
    call.event(strange).press("2")
    assert "您要办什么事？" in call.said
    assert "우리말로" not in call.event(strange).said


@pytest.mark.parametrize("language", ["ko", "en"])
def test_danger_and_the_wish_for_a_person_come_before_the_question_for_the_language(
    tmp_path: Path, language: str
) -> None:
    cry = understood("救命啊，我摔倒了起不来了", "emergency")
    call = Call(tmp_path).event(Heard(NOW, cry, language=language))
    transfer = call.actions[-1]
    assert isinstance(transfer, Transfer)
    assert (transfer.band, transfer.emergency, transfer.language) == ("emergency", "120", language)
    assert "对吗？" not in call.said

    wish = understood("我不要机器，给我找个人", "human_agent")
    transfer = Call(tmp_path).event(Heard(NOW, wish, language=language)).actions[-1]
    assert isinstance(transfer, Transfer)
    assert (transfer.reason, transfer.language) == ("asked", language)
    assert f"language:{language}" not in transfer.summary["flags"], "a guess is not what the caller chose"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("我要藏语人工", "bo"),
        ("给我转个说藏语的人工", "bo"),
        ("找个藏族的工作人员", "bo"),
        ("有没有蒙古族的人接电话", "mn"),
        ("找个说普通话的人工", ""),
        ("我不说藏语，给我人工", ""),
        ("我要人工", ""),
    ],
)
def test_a_person_who_speaks_a_language_is_one_who_speaks_it(tmp_path: Path, text: str, language: str) -> None:
    transfer = Call(tmp_path).hear(text, "human_agent").actions[-1]
    assert isinstance(transfer, Transfer)
    assert transfer.language == language
    assert (f"language:{language}" in transfer.summary["flags"]) is bool(language)


@pytest.mark.parametrize(
    "text", ["我听不懂汉语", "我不会说普通话", "不会汉话", "普通话我听不懂", "I don't speak Chinese"]
)
def test_who_does_not_speak_mandarin_is_asked_what_they_speak_and_then_gets_a_person(tmp_path: Path, text: str) -> None:
    intent, accepted = ("out_of_scope", False) if text.isascii() else ("change_language", True)
    said = Heard(NOW, understood(text, intent, accepted=accepted))
    call = Call(tmp_path).event(said)
    assert "您想说哪种话？" in call.said
    assert isinstance(call.event(said).actions[-1], Transfer)


def test_who_is_understood_in_mandarin_all_the_same_goes_on_in_it(tmp_path: Path) -> None:
    call = Call(tmp_path).hear("我不会说普通话，我要挂骨科", "book_appointment", department="骨科")
    assert "您想说哪种话？" not in call.said
    assert call.state.frames[-1].values["department"] == "骨科"


def test_the_people_of_a_caller_who_does_not_speak_mandarin_tell_the_language(tmp_path: Path) -> None:
    assert Call(tmp_path).hear("我是藏族，不会说汉话", "change_language").languages == ["bo"]


@pytest.mark.parametrize(("text", "intent"), [("他说脏话", "change_language"), ("邻居骂我，说脏话", "out_of_scope")])
def test_bad_language_is_no_language(tmp_path: Path, text: str, intent: str) -> None:
    call = Call(tmp_path).event(Heard(NOW, understood(text, intent, accepted=intent == "change_language")))
    assert call.languages == []
    assert isinstance(call.actions[-1], Listen)
    assert "哪种话" not in call.said


@pytest.mark.parametrize(
    ("text", "name", "language"),
    [("我女儿会说英语", "英语", "en"), ("我要找会英语的孙子", "英语", "en"), ("我只会说土话", "土族话", "mjg")],
)
def test_a_language_that_may_be_somebody_elses_is_asked_about(
    tmp_path: Path, text: str, name: str, language: str
) -> None:
    call = Call(tmp_path).hear(text, "change_language")
    assert call.languages == []
    assert f"您是要说， {name}， 对吗？" in call.said
    assert "您要办什么事？" in call.hear("不是", "deny").said
    assert "您是要说" not in call.hear(text, "change_language").said, "asked once"
    last = Call(tmp_path).hear(text, "change_language").hear("是", "affirm").actions
    assert any(getattr(one, "language", "") == language for one in last)


def test_the_calls_own_language_asked_for_by_name_takes_back_what_the_number_asked_for_before(
    tmp_path: Path,
) -> None:
    call = Call(tmp_path, CallerProfile("13909710001", speaks="bo"), silent={"bo"})
    call.hear("普通话", "change_language")
    assert call.languages == ["zh"]
    assert isinstance(call.actions[-1], Listen)


def test_a_number_known_to_want_a_language_that_cannot_be_held_is_asked_for_it_and_gets_a_person(
    tmp_path: Path,
) -> None:
    call = Call(tmp_path, CallerProfile("13909710001", speaks="bo"), silent={"bo"})
    assert call.said.startswith("您好，银铃热线。 您是要说， 藏语， 对吗？"), "nothing of what it does in Mandarin"
    for answer in (Silent(NOW), Heard(NOW, understood("嗯啊", "out_of_scope", accepted=False)), Keyed(NOW, "1")):
        call = Call(tmp_path, CallerProfile("13909710001", speaks="bo"), silent={"bo"})
        transfer = call.event(answer).actions[-1]
        assert isinstance(transfer, Transfer)
        assert transfer.language == "bo"


def test_such_a_number_can_take_it_back(tmp_path: Path) -> None:
    caller = CallerProfile("13909710001", speaks="bo")
    for answer in (Keyed(NOW, "2"), Heard(NOW, understood("不是", "deny"))):
        call = Call(tmp_path, caller, silent={"bo"}).event(answer)
        assert call.languages == ["zh"], "the next call is greeted in Mandarin"
        assert "您要办什么事？" in call.said
    call = Call(tmp_path, caller, silent={"bo"}).hear("我要挂骨科", "book_appointment", department="骨科")
    assert call.state.frames[-1].values["department"] == "骨科"


def test_a_language_without_a_voice_is_named_by_its_recordings(tmp_path: Path) -> None:
    call = Call(tmp_path).hear("换个语言", "change_language")
    own = [one.pieces for one in call.actions if isinstance(one, Say) and one.language == "bo"]
    assert own == [("བོད་སྐད་བཤད་འདོད་དམ།",)]
    silent = Call(tmp_path, silent={"bo"}).hear("换个语言", "change_language")
    assert not [one for one in silent.actions if isinstance(one, Say) and one.language == "bo"]


def test_every_language_is_found_by_its_names() -> None:
    packs = load_packs()
    for code, pack in packs.items():
        for text in (f"换{pack.called('zh')}", pack.name):
            assert [one.code for one in named(text, packs)] == [code]
    assert named("on Tuesday", packs) == []


def test_a_stored_conversation_goes_on_in_its_language(tmp_path: Path) -> None:
    call = Call(tmp_path).hear("换英语", "change_language")
    call.state = State.from_json(call.state.to_json())
    assert "Which department do you need?" in call.press("1").said


@pytest.mark.parametrize(
    ("text", "asked", "language"),
    [
        ("换藏语", False, "bo"),
        ("我不会说汉话，说土族话吧", True, "mjg"),
        ("藏雨", True, "bo"),
        ("藏语", False, "bo"),
        ("speak Tibetan", False, "bo"),
        ("我儿子在学校学英语考了一百分", False, None),
        ("我要挂号", False, None),
        ("换个语言", True, None),
        ("说脏语", True, "bo"),
        ("我老伴让换藏语", True, "bo"),
        ("不要英语，要藏语", True, "bo"),
        ("我不会说普通话，找个说藏语的人", True, "bo"),
    ],
)
def test_which_language_the_words_ask_for(text: str, *, asked: bool, language: str | None) -> None:
    assert Languages(load_packs(), frozenset({"zh"})).wanted(text, asked=asked) == language


class _Mandarin(Understander):
    def understand(self, text: str, context: ParseContext) -> Understanding:
        return Understanding(f"{context.language}:{text}", "inform", 0.9, accepted=True)


@pytest.mark.parametrize(
    ("language", "text", "meaning"),
    [
        ("en", "Yes, that's right.", ["对", "对"]),
        ("en", "The day after tomorrow, in the morning.", ["后天", "上午"]),
        ("en", "I think nothing of it", []),
        ("ko", "모레 오전에요", ["后天", "上午"]),
        ("bo", "མ་རེད།", ["不对"]),
        ("kk", "Ертең түстен кейін", ["明天", "下午"]),
    ],
)
def test_phrases_are_read_as_what_they_mean(language: str, text: str, meaning: list[str]) -> None:
    assert [found for _, found in in_mandarin(text, load_packs()[language])] == meaning


def test_an_offered_choice_is_understood_by_the_words_in_which_it_was_read_out() -> None:
    book = Phrasebook(_Mandarin(), load_packs())
    context = ParseContext(NOW, "en", phrases={"choice": ("To book a doctor", "Eye department")})
    assert book.understand("eye department please", context).text == "zh:Eye department"
    assert not book.understand("mumble", context).accepted
    assert book.understand("挂号", ParseContext(NOW, "zh")).text == "zh:挂号"
    assert book.understand("不对", ParseContext(NOW, "bo")).text == "zh:不对", "taught by example"


@pytest.mark.parametrize(
    ("text", "intent", "accepted"),
    [
        ("my back hurts", "go_back", False),
        ("go back please", "go_back", True),
        ("the sick person is my husband", "human_agent", False),
        ("a person please", "human_agent", True),
        ("I want to speak to a person", "human_agent", True),
        ("goodbye", "goodbye", True),
        ("what time does the doctor come", "book_appointment", False),
    ],
)
def test_one_word_of_a_sentence_that_is_not_understood_is_not_its_meaning(
    understander: Understander, text: str, intent: str, accepted: bool
) -> None:
    said = Phrasebook(understander, load_packs()).understand(text, ParseContext(NOW, "en"))
    assert (said.accepted and said.intent == intent) is accepted


def test_a_value_that_was_asked_for_is_found_in_a_long_sentence(understander: Understander) -> None:
    book, text = Phrasebook(understander, load_packs()), "if it is not too much trouble it should be on Monday"
    assert "date" in book.understand(text, ParseContext(NOW, "en", ("date",))).slots
    assert "date" not in book.understand(text, ParseContext(NOW, "en")).slots


def test_a_language_that_nothing_can_hear_today_goes_on_by_key_and_says_so_in_it(tmp_path: Path) -> None:
    call = Call(tmp_path, CallerProfile("13909710001", unheard=("ko", "bo"))).hear("说韩语", "change_language")
    assert "지금은 번호를 눌러 주세요. 사람과 말하려면 영을 누르세요." in call.said
    assert "병원 접수, 일번을 누르세요." in call.said
    assert "안녕하세요" not in call.said, "the caller was greeted already"


def test_a_number_that_speaks_such_a_language_is_greeted_with_keys(tmp_path: Path) -> None:
    call = Call(tmp_path, CallerProfile("13909710001", language="ko", unheard=("ko",)))
    assert "안녕하세요, 은방울 전화입니다. 지금은 번호를 눌러 주세요." in call.said
    assert "병원 접수, 일번을 누르세요." in call.said
