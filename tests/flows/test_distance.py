"""What somebody in danger says besides takes nothing back: a telephone that runs out, deaf ears, the cost."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from flows import distance
from flows.emergencies import number_for, perhaps
from nlu.understand import Understanding
from tests.flows.talk_helpers import Talk, understood

Understand = Callable[[str], Understanding]
BESIDE = """
电话快没电了，我老伴喘不上气
我手机快没电了，我摔在门口动不了
手机快没电了我老伴叫不醒了
喂我手机没电了快点我老伴昏倒了
家里着火了，电话马上没电了
我耳朵不行，听不清，我老伴摔了起不来
我腿脚不行，摔了爬不起来
我老伴摔倒了起不来我腿脚不行扶不动她
我眼睛不行，掉沟里了爬不上来
我没事，就是胸口疼，喘不上气
我没啥大事，只是胸口疼得直冒汗
我没啥事，就是老伴突然说不出话
我没摔，就是突然半边身子不能动
不着急，就是我老伴躺地上叫不醒
不要紧不要紧，就是喘不上气
跟上次一样，胸口压得喘不过气
和上回一样，又喘不上气了
以前没这样过，胸口疼得出冷汗
我以前没这么疼过，疼得满头大汗，肚子疼
从来没这么疼过，头要炸了
我爸以前有心梗，今天又胸口憋得慌，脸发白
哎哟我胸口疼，等一下，电话快没电了，喘不上气
老伴摔了头流血，能报销不
老伴摔了头流血能报销不
我老伴叫不醒，挂什么科
我老伴叫不醒挂什么科
我老伴昏迷了，怎么办理住院
老爷子抽搐了，这个要挂急诊吗
我喘不上气，去医院医保能报吗
我老伴晕倒了，听说这是脑梗
我老伴晕倒了听说这是脑梗
我爸叫不醒，听人说要掐人中
老伴吐血了，医保卡没带能不能看
我老伴叫不醒，你们咋还不来，我要投诉
我昨天摔了，今天腰动不了
前天撞了头，现在叫不醒了
我老伴昨天摔了一跤，今天早上起不来床了
如果不来人我就跳楼
你们再不来人我就喝药了
要是再不来人我就不行了
能不能打个120，我起不来
耳朵聋，电视声大，老伴跌倒了我才看见，起不来
我有糖尿病，以前晕过，这会儿又出冷汗手抖，快不行了
姑娘我不急，我老伴嘴歪了半天了
去年装的支架，今早胸口憋得上不来气
听不见你说话，反正我家进小偷了
我腿脚不行，锅着火了灭不了
要是救护车不来，我老伴就没气了
老伴喝农药了，怎么救的
我刚看完新闻，起来就摔了，站不起来
孩子掉水里捞上来了，没呼吸了
我爸犯心脏病了，以前的药过期了能吃吗
大夫说没事，可我现在喘不上气
上次医院说是老毛病，这回胸口疼得冒冷汗
"""
TAKEN_BACK = """
刚才喘不上气，现在好多了
我摔了一跤，没事
我跌倒了，没事，就是想问个号
要是我妈摔了，叫不醒，该打哪个电话
听说我老同学晕倒了
我老伴去年晕倒了挂什么科
我老伴以前晕倒过挂什么科
昏迷病人医保能报多少
心梗晕倒能报销吗
我没摔，就是来复查的
电话快没电了
我腿脚不行，能不能上门
跟上次一样，挂骨科
你们再不来人修路灯我就投诉
打120要钱吗
看电视上说晕倒了不能动
孩子掉水里捞上来了，好着呢
"""


@pytest.mark.parametrize("words", BESIDE.split("\n")[1:-1])
def test_danger_is_danger_whatever_is_said_besides(words: str, understand: Understand) -> None:
    assert number_for(understand(words)) is not None


@pytest.mark.parametrize("words", TAKEN_BACK.split("\n")[1:-1])
def test_what_is_over_or_a_case_that_is_put_is_none(words: str, understand: Understand) -> None:
    assert number_for(understand(words)) is None


def test_the_head_that_bursts_is_no_fire(understand: Understand) -> None:
    assert number_for(understand("从来没这么疼过，头要炸了")) == "120"


def test_an_aside_is_cut_out_and_the_rest_is_kept() -> None:
    assert distance.without_asides("手机快没电了，我摔了") == "，，我摔了"
    assert distance.without_asides("起不来我腿疼") == "起不来我腿疼"


def test_what_surely_sounds_like_danger_though_the_words_take_it_back_is_asked_about() -> None:
    over = understood("刚才喘不上气，现在好多了", "emergency", confidence=0.95)
    assert number_for(over) is None
    assert perhaps(over)
    talk = Talk().hear("刚才喘不上气，现在好多了", "emergency")
    assert talk.prompts == ["main.no_service"]
    assert talk.hear("好").transferred.reason == "policy"


def test_no_person_leads_back_and_a_person_is_offered_once_only() -> None:
    talk = Talk().hear("刚才喘不上气，现在好多了", "emergency")
    assert talk.hear("不用").prompts == ["main.open"]
    assert "main.no_service" not in talk.hear("刚才喘不上气，现在好多了", "emergency").prompts


def test_whoever_wants_an_appointment_is_not_held_up() -> None:
    talk = Talk().hear("我以前昏迷过，想挂个骨科", "book_appointment", department="骨科")
    assert talk.prompts == ["appointment.ask_date"]
