"""A sentence in its clauses: two wishes are two, one wish told in several clauses is one."""

from __future__ import annotations

import time
from datetime import datetime

import pytest

from flows import clauses
from nlu.embedded import EmbeddedUnderstander
from nlu.training import examples
from nlu.understand import ParseContext, Understander, Understanding
from tests.flows.talk_helpers import AFTER_TOMORROW, NOW, TOMORROW
from tests.remembering import Remembering

BOOK, CANCEL, CHECK, PENSION = "book_appointment", "cancel_appointment", "check_appointment", "query_pension"
TWO = {
    "我要退号，顺便问下养老金几号发": [CANCEL, PENSION],
    "我要退号顺便问下养老金几号发": [CANCEL, PENSION],
    "我想挂个骨科，再问问我养老金到了没": [BOOK, PENSION],
    "我想挂个骨科再问问我养老金到了没": [BOOK, PENSION],
    "我要退昨天那个号，再重新挂一个眼科的": [CANCEL, BOOK],
    "帮我查一下我挂的号是哪天，再看看养老金发了没有": [CHECK, PENSION],
    "先给我退个号，然后再挂一个明天的内科": [CANCEL, BOOK],
    "我要查养老金，还想挂个眼科": [PENSION, BOOK],
    "我想问养老金，另外帮我把号退了": [PENSION, CANCEL],
    "挂个骨科，后天上午，再查一下养老金": [BOOK, PENSION],
    "查查养老金到账没有，顺便帮我叫个出租车": [PENSION, "book_taxi"],
    "我社保卡丢了，顺便问问养老金几号发": ["query_insurance", PENSION],
    "帮我退号，还有养老金的事也问一下": [CANCEL, PENSION],
    "我想退号。另外，我还想问一下养老金发了没有。": [CANCEL, PENSION],
    "我腿疼，想挂个骨科，还想问问养老金": [BOOK, PENSION],
    "你好，我有两件事，一个是退号，一个是问养老金": [CANCEL, PENSION],
    "把明天的号退了，再给我挂后天的": [CANCEL, BOOK],
    "我要退号我还想查养老金": [CANCEL, PENSION],
    "养老金怎么还没到，还有我要退个号": [PENSION, CANCEL],
    "昨天挂的号我要退，再挂一个眼科": [CANCEL, BOOK],
    "我想退号完了再挂个眼科": [CANCEL, BOOK],
    "把我的号退掉，养老金也帮我查一下": [CANCEL, PENSION],
    "我要取消预约，另外想咨询一下养老金什么时候发": [CANCEL, PENSION],
    "我要去医院，帮我挂个内科，再叫个车": [BOOK, "book_taxi"],
    "我要退号，我社保卡也丢了": [CANCEL, "query_insurance"],
    "我要退内科的号，再挂个眼科": [CANCEL, BOOK],
    "退号，养老金": [CANCEL, PENSION],
    "问两件事，养老金到了没有，我挂的号是哪天": [PENSION, CHECK],
    "那个，我想先退个号，再重新挂一个": [CANCEL, BOOK],
    "我想查养老金，顺便帮我退个号": [PENSION, CANCEL],
    "挂后天上午的骨科，再问问养老金": [BOOK, PENSION],
    "帮我挂个眼科，还有查一下养老金，还有叫个车": [BOOK, PENSION, "book_taxi"],
}
ONE = [
    "我腿疼，想挂骨科",
    "我想挂号，后天上午，骨科",
    "我想退号，我不去了",
    "先挂号，再看看哪个大夫好",
    "我上礼拜挂了个骨科，不想去了，帮我退了",
    "我昨天挂的号，想退了",
    "我给我老伴挂了个号，想退掉",
    "我要退号，退了还能再挂吗",
    "我要退号，挂错了，挂成眼科了",
    "我想挂个号，要钱吗",
    "不是挂号，我要退号",
    "我要挂号，不对，我要退号",
    "我跟我老伴商量了，想挂个骨科",
    "我和老伴住一块儿，她眼睛不好，想给她挂个眼科",
    "我和老伴一起去，想挂骨科",
    "我和老伴都七十多了，想挂个骨科",
    "我老伴和我商量好了要挂骨科",
    "帮我挂个号，给我老伴看的",
    "我要给我老伴挂骨科，我陪她去",
    "我想挂骨科，我老伴也想让我去看",
    "我想问一下，养老金几号发",
    "养老金到了没，我等着用钱，还要看病呢",
    "要是挂不上骨科，就给我退号吧",
    "我儿子给我挂的号，我要退了",
    "喂，你好，我想挂号，我头疼，睡不着觉",
    "我想挂个眼科，没有眼科就挂内科",
    "再说一遍，没听清，我要挂号",
    "我要挂号，医保卡能用吗",
    "挂号还要身份证吗",
    "我不想挂号，我要问养老金",
    "我想把骨科的号退了，换成眼科",
    "我要查养老金，身份证六三零一零二一九四八零三一二零零四三",
    "我要挂个号再问一下大夫几点上班",
    "没有了，谢谢，再见",
    "挂个号，再见",
    "我要人证,养老的",
    "我要取五万,要预约吗",
    "我挂个号，顺便问一下要带什么",
    "我要退号，顺便问一下钱什么时候退回来",
    "我不想去了，把号退了，下次再挂",
    "我孙子发烧，想挂个儿科，再等就严重了",
    "家里水管坏了，想找人来修，顺便看看暖气",
    "挂个号，最好是上午，我下午还要去银行",
    "我跟老伴一人一张医保卡，想问问怎么用",
]
FOR_TWO = {
    "给我和我老伴各挂一个骨科": ("骨科", "骨科"),
    "我和老伴都要看眼科": ("眼科", "眼科"),
    "我老伴和我都要挂眼科": ("眼科", "眼科"),
    "老两口都想挂个内科": ("内科", "内科"),
    "给我和我儿子王强各挂一个明天的眼科": ("眼科", "眼科"),
    "我和老伴明天都要看眼科": ("眼科", "眼科"),
    "我要挂骨科，再给我老伴挂个眼科": ("骨科", "眼科"),
    "给我挂个骨科，给我老伴也挂一个": ("骨科", "骨科"),
    "给我自己挂一个内科，给我孙子挂个口腔科": ("内科", "口腔科"),
    "我要挂号我老伴也要挂号": (None, None),
    "我要挂眼科，我老伴要挂骨科": ("眼科", "骨科"),
    "我跟我孙子都要看口腔科": ("口腔科", "口腔科"),
}


