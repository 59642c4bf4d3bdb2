"""How answers are read at a read-back, with the understanding that calls use: what elders say besides yes and no."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from flows.events import CallerProfile, Heard
from nlu.understand import ParseContext
from tests.flows.talk_helpers import AFTER_TOMORROW, TOMORROW, Office, Talk, session
from tests.remembering import Remembering

Say = Callable[[Talk, str], Talk]
YES = """对，谢谢姑娘
好的姑娘，就这么办
对，就这么挂吧，谢谢你啊姑娘
对，我老伴陪我去
对，就挂这个吧，我儿子开车送我去
对对，我儿子在旁边呢
哎，对
行，孩子，麻烦你了
对，是我儿子让我挂的
好，给我老伴也挂一个
好，谢谢，再见
好，谢谢，挂了啊
好好，那就后天上午""".splitlines()
NOT_YET = """等一下我问问老伴
我问一下我儿子
哎
唉
诶
对不对啊老伴
老伴你看行不行
那我老伴也要挂一个
好，我看看
好，我记一下""".splitlines()
HIMSELF = [
    "本人",
    "嗯，我是",
    "我就是马建国",
    "马建国是我",
    "哎，是我",
    "是我，姑娘",
    "对，我姑娘帮我打的",
    "对，谢谢姑娘",
]
SOMEBODY_ELSE = """是我老伴
马建国是我老伴
我是他儿媳妇
我是马建国的老婆
我是马建国儿子
我给我老伴查
他不在
我是马建军
对，我替我老伴查
对，我老伴的养老金
不是我，是我爸""".splitlines()


@pytest.fixture
def say(understander: Remembering) -> Say:
    """Says something to a conversation, as it is understood at the question that stands."""

    def said(talk: Talk, text: str) -> Talk:
        asked = talk.listening
        context = ParseContext(talk.now, "zh", asked.expect, asked.phrases)
        return talk.event(Heard(talk.now, understander.understand(text, context)))

    return said


def read_back(name: str = "") -> Talk:
    """An appointment is read back: for the caller, or for somebody with a name."""
    wish = {"department": "骨科", "date": AFTER_TOMORROW, "part_of_day": "am"}
    whose = {"patient": "other", "person_name": name} if name else {"patient": "self"}
    office = Office(find_sessions={"sessions": [session(1), session(2, "省中医院")], "nearest": []})
    talk = Talk(office).hear("我要挂骨科", "book_appointment", **wish).hear("给谁", "inform", **whose)
    assert talk.prompts == ["appointment.confirm_other" if name else "appointment.confirm"]
    return talk


def values(talk: Talk) -> dict[str, object]:
    return talk.state.frames[-1].values


def booked(talk: Talk) -> bool:
    return any(operation == "book" for operation, _ in talk.office.asked)


@pytest.mark.parametrize("words", YES)
def test_a_yes_with_thanks_or_with_who_comes_along_books(words: str, say: Say) -> None:
    talk = say(read_back(), words)
    assert talk.office.last("book")["patient"] == "self"


@pytest.mark.parametrize("words", NOT_YET)
def test_who_has_not_said_yes_yet_has_booked_nothing_and_lost_nothing(words: str, say: Say) -> None:
    talk = say(read_back(), words)
    assert not booked(talk)
    assert values(talk)["patient"] == "self"
    assert booked(say(talk, "对"))


def test_a_question_that_names_what_stands_is_no_answer_to_the_read_back(say: Say) -> None:
    assert say(read_back(), "骨科在几楼").prompts == ["main.no_answer"]


@pytest.mark.parametrize("words", ["不对，给我老伴挂", "不是我，是我老伴", "是我老伴看", "我替我老伴挂的"])
def test_who_says_that_it_is_for_another_is_asked_for_the_name(words: str, say: Say) -> None:
    talk = say(read_back(), words)
    assert not booked(talk)
    assert talk.prompts[-1] == "appointment.ask_name"


@pytest.mark.parametrize("words", ["我自己，姑娘", "我，姑娘", "我自己，我儿子陪我去"])
def test_whose_it_is_is_heard_beside_a_daughter_who_is_only_spoken_to(words: str, say: Say) -> None:
    wish = {"department": "骨科", "date": AFTER_TOMORROW, "part_of_day": "am"}
    talk = say(Talk().hear("我要挂骨科", "book_appointment", **wish), words)
    assert talk.prompts[-1] == "appointment.confirm"
    assert values(talk)["patient"] == "self"


@pytest.mark.parametrize("words", ["不是，是王得福，得到的得", "不对，王得福", "不是王德福，是王得福"])
def test_a_name_is_put_right(words: str, say: Say) -> None:
    talk = say(read_back("王德福"), words)
    assert talk.prompts[-1] == "appointment.confirm_other"
    assert values(talk)["patient_name"] == "王得福"


def test_a_name_that_is_only_denied_is_asked_for(say: Say) -> None:
    assert say(read_back("王德福"), "不是王德福").prompts == ["appointment.ask_name"]


@pytest.mark.parametrize(
    "words",
    ["不对，不是省人民医院", "换个医院", "不行，医院不对", "太远了", "能不能换个近一点的医院"],
)
def test_who_does_not_want_the_hospital_chooses_another(words: str, say: Say) -> None:
    talk = say(read_back(), words)
    assert talk.prompts[0] == "appointment.choose_hospital"
    assert not booked(talk)


@pytest.mark.parametrize(
    ("words", "asks"),
    [
        ("我要换个大夫", "appointment.no_such_doctor"),
        ("换个医院", "appointment.choose_hospital"),
        ("换个时间", "appointment.ask_date"),
        ("换一天", "appointment.ask_date"),
        ("时间", "appointment.ask_date"),
        ("换个科", "appointment.ask_department"),
        ("换看病的人", "appointment.ask_patient"),
    ],
)
def test_what_is_to_be_changed_is_asked_for_at_once(words: str, asks: str, say: Say) -> None:
    talk = say(read_back(), "不对")
    assert talk.prompts[0] == "appointment.fix"
    assert say(talk, words).prompts[0] == asks


@pytest.mark.parametrize("words", ["不换了，就这样", "不用换", "就挂这个吧"])
def test_who_wants_nothing_changed_hears_it_read_back_again(words: str, say: Say) -> None:
    talk = say(say(read_back(), "不对"), words)
    assert talk.prompts == ["appointment.confirm"]
    assert booked(say(talk, "对"))


def test_a_value_that_is_given_beside_the_topic_goes_before_it(say: Say) -> None:
    talk = say(read_back(), "时间不对，换成明天")
    assert talk.prompts[-1] == "appointment.confirm"
    assert values(talk)["date"] == TOMORROW


@pytest.mark.parametrize("words", ["好是好，就是太早了", "我后天有事", "换一天", "去不了"])
def test_who_cannot_come_that_day_chooses_another(words: str, say: Say) -> None:
    talk = say(read_back(), words)
    assert talk.prompts[0] == "appointment.ask_date"
    assert not booked(talk)


@pytest.mark.parametrize("words", ["我没说骨科", "不是骨科"])
def test_a_department_that_nobody_wanted_is_asked_for(words: str, say: Say) -> None:
    assert say(read_back(), words).prompts == ["appointment.ask_department"]


def pension() -> Talk:
    """“Are you Ma Jianguo?”"""
    money = {"status": "paid", "month": "2026-02", "amount_yuan": 3125.0, "paid_on": "2026-03-01", "reason": None}
    caller = CallerProfile(number="13909710002", name="马建国", person_id=1)
    talk = Talk(Office(last_payment=money), caller).hear("我的养老金", "query_pension")
    assert talk.prompts == ["pension.confirm_name"]
    return talk


@pytest.mark.parametrize("words", ["哎", "唉", "诶", "马建国", "哪个马建国"])
def test_nobody_hears_of_a_pension_for_a_sigh_or_a_name(words: str, say: Say) -> None:
    talk = say(pension(), words)
    assert talk.prompts[-1] == "pension.confirm_name"
    assert not talk.office.asked
    assert say(talk, "哎，是我").prompts[0] == "pension.paid"


@pytest.mark.parametrize("words", HIMSELF)
def test_who_says_that_it_is_they_is_told(words: str, say: Say) -> None:
    assert say(pension(), words).prompts[0] == "pension.paid"


@pytest.mark.parametrize("words", SOMEBODY_ELSE)
def test_who_calls_for_another_is_asked_for_the_number_even_with_a_yes(words: str, say: Say) -> None:
    talk = say(pension(), words)
    assert talk.prompts == ["pension.ask_identity"]
    assert not talk.office.asked


@pytest.mark.parametrize("words", ["不，我替我老伴查", "我替我老伴查", "我给我妈查"])
def test_for_whom_it_is_asked_is_no_other_service(words: str, say: Say) -> None:
    assert say(pension(), words).prompts == ["pension.ask_identity"]


def test_another_service_for_a_relative_is_one(say: Say) -> None:
    assert say(pension(), "不，给我老伴挂骨科").prompts == ["main.switch"]


@pytest.mark.parametrize(
    "words", ["给我老伴查养老金", "替我老伴查一下养老金", "我妈的养老金发了没有", "我老伴养老金发了没"]
)
def test_the_pension_of_a_relative_is_not_that_of_whoever_calls(words: str, say: Say) -> None:
    """“Are you Ma Jianguo?” would be answered with a yes, and his own amount told as that of his wife."""
    money = {"status": "paid", "month": "2026-02", "amount_yuan": 3125.0, "paid_on": "2026-03-01", "reason": None}
    caller = CallerProfile(number="13909710002", name="马建国", person_id=1)
    talk = say(Talk(Office(last_payment=money), caller), words)
    assert talk.prompts[-1] == "pension.ask_identity"
    assert "挂" not in talk.said
    assert not say(talk, "对").office.asked


@pytest.mark.parametrize("words", ["儿子让我查养老金", "丫头你帮我查下养老金", "查养老金，我儿子在旁边"])
def test_who_is_only_spoken_of_does_not_own_the_pension(words: str, say: Say) -> None:
    caller = CallerProfile(number="13909710002", name="马建国", person_id=1)
    assert say(Talk(Office(), caller), words).prompts == ["pension.confirm_name"]
