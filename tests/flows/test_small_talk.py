"""Who speaks, what day it is: short and honest answers, and then what was asked is asked again."""

from __future__ import annotations

import pytest

from flows.events import CallerProfile
from tests.flows.talk_helpers import Talk, really
from tests.remembering import Remembering

OF_US = [
    *(
        "喂，你是谁啊",
        "你是谁",
        "你姓啥",
        "您贵姓",
        "你叫什么名字",
        "你是机器还是人",
        "你是机器人吗",
        "你是真人吗",
        "是不是机器啊",
    ),
    *(
        "你们是哪里",
        "你们是哪里的",
        "你们是干啥的",
        "你是哪位",
        "你们是什么单位",
        "我这是跟谁说话",
        "你是骗子吧",
        "你们是不是骗人的",
    ),
]


def in_the_middle() -> Talk:
    return Talk().hear("挂骨科", "book_appointment", department="骨科")


@pytest.mark.parametrize("words", OF_US)
def test_who_asks_who_speaks_is_told_honestly(words: str, understander: Remembering) -> None:
    talk = really(Talk(), words, understander)
    assert talk.prompts == ["main.who", "main.open"]
    assert "机器" in talk.said
    assert "按零" in talk.said
    assert really(in_the_middle(), words, understander).prompts == ["main.who", "appointment.ask_date"]


@pytest.mark.parametrize(
    ("words", "prompt", "said"),
    [
        ("今天星期几", "main.today", "三月十号，星期二"),
        ("今天几号", "main.today", "三月十号，星期二"),
        ("今天是几月几号啊", "main.today", "三月十号，星期二"),
        ("现在几点了", "main.time", "上午九点半"),
    ],
)
def test_the_day_and_the_time_are_told(words: str, prompt: str, said: str, understander: Remembering) -> None:
    talk = really(Talk(), words, understander)
    assert talk.prompts == [prompt, "main.open"]
    assert said in talk.said
    talk = really(in_the_middle(), words, understander)
    assert talk.prompts == [prompt, "appointment.ask_date"], "and today is no answer to the day of the appointment"


@pytest.mark.parametrize(
    "words",
    [
        *("我要挂号", "骨科在哪里", "哪个大夫好", "几号有号", "我问一下养老金几号发", "是谁给我挂的号", "今天能挂上吗"),
        *("今天的号还有吗", "你们几点开门", "我要人工", "给谁都行", "哪里", "叫什么名字"),
    ],
)
def test_other_questions_are_no_small_talk(words: str, understander: Remembering) -> None:
    prompts = really(Talk(), words, understander).prompts
    assert not {"main.who", "main.today", "main.time"} & set(prompts)


@pytest.mark.parametrize("words", ["我打错了", "打错电话了", "哎呀打错了，不好意思", "娃娃乱按的"])
def test_who_has_misdialled_is_let_go_kindly(words: str, understander: Remembering) -> None:
    talk = really(Talk(), words, understander)
    assert talk.prompts == ["main.misdialled"]
    assert talk.over.outcome == "nothing"


def test_in_a_flow_a_wrong_key_is_no_wrong_number(understander: Remembering) -> None:
    assert "main.misdialled" not in really(in_the_middle(), "按错了", understander).prompts


@pytest.mark.parametrize("words", ["没事", "没啥事", "没什么事", "就试试"])
def test_who_wants_nothing_is_asked_whether_they_ring_off(words: str, understander: Remembering) -> None:
    assert really(Talk(), words, understander).prompts == ["main.leave"]


@pytest.mark.parametrize("words", ["为啥要我的身份证，你是骗子吧", "你要我身份证干啥用", "你是骗子吧"])
def test_why_the_identity_number_is_wanted_is_told(words: str, understander: Remembering) -> None:
    known = CallerProfile(number="13909710001", name="马建国", person_id=1)
    for caller in (known, CallerProfile(number=None)):
        talk = really(Talk(caller=caller), "查养老金", understander)
        asked = talk.state.question
        assert asked is not None
        assert really(talk, words, understander).prompts == ["pension.answer_why", asked.prompt]


@pytest.mark.parametrize("answer", ["不要", ""])
def test_who_asks_what_to_do_about_a_fraud_hears_the_advice_again(answer: str, understander: Remembering) -> None:
    talk = really(Talk(), "有人让我把钱转到安全账户", understander)
    if answer:
        really(talk, answer, understander)
    talk = really(talk, "那我咋办", understander)
    assert talk.prompts == ["main.fraud"]
    assert "九六一一零" in talk.said


@pytest.mark.parametrize("words", ["喂", "喂喂", "喂，听得到吗", "你好"])
def test_who_calls_into_the_line_is_answered_and_in_the_end_by_a_person(words: str, understander: Remembering) -> None:
    talk = really(Talk(), words, understander)
    assert talk.prompts == ["repair.still_here", "main.open"]
    really(talk, words, understander)
    assert really(talk, words, understander).transferred.to == "human"
