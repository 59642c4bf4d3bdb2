"""The prompts of one language, and where each stands in its file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flows.errors import FlowError
from flows.loader import nearest_line, read_file, read_yaml
from voices.errors import VoiceError
from voices.languages.pack import load_packs
from voices.prompts.catalogue import FOLDER, Catalogue, compile_template


@dataclass(frozen=True, slots=True)
class Spoken:
    """What is said in one language."""

    language: str
    catalogue: Catalogue
    lines: Mapping[tuple[str, str], tuple[str, int]]
    """(prompt, variant) → (file, line); the variant is empty for the prompt as a whole."""

    def place(self, name: str, variant: str = "") -> tuple[str, int]:
        """File and line of a prompt. Raises KeyError when there is no such prompt."""
        return self.lines.get((name, variant)) or self.lines[name, ""]


def shipped(language: str) -> Path:
    """The file of a language that ships."""
    return FOLDER / f"{language}.yaml"


def load_spoken(language: str, own: Mapping[str, str], *, folder: Path = FOLDER) -> Spoken:
    """The prompts that ship, with a set's own over them (`own`: file → text). Raises FlowError."""
    pack = load_packs().get(language)
    file = folder / f"{pack.texts if pack is not None and pack.texts else language}.yaml"
    if not file.exists() and not own:
        raise FlowError(
            "no_language",
            f"Nothing is known to be said in the language “{language}”.",
            remedy=f"Add {file.name} with its prompts, or remove the language from the flow.",
        )
    texts = ({str(file): read_file(file)} if file.exists() else {}) | dict(own)
    prompts: dict[str, dict[str, str]] = {}
    lines: dict[tuple[str, str], tuple[str, int]] = {}
    essential: Sequence[str] = ()
    for name, text in texts.items():
        found, places, first = read_prompts(text, name)
        essential = essential or first
        for prompt, variants in found.items():
            prompts[prompt] = variants
            lines |= {(prompt, variant): places[prompt, variant] for variant in ("", *variants)}
    return Spoken(language, Catalogue(language, prompts, essential), lines)


def read_prompts(
    text: str, file: str
) -> tuple[dict[str, dict[str, str]], dict[tuple[str, str], tuple[str, int]], list[str]]:
    """Prompts (name → variant → text), their places, and the names of the essential ones. Raises FlowError."""
    data, lines = read_yaml(text, file)
    table = data.get("prompts") if isinstance(data, dict) else None
    if not isinstance(table, dict):
        raise FlowError("prompts", "The file holds no prompts.", file=file, line=1, remedy="Begin with “prompts:”.")
    prompts: dict[str, dict[str, str]] = {}
    places: dict[tuple[str, str], tuple[str, int]] = {}
    for name, value in table.items():
        variants: Any = {"full": value} if isinstance(value, str) else value
        if not isinstance(variants, dict) or not variants or not all(isinstance(v, str) for v in variants.values()):
            raise FlowError(
                "prompts",
                f"The prompt “{name}” is neither a text nor a table of texts.",
                file=file,
                line=nearest_line(lines, ("prompts", name)),
                remedy="Write “variant: text”; put a number in quotes.",
            )
        prompts[name] = variants
        places[name, ""] = file, nearest_line(lines, ("prompts", name))
        for variant, template in variants.items():
            places[name, variant] = line = file, nearest_line(lines, ("prompts", name, variant))
            try:
                compile_template(template)
            except VoiceError as error:
                raise FlowError("prompts", str(error), file=file, line=line[1], remedy=error.remedy) from error
    return prompts, places, [str(name) for name in data.get("essential", [])]
