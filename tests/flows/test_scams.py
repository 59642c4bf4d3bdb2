"""Signs of a fraud: a soft flag with reasons, calm advice once, the offer of a person, and back to what was wanted."""

from __future__ import annotations

import pytest

from flows.actions import Flag
from flows.scams import SIGNS, signs
from tests.flows.talk_helpers import Talk

SUSPECT = """
警察说要我把钱转到安全账户
公安局打电话说我洗钱，让我转账
我孙子出事了要我汇钱
说我儿子出车祸了急着要钱
有人卖保健品让我先交定金
他让我把验证码念给他
那个人要我银行卡密码
说是社保局的，要我把养老金转过去
让我共享屏幕退款
说我中奖了要先交手续费
他叫我不要告诉儿子，把钱取出来
派出所打来的，说我身份证涉案，让我把存款转到核查账户
孙娃叫人抓了，要三万块赎人
讲课的老师说仪器能治高血压，先交五千块押金
客服说退款，叫我下载个软件看我的手机
法院的人说我卡冻结了要交保证金
外孙女打电话说住院了急用钱
让我把短信上那个六位数报给他
神医给我看病，药要一万块先付
冒充我孙子要钱
说能多领补贴，得先交手续费
卖床垫的人在我家不走，叫我交八千
有个人在门口收煤气安检费，要五百
推销保健品的在我家坐着不走，非让我交钱
燃气公司的人上门换阀门，要三百块
敲门的说免费清洗油烟机，完了叫我付两百
"""
HARMLESS = """
我想挂后天上午的骨科
查一下我的养老金
取号码我报给你
密码忘了怎么改
我孙子出车祸了，想挂骨科
儿子给我打钱了没有
派出所在哪里
我要给警察送锦旗
养老金什么时候打到卡上
社保局几点上班
我买的保健品过期了能退吗
医保局的电话是多少
我想给孙子转学
给女儿挂个号，她住院了
银行卡丢了怎么挂失
挂号要先交钱吗
我的钱取不出来，卡坏了
警察同志你好
取钱要带身份证吗
不要告诉我儿子我看病了
验证码收不到
收水费的上门来过了
上门量血压要钱吗
家政上门打扫要多少钱
家门口卖菜的走了没有
上门换灯泡要多少钱
"""
SAFE_ACCOUNT = "警察说要我把钱转到安全账户"


@pytest.mark.parametrize("words", SUSPECT.split("\n")[1:-1])
def test_a_sign_is_seen_with_its_reason(words: str) -> None:
    assert signs(words)
    assert set(signs(words)) <= set(SIGNS)


@pytest.mark.parametrize("words", HARMLESS.split("\n")[1:-1])
def test_ordinary_wishes_have_no_sign(words: str) -> None:
    assert signs(words) == ()


def test_the_caller_hears_advice_and_is_offered_a_person_without_an_accusation() -> None:
    talk = Talk().hear(SAFE_ACCOUNT)
    assert "九六一一零" in talk.said
    assert talk.prompts == ["main.fraud"]
    assert not any(word in talk.said for word in ("骗", "犯", "举报"))
    assert talk.hear("好").transferred.summary["flags"] == ["scam:safe_account", "scam:police_money"]


def test_the_flag_is_an_event_with_the_reasons_in_words() -> None:
    flags = [action for action in Talk().hear(SAFE_ACCOUNT).actions if isinstance(action, Flag)]
    assert flags == [
        Flag(
            "scam",
            ("safe_account", "police_money"),
            ("提到“安全账户”", "自称公安、法院或社保的人要钱或要卡号"),
            SAFE_ACCOUNT,
        )
    ]


def test_no_person_leads_back_to_the_question_that_stood() -> None:
    talk = Talk().hear("挂骨科", "book_appointment", department="骨科")
    talk.hear(SAFE_ACCOUNT)
    assert talk.hear("不用").prompts == ["appointment.ask_date"]


def test_what_was_wanted_in_the_same_breath_is_done_afterwards() -> None:
    talk = Talk().hear("派出所叫我转钱，先给我挂个骨科", "book_appointment", department="骨科")
    assert talk.prompts == ["main.fraud"]
    assert talk.hear("不用").prompts == ["appointment.ask_date"]


def test_advice_is_given_once_and_later_signs_go_on_record() -> None:
    talk = Talk().hear("挂骨科", "book_appointment", department="骨科")
    talk.hear(SAFE_ACCOUNT)
    talk.hear("不用")
    talk.hear("他让我把验证码念给他")
    assert "main.fraud" not in talk.prompts
    assert "scam:code_read_out" in talk.state.flags
