"""Emergencies: caught in natural and dialect words, with the number to call; what is past, asked or booked is none."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from flows import mishaps
from flows.actions import Flag, Say
from flows.emergencies import number_for
from nlu.evaluate import TEST_SET
from nlu.understand import Understanding
from tests.flows.talk_helpers import AFTER_TOMORROW, Talk, understood

Understand = Callable[[str], Understanding]
HAPPENING = """
老伴昏迷了，要不要叫救护车 120
我胸口疼得厉害，要不要紧 120
老伴昏迷了，他以前有心脏病 120
可以帮我叫个救护车吗 120
老伴晕倒了，可以派个车吗 120
我摔倒了起不来 120
胸口疼得厉害 120
着火了 119
老汉没气了 120
煤气味大得很 119
救命啊 120
我老伴晕过去了 120
老头子叫不醒了 120
阿奶跌倒了动弹不得 120
我心口疼得受不了 120
喘不上气来 120
家里着火了快来 119
厨房冒烟了 119
有人撬我家门 110
家里进了贼了 110
有人拿着刀 110
我不想活了 120
老伴吃错药了 120
娃娃掉水里了 120
我胸口疼得厉害想挂个号 120
我摔了一跤起不来了，能不能帮我叫个人 120
流了好多血止不住 120
他半边身子动不了了 120
老汉嘴歪了说不出话 120
阿爷倒在地上了喊不醒 120
快叫救护车 120
我头晕得站不住了 120
胸口闷得喘不过气 120
炉子煤烟打着了头昏得很 120
老伴口吐白沫了 120
我被车撞了 120
房子烧起来了 119
我肚子疼得要命 120
浑身疼得受不了，满头大汗 120
摔断腿了动不了 120
有人抢我的钱 110
打一二零 120
老婆子不喘气了 120
我滑倒了爬不起来 120
心脏病犯了 120
煤气漏了咋办 119
阿奶不行了 120
腿断了 120
我胸口疼 120
娃噎住了 120
老汉喝了农药 120
屋里有煤气味 119
我跌倒了 120
我绊倒在厕所里动不成了 120
妈妈突然不会说话了脸也歪了 120
爷爷从炕上滚下来昏过去了 120
我气上不来了憋得慌 120
隔壁房子起火了烟大得很 119
心里疼得像刀子剜一样 120
人躺在地上没反应了 120
我拉血拉得厉害 120
老伴一下子倒下去了叫不应 120
家里煤气没关好一屋子味 119
有个人翻墙进我院子了 110
我让人打了头破了 110
他吃了一瓶安眠药 120
娃从楼上掉下来了 120
我手指头切断了血哗哗地流 120
阿妈抖得厉害眼睛翻白 120
我现在胸口像石头压着 120
尕娃触了电了 120
柴火堆着了快烧到房子了 119
我快不行了 120
老头子滑了一跤头碰破了血直流 120
我喘得上不来，嘴唇都发紫了 120
婆婆倒在菜地里怎么叫都不醒 120
屋里全是烟，眼睛都睁不开 119
灶房着起来了 119
有人在砸我家窗户要进来 110
我一个人在家，摔得站不起来 120
老汉胸口疼，脸煞白，直冒汗 120
孩子误吞了个纽扣卡在嗓子里 120
我煤烟打着了，浑身没劲 120
快来救人啊 120
他喝了一瓶敌敌畏 120
我心慌得不行快晕了 120
老娘突然不省人事 120
天然气一股味儿怕要炸 119
电视机后头冒烟了 119
我耳背听不清，老汉昏过去了 120
我妈叫不醒了，你们能来个人吗 120
以前放过支架，这会儿胸口又疼得不行 120
娃娃叫大车碾过去了 120
表姐摔倒了动不了 120
那人赖在我家里不走 110
孩子掉井里了 120
娃掉水里了 120
老人掉河里了 120
我掉井里了 120
人掉窖里了 120
他掉粪坑里了 120
我爸掉水渠里了 120
我孙子不小心掉湖里了 120
孩子在河边玩，一不小心掉水里了 120
老伴走着走着掉沟里了 120
掉井里了，快来 120
喂，掉河里了 120
娃娃掉化粪池里了 120
我妈跌沟里了 120
有人落水了 120
邻居骑车翻沟里了 120
面包车掉河里了 120
我提着桶掉井里了 120
我赶羊掉沟里了 120
手机掉水里了，娃也掉水里了 120
我老伴走丢了 110
老人走失了 110
老伴走丢了怎么办 110
我妈有老年痴呆，走丢了 110
我妈昨天走丢的，到现在没回来 110
我妈不见了 110
孩子找不着了，咋办 110
我姑娘跑丢了 110
老汉失踪了 110
我走丢了 110
我迷路了，找不到家了 110
老伴走丢了，又掉河里了 120
我的药掉水沟里了，我喘不上气来 120
药掉水里了，喘不上气了 120
水桶掉井里了，家里着火没水救 119
我的假牙掉水里了，噎住了 120
老汉放羊走丢了 110
我妈遛狗走丢了 110
我爷赶羊迷路了 110
我妈走丢了，手机打不通，定位也没有 110
我爸走丢了，手环没戴 110
老人走丢了，鞋找到了，人没见 110
我妈走失了，衣服找到了人没找到 110
老人走丢了，有老年痴呆，常走丢 110
孩子走丢了，一点消息也没有 110
老伴走丢了，万一冻着了可咋办 110
我妈走丢了，要是冻坏了咋办 110
我妈走丢了，听人说往河边去了 110
孩子走丢了，能不能帮我找 110
孩子走丢了能不能帮我找 110
老伴走丢了，手机停机了 110
我妈又走丢了，以前也走丢过 110
老伴走丢了，上个月才做的手术 110
我爸丢了三天了 110
我妈找不到了，都半天了 110
我找不到路了，回不了家了 110
我爷爷不见了手机也没带 110
孙子不见了快帮我找 110
走迷路了，找不到回家的路 110
保姆说我妈走丢了 110
护工说老人不见了 110
医生说我爸从医院走失了 110
保姆带着孩子走丢了 110
出租车司机说我妈迷路了在路边 110
我爸走丢了，他是大夫 110
我爸走丢了，身上带着户口本 110
我妈走丢了户口本在家 110
我妈不见了钱也没带 110
我爷爷不见了药也没吃 110
老人不见了她的手机在家 110
我妈丢了找不到 110
我妈走丢了，想定位她的手机 110
老人走丢了，手环定位在哪看 110
老人走丢了，刚才还在看电视 110
我妈看电视的时候走丢了 110
老人走丢了，昨天找到了今天又不见了 110
我妈走丢了，警察送回来了，又走了 110
我妈走丢了刚才有人说找到了又不是她 110
我妈走丢了以前也走丢过 110
我妈走丢了，她去年中风了 110
我妈走丢了，她上个月摔了一跤 110
我妈走丢了手机没电了 110
我爸走丢了他腿脚不行 110
我妈走丢了能报警吗 110
老人走丢了能不能报警 110
我妈走丢了如果找不到咋办 110
我担心我妈走丢了到现在没回来 110
我母亲丢了 110
我迷了路 110
我走迷了 110
找不到回去的路 110
老伴出去遛弯没回来 110
老汉昨晚上出去没回来 110
孙子放学没回来 110
腿一下子疼得不行，动不了 120
摔了一跤腿疼得厉害 120
腰疼得直冒冷汗 120
腿突然肿得发黑疼得厉害 120
路边躺着一个老人 120
昨天开始胸口疼，一阵一阵的，越来越厉害 120
邻居昨天打了我，今天又来砸门 110
我要急诊 120
"""
NONE = """
不要紧，不用叫救护车
以前昏迷过，想挂个号
救护车可以报销吗
骨科能看摔伤吗
我以前胸口疼过想挂个号
前天摔了一跤，想挂个骨科
我腿疼，想挂个骨科的号
头疼挂哪个科
胸口有点闷，想约个心内科
我老伴去年中风了，想查养老金
以前摔断过腿，要复查
着火了怎么预防
消防知识讲座什么时候有
煤气费怎么交
烧伤科在哪
我想挂后天上午的骨科
昨天摔倒了，腿有点疼，能不能挂个号
喘气有点费劲的老毛病，挂个呼吸科
我没有摔着，就是想挂个号
救护车多少钱一趟
我想问问要是晕倒了找谁
心脏病挂什么科
胸外科还有号吗
查一下我的养老金
我耳朵不行了听不清
我眼睛不行了，想挂眼科
腰疼得很，想挂个骨科
我要死亡证明
丧葬费补贴怎么申请
再说一遍
我老了不中用了
手机没气了吗不是，是没电了
自行车没气了
打火机坏了
火车票怎么买
我要买一张去西宁的火车
帮我订个出租车去医院
血压有点高想看看内科
吃药吃完了想开药
我要投诉，公交车司机骂人
想查一下急诊科的号
肚子有点不舒服，看什么科
给老伴挂个号，他腿摔过
晚上睡不着觉，想看神经内科
我不要救护车
慢一点说，我喘口气
小偷的事报过警了，问问进展
我女儿说胸口疼过几回现在好了
火葬场电话多少
跌打损伤的药酒有没有卖的
心脏支架手术以后怎么报销
我想问问中风病人的补助怎么办
我去年摔坏的腰还没好，挂个骨科
头晕看哪个科好
煤气罐送一罐上门
我想预约明天上午看心口疼的大夫
血糖高想看看大夫
我要办残疾证，腿断过
电梯坏了找谁修
想投诉楼上天天砸门一样吵
咳嗽得厉害想挂个呼吸科
防火检查什么时候来
眼睛疼想挂个号
小孙子发烧了挂儿科
胃疼得睡不好，约个消化科
牙疼得厉害想看口腔科
我这腿疼得不行，走路都费劲
我膝盖疼得厉害
腰疼得受不了了，贴膏药不管用
肩膀疼得不行，抬不起来
我牙疼得不行
心血管，后天早上八点，给我老头，他叫赵有财
急诊在哪里
急诊能报销吗
我出门被狗吓了一跳没事
腰椎间盘突出，想挂明天的骨科
想给晕车的老伴问个事
高血压药没了去哪里开
孙女摔坏了手机找谁修
我想报名学急救
过年能放烟花吗
挂一个看心脏的号
家里的火炉补贴怎么领
血站在哪里献血
骨折的拍片子要不要预约
家门口的路灯坏了
给我老伴查一下养老金，他去世了
咽炎挂什么科
听力不行想配助听器
我肩膀疼了好几个月想挂号
笑得我肚子疼死了
昨晚梦见房子着火了
钥匙掉井里了
坐火车走不走西宁
存折压在柜子底下了
电话里说我侄子出车祸了叫我打钱
钱掉水里了
钱掉到水里了
手机掉水里了
卡掉井里了
我的手机掉水里了
我不小心把手机掉水里了
娃的鞋掉河里了
羊掉井里了
我假牙掉水里了
去年我掉井里了，腰一直疼，挂个骨科
老人走丢了手环哪里领
防走失手环咋办
我家狗走丢了
羊跑丢了
怕老人走丢，有什么办法
老人容易走丢咋办
去年我妈走丢过
我妈走丢了，已经找到了
我妈的存折丢了
身份证找不到了
我儿子找不到工作
我爸丢了社保卡
我爸丢了社保卡，要补办
我老伴丢了身份证怎么补
女儿丢了手机
我老婆丢了存折要挂失
孙子丢了书包
我儿子丢了工作
我妈丢了一个包
我想叫个车，我找不着路
医院太大，我找不到路
我找不到家里的存折
找不到回家的车
老太太走失三年了，要办户口
我腿不好，认不得路，要人陪着看病
去社保局找不到路
送餐的找不到路
司机迷路了
老人走丢了怎么预防
儿子出去打工没回来
我儿子出门三年没回家了
护工出门买菜还没回来
我妈会不会走丢
怕我爸走丢
我妈去年走丢了
公园里的牛走丢了没回来
走丢的老人怎么领手环
我想给老人办个定位手环怕走丢
昨天电视里说老人走丢了
手机掉河里了
钥匙掉到井里了怎么补
帽子掉井里了
"""


NUMBERED = tuple(TEST_SET.with_name(name) for name in ("emergencies.csv", "emergencies_again.csv"))
"""Sentences that are not learnt, with the number to call; none where there is no danger."""


@pytest.mark.parametrize("path", NUMBERED, ids=lambda path: path.stem)
def test_dangers_are_caught_in_words_that_were_not_learnt(path: Path, understand: Understand) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        rows = [(row["number"] or None, number_for(understand(row["text"]))) for row in csv.DictReader(file)]
    dangers = [(meant, found) for meant, found in rows if meant is not None]
    alarms = [found for meant, found in rows if meant is None and found is not None]
    assert sum(found is not None for _, found in dangers) >= 0.95 * len(dangers)
    assert sum(meant == found for meant, found in dangers) >= 0.92 * len(dangers)
    assert len(alarms) <= 0.1 * (len(rows) - len(dangers))


@pytest.mark.parametrize("line", HAPPENING.split("\n")[1:-1])
def test_what_is_happening_now_has_a_number_to_call(line: str, understand: Understand) -> None:
    words, number = line.split()
    assert number_for(understand(words)) == number


@pytest.mark.parametrize("words", NONE.split("\n")[1:-1])
def test_what_is_past_asked_or_to_be_booked_is_no_emergency(words: str, understand: Understand) -> None:
    assert number_for(understand(words)) is None


@pytest.mark.parametrize(
    ("words", "fallen"),
    [
        ("我肚子里翻江倒海", None),
        ("面包掉水里了", False),
        ("开面包车掉沟里了", True),
        ("药费掉下来了没有", None),
        ("我拿着伞，一不小心掉水里了", None),
        ("我打着伞掉沟里了", True),
        ("她把钱掉水里了", False),
        ("他们家狗掉水里了", False),
    ],
)
def test_it_is_the_subject_that_tells_whether_somebody_fell(words: str, fallen: bool | None) -> None:
    assert mishaps.fallen(words) is fallen


def test_the_caller_hears_one_sentence_and_is_asked_nothing() -> None:
    talk = Talk().hear("挂骨科", "book_appointment", department="骨科").hear("老汉没气了")
    says = [action for action in talk.actions if isinstance(action, Say)]
    assert [say.prompt for say in says] == ["emergency.call_120"]
    assert not says[0].barge_in
    assert "？" not in talk.said
    assert talk.transferred.band == "emergency"


def test_the_words_are_on_the_agent_s_screen_and_on_record() -> None:
    talk = Talk().hear("挂骨科", "book_appointment", department="骨科").hear("老汉没气了")
    assert talk.transferred.summary["words"] == "老汉没气了"
    assert talk.transferred.summary["slots"] == {"department": "骨科"}
    assert Flag("emergency", ("120",), ("急事，120",), "老汉没气了") in talk.actions


def test_an_emergency_is_heard_in_the_closing_question_too() -> None:
    talk = Talk().hear(
        "挂骨科", "book_appointment", department="骨科", date=AFTER_TOMORROW, part_of_day="am", patient="self"
    )
    assert talk.hear("对").prompts[-1] == "main.more"
    talk.hear("着火了")
    assert talk.transferred.reason == "emergency"


def test_a_doubtful_guess_of_the_understanding_is_not_enough_without_symptoms() -> None:
    low = understood("那个那个", "emergency", confidence=0.42)
    assert number_for(low) is None
    assert number_for(understood("头晕那个", "emergency", confidence=0.42)) == "120"
