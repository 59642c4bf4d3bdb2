"""Simulated callers who err, stray and are misheard get what they want, or a person; nobody is served wrongly."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from pypinyin import lazy_pinyin

from tests.bench.conversations import SERVICES, converse, engine_speed
from tests.bench.simulated_caller import Errors, misheard
from tests.flows.talk_helpers import engine
from tests.remembering import Remembering


@pytest.mark.parametrize("service", SERVICES)
def test_every_caller_is_served_or_gets_a_person(service: str, understander: Remembering) -> None:
    outcomes = [converse(service, seed, engine(), understander) for seed in range(15)]
    how = Counter(one.how for one in outcomes)
    assert set(how) <= {"success", "person"}, [one.lines for one in outcomes if one.how not in {"success", "person"}]
    assert how["success"] >= 12


def test_a_caller_who_only_mumbles_gets_a_person(understander: Remembering) -> None:
    outcome = converse("book", 1, engine(), understander, Errors(silent=0.4, noise=0.3, mumbled=0.3))
    assert outcome.how == "person"


def test_a_misheard_sentence_sounds_the_same() -> None:
    heard = misheard("我想挂后天上午的骨科", 1.0, random.Random(1))
    assert heard != "我想挂后天上午的骨科"
    assert lazy_pinyin(list(heard)) == lazy_pinyin(list("我想挂后天上午的骨科"))


def test_the_engine_s_speed_counts_every_event(understander: Remembering) -> None:
    outcome = converse("pension", 1, engine(), understander)
    assert engine_speed([outcome], engine(), least_s=0.05) > 0
