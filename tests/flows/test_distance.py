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
POLITE_OR_YESTERDAY = """
我没事，家里煤气漏了
没事，家里进贼了
没事，我老伴让车撞了
没事没事，我孙子掉河里了
不用了，我没事，就是煤气味大得很
没什么大事，炉子把被子引着了
我没事，厨房里着火了
能不能快点，家里着火了
能不能先别问了，我家着火了
可以快点吗，着火了
没事，我老伴中风了
我没事，我孙子吃了半瓶安眠药
不着急，孩子吞了电池
我不要紧，有人撬我家门
我没事，隔壁着火了
没事，我老伴昏迷了
我没事，厨房冒烟了
没事，有人闯进我家了
不着急，我老伴触电了
能不能快点来，我孙女掉井里了
没啥事，就我老头从梯子上摔下来了
能不能快一点，有人拿着刀
我没事，我老婆子半边身子不能动了
没事，娃误喝了洗衣液
我不急，燃气灶关不住了，煤气味大得很
昨天让狗咬了，血止不住
能快点吗，我孙子噎住了
能不能别问了，我老伴不喘气了
不要紧，我家里着火了
没事，我爸掉沟里了
老伴昨天晚上喝了半瓶安眠药，到现在没醒
我昨天喝了农药
要是你们不管我就不活了
我血压两百多，头晕得站不住，挂哪个科
我老伴昨天就不会说话了
复查回来路上摔了，起不来
老汉昨晚吃了老鼠药
我妈前天吃了蘑菇，一直吐
昨天晚上喝的酒，到现在还没醒过来，叫不醒
我爸出院路上晕倒了
出院回来又昏过去了
你们不管我，我就不活了
如果没人管，我就不活了
昨天晚上吃了两瓶安眠药
我老伴前天就不能说话了
老头昨晚就半边身子动不了了
头晕得站不住，看啥科
我老头昨天就下不了床了，说胡话
昨天就喘不上气，该挂什么科
我没事家里煤气漏了
能不能快点家里着火了
没事家里进贼了
能不能别问了我家着火了
我不着急，我老伴割腕了
不用了，我家隔壁冒浓烟
没事，我孙女让人打了
没大事，我老伴卡着鱼刺在嗓子喘气费劲
你能不能快点，有人砸门
不急，我老伴从炕上摔下来了
我没啥事，我家进小偷了，还在屋里
没事，电线烧起来了
昨天晚上喝了半瓶安眠药，到现在没醒，挂哪个科
老伴昨天吃了半瓶安眠药到现在没醒挂什么科
我老汉昨天喝了农药，想挂个号
他前天吃了蘑菇，今天吐得厉害
老伴昨晚就说不出话了，想挂神经内科
你们再不管我也不活了
去复查的路上摔倒了，起不来了
出院回家路上被车撞了
我爸昨天就叫不醒了
昨夜我闺女喝了敌敌畏
我头晕得都站不住了，看哪个科好
家里着火了，我没事
厨房着火了，我没事，老伴还在里面
家里煤气漏了，我没事
我家进贼了，我人没事
我老伴让车撞了，我没事
我孙子掉河里了，我没事
能不能告诉我咋办，家里着火了
能不能找个人，我家进贼了
煤气漏了，会不会炸
没事，我家房子着火了人困在里面
家里着火了，消防车要钱吗
我让人打了，能不能帮我
能换个人吗，家里着火了
没事，房子淹了，我妈掉水里了
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
我以前着过火，没事
没事，我家的煤气表坏了
没事，煤气费交过了
我没事，就是想问问防火知识
我没事，想挂个号
不着急，我要取号
能不能快点，我要挂号
能不能查一下我的号
我昨天喝了酒
昨天吃了蘑菇，挺好吃的
我昨天吃了药
复查挂什么科
出院了要复查
我爸去年掉河里了，没事
没事，手机掉水里了
没事，水淹了地，报灾
房子让水淹了，怎么报灾
没事，听说隔壁着火了
没事，那边着火是假的
着火了，没事了，已经灭了
煤气漏了没事了，已经关了
我昨天不会说话，嗓子哑了
昨天就不会用手机说话了
没事，电视上说着火了
能不能讲一下着火了怎么办
能不能问一下进贼了找谁
没事，我去年中风了，想挂神经科
我没着火，别来
邻居家着火了，没事，灭了
血压两百多挂哪个科
头晕挂哪个科
我没事，就是家里煤气表要换
没事，我自己能行
能不能快点给我挂号
能不能早点，骨科
不着急，慢慢来
没事，我家着火是去年的事
着火了没事了
没事，我以前中风过，现在来开药
我没事，我没摔
没事，下雨水大，地淹了，想问补贴
电话里说我孙子出车祸了，叫我打钱，没事吧
能不能给讲讲煤气中毒咋预防
没事，我就问问火灾保险
煤气没味道，没事
没事，我炒菜呢，油烟大
能不能快点，我的饭要着了
要是着火了打哪个电话
我得过中风，想复查
手机昨天就没反应了
我昨天就没说话
昨天吃了蘑菇炒肉
复查回来了，想再挂个号
出院回家了，想约复查
昨天就不疼了
昨天就起不来那么早
我昨天喝了安神的药，睡得好
昨天吃了安眠药睡得好
出院以后恢复得好
我摔了，复查过了，想挂骨科
头晕，挂哪个科
老伴没了，昨天办的丧事
昨天就下不来雨
昨天晚饭吃了蘑菇，想问菜价
得过心梗,放过支架,该复查了
房子让水淹了,报灾
电话里说我儿子被车撞了,叫我打钱
我让车撞了，我没事
我摔了一跤，我没事
着火了，没事了
家里着火了，没事，灭了
我触电了，我没事
我刚才晕倒了，我没事
老伴中风了，能不能办残疾证
我老伴中风了，能报销吗
房子着火烧没了，怎么申请补助
路淹了，能退票吗
没事，我心梗放了支架，现在挺好
老伴中风了，可以上门服务吗
我心梗，能坐飞机吗
没事，楼上漏水淹了我家，要报修
没事，外面下雨路淹了
老伴误食了过期饼干，能不能赔
我家着火用过灭火器了，能不能换
没事，我不想活动
"""


