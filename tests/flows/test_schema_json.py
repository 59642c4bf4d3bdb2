"""The published JSON Schema of flow files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flows.loader import LIBRARY, read_yaml
from flows.schema import VERBS
from flows.schema_json import FILE, schema_text


def test_the_file_that_ships_is_current() -> None:
    """Otherwise: yinling flows schema > flows/schema.json"""
    assert FILE.read_text(encoding="utf-8") == schema_text()


def test_every_verb_has_its_place_and_unknown_keys_have_none() -> None:
    schema = json.loads(schema_text())
    steps = {name: part for name, part in schema["$defs"].items() if name.endswith("Step")}
    assert {verb for part in steps.values() for verb in part["required"] if verb != "step"} >= set(VERBS)
    assert all(part["additionalProperties"] is False for part in steps.values())
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize("path", sorted(LIBRARY.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_keys_of_what_ships_are_in_the_schema(path: Path) -> None:
    data, _ = read_yaml(path.read_text(encoding="utf-8"), "")
    schema = json.loads(schema_text())
    assert set(data) <= set(schema["properties"])
    names = {name for part in schema["$defs"].values() for name in part.get("properties", {})}
    assert {key for step in data["steps"] for key in step} <= names
