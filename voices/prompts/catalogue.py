"""Everything that is said, per language: prompt name → tapered variants, as templates.

A template is text with `|` between pieces and `{field}` or `{field:kind}` where a value goes. A piece is rendered to
audio as a whole, so fixed words and values stand in different pieces wherever a clause allows it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml

from voices.errors import VoiceError

FOLDER = Path(__file__).parent
FALLBACKS: Mapping[str, tuple[str, ...]] = {
    "full": ("full",),
    "short": ("short", "full"),
    "again": ("again", "example", "short", "full"),
    "example": ("example", "again", "short", "full"),
    "keys": ("keys", "short", "full"),
}
"""Variant → the variants that stand in for it, in order. Any other name is its own variant, then `full`."""
_FIELD = re.compile(r"\{([a-z_][a-z0-9_.]*)(?::([a-z_]+))?\}")


@dataclass(frozen=True, slots=True)
class Field:
    """A place where a value goes."""

    path: str
    """Name of the value, with dots into nested values."""
    kind: str
    """How it is read (date, money, code …); the last part of the path when not given."""


@dataclass(frozen=True, slots=True)
class Template:
    """One variant of a prompt."""

    pieces: tuple[tuple[str | Field, ...], ...]
    fields: tuple[Field, ...]
    fixed: tuple[str, ...] | None
    """The pieces themselves when no value goes into any."""

    def render(self, speak: Callable[[Field], str]) -> tuple[str, ...]:
        """The pieces with their values; a piece whose only value is empty is left out."""
        if self.fixed is not None:
            return self.fixed
        done = []
        for piece in self.pieces:
            words = [part if isinstance(part, str) else speak(part) for part in piece]
            blank = [not word for part, word in zip(piece, words, strict=True) if isinstance(part, Field)]
            if not (blank and all(blank)):
                done.append("".join(words))
        return tuple(done)


def compile_template(text: str) -> Template:
    """Parse a template. Raises VoiceError (`prompt`) when a brace is left over."""
    pieces: list[tuple[str | Field, ...]] = []
    fields: list[Field] = []
    for raw in text.split("|"):
        parts: list[str | Field] = []
        at = 0
        for found in _FIELD.finditer(raw):
            if found.start() > at:
                parts.append(raw[at : found.start()])
            field = Field(found[1], found[2] or found[1].rsplit(".", 1)[-1])
            parts.append(field)
            fields.append(field)
            at = found.end()
        if at < len(raw):
            parts.append(raw[at:])
        if any(isinstance(part, str) and ("{" in part or "}" in part) for part in parts):
            raise VoiceError("prompt", f"A brace is left over in “{text}”.", "Write {name} or {name:kind}.")
        if parts:
            pieces.append(tuple(parts))
    fixed = None if fields else tuple("".join(str(part) for part in piece) for piece in pieces)
    return Template(tuple(pieces), tuple(fields), fixed)


class Catalogue:
    """The prompts of one language."""

    def __init__(self, language: str, prompts: Mapping[str, Mapping[str, str]], essential: Sequence[str] = ()) -> None:
        self.language = language
        self.prompts: Mapping[str, Mapping[str, Template]] = {
            name: {variant: compile_template(text) for variant, text in variants.items()}
            for name, variants in prompts.items()
        }
        self._essential = tuple(essential)
        self._found: dict[tuple[str, str], Template] = {}

    @classmethod
    def load(cls, language: str = "zh", folder: Path = FOLDER) -> Catalogue:
        """Read `LANGUAGE.yaml`. Raises VoiceError (`prompts`, `prompt`)."""
        path = folder / f"{language}.yaml"
        remedy = f"Restore {path.name} from the release."
        try:
            data = yaml.safe_load(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise VoiceError("prompts", f"The prompts in {path} cannot be read: {error}", remedy) from error
        if not isinstance(data, dict) or not isinstance(data.get("prompts"), dict):
            raise VoiceError("prompts", f"{path} holds no prompts.", remedy)
        prompts = {str(name): _variants(path, str(name), value) for name, value in data["prompts"].items()}
        return cls(language, prompts, [str(name) for name in data.get("essential", [])])

    def called(self, language: str) -> Catalogue:
        """The same words for another language, whose speakers record them in their own."""
        other = Catalogue(language, {}, self._essential)
        other.prompts = self.prompts
        return other

    def has(self, name: str) -> bool:
        """True when there is such a prompt."""
        return name in self.prompts

    def variants(self, name: str) -> tuple[str, ...]:
        """Names of a prompt's own variants."""
        return tuple(self.prompts.get(name, {}))

    def template(self, name: str, variant: str = "full") -> Template:
        """A variant or what stands in for it. Raises VoiceError (`no_prompt`)."""
        key = (name, variant)
        if key not in self._found:
            own = self.prompts.get(name)
            if not own:
                raise VoiceError(
                    "no_prompt", f"There is no prompt “{name}” in {self.language}.", "Add it to the catalogue."
                )
            order = FALLBACKS.get(variant, (variant, "full"))
            self._found[key] = next((own[one] for one in order if one in own), next(iter(own.values())))
        return self._found[key]

    def fields(self, name: str) -> dict[tuple[str, str], Field]:
        """The fields of all variants of a prompt, by path and kind."""
        return {(f.path, f.kind): f for template in self.prompts.get(name, {}).values() for f in template.fields}

    def all_fixed_pieces(self) -> list[str]:
        """Every piece without a value, essential ones first: what is rendered ahead."""
        rest = (piece for name in self.prompts for piece in self._fixed(name))
        return list(dict.fromkeys([*self.essential_pieces(), *rest]))

    def essential_pieces(self) -> list[str]:
        """The pieces without which the first call would wait, most needed first."""
        return list(dict.fromkeys(piece for name in self._essential for piece in self._fixed(name)))

    def _fixed(self, name: str) -> Iterable[str]:
        for template in self.prompts.get(name, {}).values():
            for piece in template.pieces:
                if all(isinstance(part, str) for part in piece):
                    yield "".join(str(part) for part in piece)

    def common_dynamic_pieces(
        self,
        now: datetime,
        departments: Sequence[str],
        hospitals: Sequence[str],
        values: Mapping[str, Sequence[str]] | None = None,
    ) -> list[str]:
        """Pieces with one value each, for likely values: departments, hospitals and the catalogue's own labels.

        `values` adds ready words per kind. Dates are read by `nlu`, which this package does not know: without a
        `date` in `values`, plain ones for the 14 days after `now` are used; `flows.render.common_dynamic_pieces`
        gives the exact ones.
        """
        labels = [piece for name in self.prompts if name.startswith("label.") for piece in self._fixed(name)]
        known: dict[str, Sequence[str]] = {
            "department": departments,
            "hospital": hospitals,
            "choice": [*labels, *departments, *hospitals],
            "date": [_plain_date(date.fromordinal(now.date().toordinal() + n)) for n in range(1, 15)],
            "part_of_day": ["上午", "下午"],
            **(values or {}),
        }
        pieces = (
            "".join(part if isinstance(part, str) else word for part in piece)
            for variants in self.prompts.values()
            for template in variants.values()
            for piece in template.pieces
            for kinds in [[part.kind for part in piece if isinstance(part, Field)]]
            if len(kinds) == 1
            for word in known.get(kinds[0], ())
        )
        return list(dict.fromkeys(pieces))


def _plain_date(day: date) -> str:
    return f"{day.month}月{day.day}号，星期{'一二三四五六日'[day.weekday()]}"


def _variants(path: Path, name: str, value: Any) -> Mapping[str, str]:
    if isinstance(value, str):
        return {"full": value}
    if isinstance(value, dict) and value and all(isinstance(text, str) for text in value.values()):
        return {str(variant): text for variant, text in value.items()}
    raise VoiceError(
        "prompts", f"The prompt “{name}” in {path} is neither a text nor a table of texts.", "Write variant: text."
    )
