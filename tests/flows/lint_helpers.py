"""A small flow for the linter, in parts, and what it finds in it."""

from __future__ import annotations

from flows.lint import Finding, lint_texts

HEAD = """flow: small
title: 小
languages: [zh]
slots:
  date: {}
  code: {digits: 8}
steps:
"""
ASK = """  - step: ask_date
    ask: date
    prompt: appointment.ask_date
"""
END = """  - step: over
    end: done
"""


def lint(text: str, prompts: str = "") -> list[Finding]:
    own = {"zh": {"prompts/zh.yaml": prompts}} if prompts else {}
    return lint_texts({"small.yaml": text}, own)


def lint_steps(steps: str, prompts: str = "") -> list[Finding]:
    return lint(HEAD + steps, prompts)


def said(text: str) -> str:
    """A set's own sentence `own.said`, and what it says."""
    return f"prompts:\n  own.said: {text}\n"


SAY = """  - step: tell
    say: own.said
"""


def only(findings: list[Finding], code: str, file: str = "small.yaml") -> Finding:
    assert [finding.code for finding in findings] == [code], [str(finding) for finding in findings]
    assert findings[0].file == file
    assert findings[0].message
    assert findings[0].remedy
    return findings[0]


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1
