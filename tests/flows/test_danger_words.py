"""Dangers that have a word of their own: what was swallowed, current, who will not leave, the wish to be dead; and
what is a manner of speaking."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from flows.emergencies import number_for
from nlu.understand import Understanding

HAPPENING = """
我孙女把电池吞了 120
小孙子吃了一颗纽扣电池 120
大妈把玻璃碴子咽下去了 120
我在厕所摔了，胳膊抬不起来 120
俺摔了 120
俺老汉跌倒了 120
我的钱刚让人抢了 110
包让人给抢跑了 110
我让电打了一下 120
尕娃触了电，手黑了 120
我屙血哩 120
我拉的屎是黑的 120
大便黑得像柏油 120
我要死了 120
我快死了 120
我要是死了就好了 120
我要是死了你们就省心了 120
还不如死了算了 120
突然眼睛看不见了 120
儿子不给我饭吃，三天没吃了 110
我儿媳妇不让我吃饭，饿了两天了 110
有人敲门说是查水表的，一直不走 110
卖床垫的人在我家不走，叫我交八千 110
有个收费的堵在门口不走 110
推销的坐在我家里死活不走 110
我看见河里有个人 120
河里漂着个人 120
我家煤气灶关不上，一屋子味道 119
"""
NONE = """
感冒了
我发烧了
累死了
急死我了
烦死了
热得我要死了
急得我快死了
我家的花要死了
我要是死了，存折给谁
我死了以后这房子给谁
号都让人抢完了
取款机把我的卡吞了
老伴不给我饭吃，跟我赌气呢
公交车不走这边了
我儿子在我家不走
收煤气费的来了没有
煤气安检什么时候来
有个人在门口收煤气安检费，要五百
大便发黑，想挂个消化科
我嗓子哑了说不出话来，挂个号
今天打扑克输了，叫人抢了庄
电视剧里坏人拿枪打人
路灯坏了没人修，我摔了一跤，要反映
"""


@pytest.mark.parametrize("line", HAPPENING.split("\n")[1:-1])
def test_a_danger_has_its_number_also_where_it_was_not_learnt(
    line: str, understand: Callable[[str], Understanding]
) -> None:
    words, number = line.split()
    assert number_for(understand(words)) == number


@pytest.mark.parametrize("words", NONE.split("\n")[1:-1])
def test_a_manner_of_speaking_and_an_ordinary_illness_are_none(
    words: str, understand: Callable[[str], Understanding]
) -> None:
    assert number_for(understand(words)) is None
