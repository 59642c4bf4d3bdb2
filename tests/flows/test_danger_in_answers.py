"""Answers to a question are short, and the understanding takes what it has not learnt for danger: it needs words for it
there. Danger itself is heard at every question."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import datetime

import pytest

from flows.actions import CallOffice, Transfer
from flows.emergencies import number_for
from flows.events import CallerProfile, Heard, Started
from nlu.evaluate import TEST_SET
from nlu.understand import ParseContext, Understander
from tests.flows.talk_helpers import AFTER_TOMORROW, Talk, engine, understood

NOW = datetime(2026, 3, 12, 9, 0)  # noqa: DTZ001  the engine is given local time without a zone
Answered = Callable[[str, str], str | None]
ANSWERS = """
department 感冒了
department 我发烧了
department 娃发烧了
department 我牙疼得厉害
department 我眼睛疼得厉害
department 腰疼得厉害
department 膝盖疼得不行
department 起疹子了
department 脚肿了
department 老寒腿犯了
department 痔疮出血
department 抽血化验
department 摔了腿疼
department 心血管，后天早上八点，给我老头，他叫赵有财
department 他睡着了，我替他挂
date 快点
date 快点儿
date 等他起来了再说
date 等我戴上眼镜
national_id 眼镜找不着了
national_id 身份证在柜子里，我起来拿
national_id 本子上写着哩，看不清
national_id 掉到床底下了，我够一下
code 我在炕上坐着，够不着本子
code 娃拿走了
affirm 对了，我老伴也要看
affirm 我老伴来了，我问问她
affirm 我锅里还烧着水呢
affirm 莫了
affirm 发到哪张卡上了
patient 我老伴没了
person_name 他叫石火生
affirm 哎呀，我手抖，按错了
affirm 我把火关了再说
affirm 钱没到账，气死我了
date 我腿疼，得等女婿开车
date 急着呢，最早的
code 手机没电了，号在手机里
code 本子叫猫抓烂了
patient 我老伴，她腿断过
department 心慌睡不好
department 我咳嗽咳得睡不着
department 牙掉了一颗
"""
DANGERS = """
department 我胸口疼得厉害
department 肚子疼得我在地上打滚
department 被蛇咬了一口，腿肿起来了
department 头疼得要裂开了，一直吐
date 我不想拖累娃娃们了，今天晚上就走了算了
date 快点来人，老伴抽起来了
patient 老汉手冰凉冰凉的咋喊都不应声
patient 侄儿子拿铁锨要劈我
affirm 哎呀我老伴倒在地上了，脸都紫了
affirm 邻居家冒火了
national_id 我喘气费劲，嘴唇都青了
person_name 后头加油站那边黑烟滚滚
code 别问了，我男人从房顶上掉下来了
department 娃烧得抽起来了
department 老公呕血了，你说挂哪个
affirm 别说了，我孙子烫了，满身是泡
affirm 家里进人了，我听见有人撬窗户
date 楼下着火了我得跑
date 困在电梯里了
affirm 我写好遗书了
code 我没摔，就是突然半边身子不能动
date 昨天让狗咬了，血止不住
affirm 没什么大事，炉子把被子引着了
national_id 能不能先别问了，我家着火了
department 我血压两百多，头晕得站不住，挂哪个科
patient 我没事，家里煤气漏了
"""
QUESTIONS = ("department", "date", "affirm", "patient", "person_name", "national_id", "code", "part_of_day")


@pytest.fixture
def answered(understander: Understander) -> Answered:
    """The number to call for what is said to a question that expects a slot."""

    def number(expected: str, words: str) -> str | None:
        return number_for(understander.understand(words, ParseContext(NOW, expect=(expected,))), (expected,))

    return number


@pytest.mark.parametrize("line", ANSWERS.split("\n")[1:-1])
def test_an_ordinary_answer_is_no_emergency(line: str, answered: Answered) -> None:
    assert answered(*line.split()) is None


@pytest.mark.parametrize("line", DANGERS.split("\n")[1:-1])
def test_danger_wins_over_the_question_that_stands(line: str, answered: Answered) -> None:
    assert answered(*line.split()) is not None


@pytest.mark.parametrize("question", QUESTIONS)
def test_dangers_that_were_not_learnt_are_heard_at_every_question(question: str, answered: Answered) -> None:
    found = []
    for name in ("emergencies.csv", "emergencies_again.csv"):
        with TEST_SET.with_name(name).open(encoding="utf-8", newline="") as file:
            found += [answered(question, row["text"]) for row in csv.DictReader(file) if row["number"]]
    assert sum(one is not None for one in found) >= 0.98 * len(found)


def test_who_has_caught_a_cold_gets_the_department_that_it_names() -> None:
    talk = Talk().hear("我要挂号", "book_appointment")
    assert talk.hear("感冒了", "emergency", department="内科").prompts[-1] == "appointment.ask_date"


def test_all_that_a_booking_needs_is_taken_whatever_else_it_sounds_like() -> None:
    talk = Talk().hear("我要挂号", "book_appointment")
    talk.hear(
        "骨科，后天上午，给我", "emergency", department="骨科", date=AFTER_TOMORROW, part_of_day="am", patient="self"
    )
    assert talk.prompts[-1] == "appointment.confirm"


def test_what_sounds_like_danger_without_a_word_of_it_is_offered_a_person_and_not_told_to_speak_up() -> None:
    talk = Talk().hear("挂骨科", "book_appointment", department="骨科")
    assert talk.hear("奶奶咋成这样了", "emergency").prompts == ["main.no_service"]
    assert talk.hear("不用").prompts == ["appointment.ask_date"]


def test_hurry_is_no_danger_and_the_question_is_put_again() -> None:
    talk = Talk().hear("挂骨科", "book_appointment", department="骨科")
    assert talk.hear("快点", "emergency").prompts[-1] == "appointment.ask_date"


@pytest.mark.parametrize(("words", "danger"), [("快点", False), ("哎呀老伴晕倒了", True)])
def test_while_an_office_works_impatience_is_no_danger(words: str, danger: bool) -> None:
    state, _ = engine().start(Started(NOW, CallerProfile()))
    state, actions = engine().step(state, Heard(NOW, understood("挂号", "book_appointment")))
    assert isinstance(actions[-1], CallOffice)
    state, actions = engine().step(state, Heard(NOW, understood(words, "emergency")))
    assert isinstance(actions[-1] if actions else None, Transfer) is danger
    assert state.waiting is not danger
