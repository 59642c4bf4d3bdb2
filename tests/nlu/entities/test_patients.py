"""For whom the appointment is: relatives who are spoken to, who come along and who are asked are no patients."""

from __future__ import annotations

import pytest

from nlu.entities.extract import extract
from tests.nlu.helpers import context

NOT_CHANGED = """
对，谢谢姑娘
对谢谢姑娘
好的姑娘，就这么办
好的姑娘就这么办
对，就这么挂吧，谢谢你啊姑娘
对，我老伴陪我去
对我老伴陪我去
对，就挂这个吧，我儿子开车送我去
等一下我问问老伴
等一下，我跟老伴商量一下
我问一下我儿子
对，到时候我闺女带我去
行，孩子，谢谢你了
对，大夫同志
对，我儿子在旁边呢
对，我孙女给我打的电话
对，是我儿子说的
对，我儿子让我挂的
对，我姑娘帮我打的
对，谢谢你小伙子
麻烦你了丫头，就这个
对，叫我儿子来接我
对，我老伴跟我一起去
好，我一个老太太也不懂
对，你记的对着呢，娃娃
姑娘，对着呢
好好好，谢谢你娃娃
对，我让儿子送我
对，我自己去
对，我儿子也说这个医院好
嗯对，我等我儿子回来
对，我老伴也说行
对，我老伴在家等着
对，儿子给我请的假
别人都说这个医院好，对
对，给我儿子打个电话说一声
对，我看行
对，给我记上
对，我看就这样吧
我老伴耳朵不好听不见，对
对不对啊老伴
给我老伴也挂一个
对，还有我老伴的
对，没错，给我挂上
没事，给我挂吧
""".strip().splitlines()
"""Said at a read-back: thanks, companions, those who are asked."""
FOR_ANOTHER = """
不对，给我老伴挂
是我老伴看，不是我
对，给我老伴的
不是我，是我老伴
不是我是我老伴
我替我老伴挂
给我老伴挂
我老伴要看
是我老伴看
不对，是我姑娘
不对，老伴的
老伴
不是，是给我儿子挂的
不是我
不对，是孙子看
不对，娃娃看
不是我看，是给我妈看
换成我老伴
我老伴的号
""".strip().splitlines()
"""Said at a read-back: the appointment is for somebody else."""
FOR_MYSELF = """
不对，是我自己看
不是给我老伴，是给我自己挂
不对，是给我挂的
不是我老伴看，是我自己看
不是老伴，是我自己
""".strip().splitlines()
"""Said at a read-back: it is for the caller after all."""
MINE = """
我自己，姑娘
我自己姑娘
给我自己挂，姑娘
我自己，我儿子陪我去
我自己，儿子送
我儿子陪我去
我，姑娘
我自己看，我儿子让我打的
姑娘，我自己
我自己，我一个老太太
就是我这个老太太
我一个老汉
我一个人去
我自己去人民医院看
""".strip().splitlines()
"""Said to “for yourself or for another?”."""
ANOTHERS = """
我老伴
姑娘
给我姑娘
我姑娘
姑娘看
姑娘的
给姑娘挂
闺女，给我老伴
给老伴，姑娘
我儿子
我们家那个老头子
是我老伴，我陪他去
给我老伴，我儿子送他
我老伴，我陪她去
我替我老伴挂
我带我孙子去看
我家里的
""".strip().splitlines()
NOBODY = """
我要挂后天上午的骨科，我儿子送我去
我儿子说让我挂个骨科
我问问我儿子
姑娘，我要挂号
谢谢你姑娘我想挂骨科
我一个老太太不会弄手机
我儿子在西宁上班，我想挂个骨科
小伙子给我说一下怎么挂号
我女儿给我打的你们电话
""".strip().splitlines()
"""Said with no question put."""
OTHERS = """
我老伴腰疼，想挂骨科
给我老伴挂号
我老伴要看眼科
想让我老伴看看骨科
我儿子让我给他爷爷挂号
我带老伴看眼睛
我家老汉腿疼得很
帮我姑娘挂个妇科
我想给我闺女挂个号
我老伴七十五了，想看看眼睛
尕娃，给阿爷约个号
""".strip().splitlines()


def patient(words: str, *expect: str) -> object:
    """The patient that a flow takes from the words."""
    slots = extract(words, context(*expect)).slots
    return slots["patient"].value if "patient" in slots else None


@pytest.mark.parametrize("words", NOT_CHANGED)
def test_who_answers_a_read_back_and_names_somebody_has_not_changed_the_patient(words: str) -> None:
    assert patient(words, "affirm") is None


@pytest.mark.parametrize("words", FOR_ANOTHER)
def test_a_read_back_is_corrected_to_somebody_else(words: str) -> None:
    assert patient(words, "affirm") == "other"


@pytest.mark.parametrize("words", FOR_MYSELF)
def test_a_read_back_is_corrected_to_the_caller(words: str) -> None:
    assert patient(words, "affirm") == "self"


@pytest.mark.parametrize("words", MINE)
def test_the_caller_is_the_patient_whoever_is_spoken_to_or_comes_along(words: str) -> None:
    assert patient(words, "patient") == "self"


@pytest.mark.parametrize("words", ANOTHERS)
def test_the_patient_is_another(words: str) -> None:
    assert patient(words, "patient") == "other"


@pytest.mark.parametrize("words", NOBODY)
def test_in_a_wish_a_companion_is_no_patient(words: str) -> None:
    assert patient(words) is None


@pytest.mark.parametrize("words", OTHERS)
def test_a_wish_names_the_patient(words: str) -> None:
    assert patient(words) == "other"
