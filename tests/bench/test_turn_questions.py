"""The benchmark of turns puts the questions that calls put."""

from __future__ import annotations

from importlib import resources

import yaml

from tests.bench.turn_line import Question
from tests.bench.turn_questions import asked


def test_every_scene_is_listened_to_as_in_a_call_but_for_choices_of_its_own() -> None:
    scenes = yaml.safe_load(resources.files("tests.bench").joinpath("turn_scenes.yaml").read_text(encoding="utf-8"))
    questions = [Question(tuple(q["expect"]), tuple(q.get("phrases", ())), q.get("keys", 1)) for q in scenes]
    own = [one for one in questions if one.expect not in asked()]
    assert [one.expect for one in own] == [("choice",)]
    for one in questions:
        assert set(one.expect) <= set(one.listen.expect)
        assert one.listen.keys == one.keys


def test_departments_and_days_that_calls_offer_are_known_to_it() -> None:
    assert {"骨科", "眼科"} <= set(Question(("department",)).listen.phrases["choice"])
    assert len(Question(("date",)).listen.phrases["choice"]) == 14
    assert Question(("choice",), ("省中医院",)).listen.phrases == {"choice": ("省中医院",)}