def wishes(understander: Understander, text: str, *expect: str) -> tuple[Understanding, ...]:
    return clauses.read(understander, text, ParseContext(NOW, "zh", expect)).wishes


def values(one: Understanding) -> dict[str, object]:
    return {name: given.value for name, given in one.slots.items()}


@pytest.mark.parametrize(("text", "intents"), TWO.items())
def test_two_wishes_in_one_breath_are_two_in_the_order_in_which_they_are_spoken(
    text: str, intents: list[str], understander: Remembering
) -> None:
    assert [one.intent for one in wishes(understander, text)] == intents
    assert [one.intent for one in wishes(understander, text, "affirm")] == intents, "还要办别的事吗 is as open"


@pytest.mark.parametrize("text", ONE)
def test_one_wish_in_several_clauses_is_read_as_a_whole(text: str, understander: Remembering) -> None:
    whole = clauses.read(understander, text, ParseContext(NOW))
    assert whole.wishes == ()
    assert whole == understander.understand(text, ParseContext(NOW))


@pytest.mark.parametrize(("text", "departments"), FOR_TWO.items())
def test_one_service_for_two_persons_is_two_bookings_the_callers_own_first(
    text: str, departments: tuple[str | None, str | None], understander: Remembering
) -> None:
    own, other = (values(one) for one in wishes(understander, text))
    assert (own["patient"], other["patient"]) == ("self", "other")
    assert "relation" not in own
    assert (own.get("department"), other.get("department")) == departments


def test_each_wish_has_its_own_values_and_not_those_of_the_other(understander: Remembering) -> None:
    cancel, book = map(values, wishes(understander, "把明天的号退了，再挂一个后天上午的眼科"))
    assert cancel == {"date": TOMORROW}
    assert book == {"department": "眼科", "date": AFTER_TOMORROW, "part_of_day": "am"}


def test_what_is_told_between_belongs_to_the_wish_before(understander: Remembering) -> None:
    book, _ = map(values, wishes(understander, "挂个骨科，后天上午，再查一下养老金"))
    assert book == {"department": "骨科", "date": AFTER_TOMORROW, "part_of_day": "am"}


def test_for_two_persons_and_something_else_besides_are_three(understander: Remembering) -> None:
    for text in ("我和老伴都要看眼科，再查一下养老金", "查一下养老金，再给我和老伴各挂一个眼科"):
        found = wishes(understander, text)
        assert sorted(one.intent for one in found) == [BOOK, BOOK, PENSION]
        booked = [values(one)["patient"] for one in found if one.intent == BOOK]
        assert booked == ["self", "other"]


def test_two_departments_are_two_bookings(understander: Remembering) -> None:
    assert [values(one)["department"] for one in wishes(understander, "我要挂骨科，再挂一个眼科")] == ["骨科", "眼科"]


def test_an_answer_to_a_question_of_a_flow_may_have_a_wish_beside_it(understander: Remembering) -> None:
    answer, wish = wishes(understander, "骨科，顺便问下养老金", "department")
    assert (answer.intent, values(answer)) == ("inform", {"department": "骨科"})
    assert wish.intent == PENSION
    for text in ("骨科，还有没有眼科", "骨科，再查查别的医院", "骨科，还要多少钱", "骨科，后天上午"):
        assert wishes(understander, text, "department") == ()


def test_the_other_may_be_named_first(understander: Remembering) -> None:
    other, own = map(values, wishes(understander, "我老伴要挂骨科，我要挂眼科"))
    assert (other["patient"], other["department"]) == ("other", "骨科")
    assert (own["patient"], own["department"]) == ("self", "眼科")


async def test_a_call_reads_the_same(understander: Remembering) -> None:
    text, context = "我要退号，顺便问下养老金几号发", ParseContext(NOW)
    assert await clauses.read_async(understander, text, context) == clauses.read(understander, text, context)


def test_what_was_labelled_with_one_intent_is_hardly_ever_taken_for_two_wishes(trained: EmbeddedUnderstander) -> None:
    """Of a thousand sentences of the training data two at most: nobody wants to be told of a wish that they had not."""
    some = [one.text for one in examples("zh")][::3]
    split = [text for text in some if clauses.read(trained, text, ParseContext(NOW)).wishes]
    assert len(split) <= len(some) // 500, split


def test_a_sentence_with_two_wishes_is_understood_within_the_patience_of_a_call(trained: EmbeddedUnderstander) -> None:
    """A few milliseconds; the bound is for a machine that does much else."""
    context = ParseContext(datetime(2026, 3, 10, 9, 30))  # noqa: DTZ001  local time without a zone
    took = []
    for text in (*TWO, *ONE):
        began = time.perf_counter()
        clauses.read(trained, text, context)
        took.append(time.perf_counter() - began)
    assert sorted(took)[len(took) // 2] < 0.05
