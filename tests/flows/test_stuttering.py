"""Words that are said, or written down, over and over: no pattern may search for ever, for all calls share one loop."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from flows import distance, mishaps, words
from flows.emergencies import number_for
from tests.flows.talk_helpers import Talk, really, understood
from tests.remembering import Remembering

STUTTERS = [
    *(
        "不要" * 60 + "挂内科",
        "哎呀" * 60 + "疼",
        "我" + "在家" * 60,
        "刚" * 120 + "水掉河里了",
        "没什么大事" * 30 + "x",
    ),
    *(
        "先不挂了说" * 30,
        "没有了" * 60 + "挂",
        "算了" * 60 + "挂",
        "我要挂号" * 40,
        "就" * 190,
        "，" * 190,
        "对不对" * 50 + "x",
    ),
]


def predicates() -> list[Callable[[str], object]]:
    """Whatever is asked of a sentence by itself."""
    found = [number_for_text, *(one for one in vars(words).values() if callable(one) and _of_one_text(one))]
    return [*found, mishaps.fallen, mishaps.lost, distance.without_asides, distance.plainly, distance.doubtful]


def _of_one_text(one: Callable[..., object]) -> bool:
    return getattr(one, "__module__", "") == words.__name__ and list(one.__annotations__) == ["text", "return"]


def number_for_text(text: str) -> object:
    return number_for(understood(text[:200], "out_of_scope", accepted=False))


@pytest.mark.parametrize("text", STUTTERS, ids=lambda text: text[:6])
@pytest.mark.timeout(20)
def test_a_stutter_is_read_to_its_end(text: str) -> None:
    asked = predicates()
    assert len(asked) > 15
    for predicate in asked:
        predicate(text)


@pytest.mark.parametrize("text", STUTTERS, ids=lambda text: text[:6])
@pytest.mark.timeout(30)
def test_a_call_goes_on_after_a_stutter(text: str, understander: Remembering) -> None:
    talk = really(Talk(), text[:200], understander)
    assert talk.prompts
    booking = Talk().hear("挂骨科", "book_appointment", department="骨科")
    assert really(booking, text[:200], understander).prompts
