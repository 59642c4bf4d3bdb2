"""Prompts that a flow says: each exists in every language that the flow claims."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from flows.lint_rules.finding import Finding
from flows.lint_rules.speech import ENGINE, uses
from flows.lint_rules.spoken import Spoken
from flows.loader import LoadedFlow


def check(loaded: LoadedFlow, languages: Mapping[str, Spoken]) -> Iterator[Finding]:
    """Finding `no_prompt`. Languages that could not be read are not in `languages`, and not looked at."""
    spoken = [languages[name] for name in loaded.flow.languages if name in languages]
    for use in uses(loaded):
        missing = [one for one in spoken if not one.catalogue.has(use.prompt)]
        for one in missing:
            near = get_close_matches(use.prompt, one.catalogue.prompts, n=1)
            yield Finding(
                loaded.file,
                loaded.line(*use.place),
                "no_prompt",
                f"There is no prompt “{use.prompt}” in the language “{one.language}”.",
                f"Write it in {one.language}.yaml{f', or did you mean “{near[0]}”?' if near else '.'}",
            )
    for one in spoken:
        absent = [name for name in ENGINE if not one.catalogue.has(name)]
        if absent:
            yield Finding(
                loaded.file,
                loaded.line("languages"),
                "no_prompt",
                f"The language “{one.language}” lacks what every flow needs: {', '.join(absent)}.",
                f"Write these prompts in {one.language}.yaml, or remove the language from the flow.",
            )