@pytest.mark.parametrize("words", BESIDE.split("\n")[1:-1])
def test_danger_is_danger_whatever_is_said_besides(words: str, understand: Understand) -> None:
    assert number_for(understand(words)) is not None


@pytest.mark.parametrize("words", POLITE_OR_YESTERDAY.split("\n")[1:-1])
def test_danger_of_every_kind_is_heard_beside_politeness_hurry_and_yesterday(
    words: str, understand: Understand
) -> None:
    assert number_for(understand(words)) is not None


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("我没事，家里煤气漏了", "119"),
        ("没什么大事，炉子把被子引着了", "119"),
        ("能不能快点，家里着火了", "119"),
        ("没事，家里进贼了", "110"),
        ("不要紧，有人撬我家门", "110"),
        ("没事没事，我孙子掉河里了", "120"),
        ("没事，我老伴让车撞了", "120"),
        ("我昨天喝了农药", "120"),
    ],
)
def test_beside_politeness_it_is_the_number_of_the_danger(words: str, number: str, understand: Understand) -> None:
    assert number_for(understand(words)) == number


def test_a_fire_wins_over_the_question_that_stands_though_somebody_says_that_they_are_well() -> None:
    talk = Talk().hear("我要挂号", "book_appointment")
    assert talk.hear("我没事，厨房里着火了", "inform").transferred.emergency == "119"


def test_a_complaint_about_somebody_is_none_though_it_begins_politely() -> None:
    assert number_for(understood("没事，楼上天天砸门一样吵", "complaint", confidence=0.95)) is None


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
