"""The published JSON Schema of flow files, for editors. `flows/schema.json` is its text."""

from __future__ import annotations

import json
from pathlib import Path

from flows.schema import Flow

FILE = Path(__file__).parent / "schema.json"


def schema_text() -> str:
    """The schema as JSON text, the same for the same vocabulary."""
    schema = Flow.model_json_schema(by_alias=True)
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:yinling:flow",
        "title": "A flow of Yinling",
    }
    return json.dumps({**schema, **head}, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
