"""A set of flows: everything that one call may need, as the files of a folder.

NAME.yaml                       a flow
prompts/LANGUAGE.yaml           sentences of the set's own; they stand over those that ship
rehearsals/FLOW/NAME.yaml       scripts that must pass before the set is published
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path

from flows.errors import FlowError
from flows.lint import PROMPTS, Finding, lint_texts
from flows.lint_rules.languages import RECORDINGS
from flows.lint_rules.spoken import load_spoken
from flows.loader import LIBRARY, FlowSet, flow_set, load_text, read_file
from voices.prompts.catalogue import Catalogue

REHEARSALS = "rehearsals"
FILES_MAX = 2000
"""Files of one set; a folder with more is the wrong folder."""
_FLOW = re.compile(r"([a-z][a-z0-9_]{0,59})\.yaml")
_PATH = re.compile(
    rf"{_FLOW.pattern}|prompts/[a-z]{{2,3}}\.yaml|rehearsals/([a-z][a-z0-9_]{{0,59}})/[\w-]{{1,80}}\.yaml"
)


def owner(path: str) -> str:
    """The flow to which a file belongs, or `prompts`. Raises FlowError when no file of a set is called so."""
    found = _PATH.fullmatch(path)
    if found is None:
        raise FlowError(
            "file_name",
            "No file of a set of flows is called so.",
            file=path,
            remedy="Call it NAME.yaml, prompts/LANGUAGE.yaml or rehearsals/FLOW/NAME.yaml, in small Latin letters.",
        )
    return found[1] or found[2] or PROMPTS


@dataclass(frozen=True)
class FlowFiles:
    """The files of a set: path within the set → text. Whether they can be used is another question."""

    texts: Mapping[str, str]

    @cached_property
    def identity(self) -> str:
        """Version of the set: changes with any change of any file."""
        content = json.dumps(dict(sorted(self.texts.items())), ensure_ascii=False)
        return hashlib.sha256(content.encode("utf-8", "replace")).hexdigest()[:16]

    @property
    def flows(self) -> dict[str, str]:
        """Path → text of the flow files alone."""
        return {path: text for path, text in self.texts.items() if _FLOW.fullmatch(path)}

    @property
    def own_prompts(self) -> dict[str, dict[str, str]]:
        """Language → path → text of the set's own sentences."""
        return {Path(p).stem: {p: text} for p, text in self.texts.items() if p.startswith(f"{PROMPTS}/")}

    def of(self, name: str) -> dict[str, str]:
        """The files of one flow, or of `prompts`."""
        return {path: text for path, text in self.texts.items() if owner(path) == name}

    def rehearsals(self, names: Collection[str] = ()) -> dict[str, str]:
        """Path → text of the scripts: all, or those of FLOW or FLOW/NAME. Raises FlowError for an unknown name."""
        found = {path: text for path, text in self.texts.items() if path.startswith(f"{REHEARSALS}/")}
        wanted: dict[str, str] = {}
        for name in names:
            some = {
                path: text
                for path, text in found.items()
                if path.startswith((f"{REHEARSALS}/{name}/", f"{REHEARSALS}/{name}."))
            }
            if not some:
                raise FlowError(
                    "no_rehearsal",
                    f"There is no rehearsal “{name}”.",
                    remedy="`yinling flows rehearse --list` lists them; write one to rehearsals/FLOW/NAME.yaml.",
                )
            wanted |= some
        return wanted if names else found

    def load(self) -> FlowSet:
        """The flows, ready for the engine. Raises FlowError."""
        if not self.flows:
            raise FlowError("no_flows", "The set holds no flows.", remedy="Add one, or go back to an earlier set.")
        return replace(flow_set(load_text(text, path) for path, text in self.flows.items()), version=self.identity)

    def catalogue(self, language: str) -> Catalogue:
        """What is said in a language, with the set's own sentences. Raises FlowError."""
        return load_spoken(language, self.own_prompts.get(language, {})).catalogue

    def lint(self, recordings: Path = RECORDINGS) -> list[Finding]:
        """What is wrong with the flows and with their own sentences."""
        return lint_texts(self.flows, self.own_prompts, recordings)

    def changed(self, names: Mapping[str, str | None]) -> FlowFiles:
        """The set with these files put in (text) or taken out (None)."""
        texts: dict[str, str | None] = {**self.texts, **names}
        return FlowFiles({path: text for path, text in sorted(texts.items()) if text is not None})


def read_set(folder: Path) -> FlowFiles:
    """The set in a folder; other files are passed over. Raises FlowError: nothing is read in part."""
    if not folder.is_dir():
        raise FlowError("no_folder", "There is no such folder.", file=str(folder), remedy="Check the path.")
    texts = {}
    for count, path in enumerate(_files(folder)):
        if count >= FILES_MAX:
            raise FlowError(
                "too_many",
                f"The folder holds more than {FILES_MAX} files.",
                file=str(folder),
                remedy="Name the folder that holds the flows.",
            )
        name = path.relative_to(folder).as_posix()
        try:
            owner(name)
        except FlowError as error:
            raise FlowError(error.code, error.message, file=str(path), remedy=error.remedy) from error
        texts[name] = read_file(path)
    return FlowFiles(dict(sorted(texts.items())))


def _files(folder: Path) -> Iterator[Path]:
    """The files of a set. Hidden ones are what editors and archives leave behind."""
    for pattern in ("*.yaml", f"{PROMPTS}/*.yaml", f"{REHEARSALS}/*/*.yaml"):
        yield from (path for path in folder.glob(pattern) if not path.name.startswith("."))


@cache
def shipped() -> FlowFiles:
    """The set that ships: what is in force where nothing was published. Raises FlowError."""
    return read_set(LIBRARY)
