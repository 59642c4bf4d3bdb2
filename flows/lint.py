"""What flows must guarantee, checked before they are published: findings with file, line and remedy.

The rules are in `flows.lint_rules`, one module per noun. A set of flows is a folder: `NAME.yaml` for each flow, and
`prompts/LANGUAGE.yaml` for sentences of its own, which stand over those that ship.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from flows.errors import FlowError
from flows.lint_rules import languages as spoken_languages
from flows.lint_rules import menus, names, offices, paths, prompts, wording
from flows.lint_rules.finding import Finding, Severity
from flows.lint_rules.graph import Graph
from flows.lint_rules.speech import ENGINE, WHERE_WRITTEN, Role, uses
from flows.lint_rules.spoken import Spoken, load_spoken
from flows.loader import LoadedFlow, build_flow, flow_set, read_file, read_yaml

__all__ = ["Finding", "Severity", "errors_in", "lint_path", "lint_texts"]

PROMPTS = "prompts"
"""Folder of a set that holds its own sentences."""
_LANGUAGE = re.compile(r"[a-z]{2,3}")


def errors_in(findings: list[Finding]) -> list[Finding]:
    """Those that keep a set from being published."""
    return [finding for finding in findings if finding.severity is Severity.ERROR]


def lint_texts(
    texts: Mapping[str, str],
    own_prompts: Mapping[str, Mapping[str, str]] | None = None,
    recordings: Path = spoken_languages.RECORDINGS,
) -> list[Finding]:
    """All findings in flows that go together, by file and line.

    `texts` is file → text of each flow; `own_prompts` is language → file → text of the set's own sentences;
    `recordings` is the folder of recorded prompts, which a language without a voice lives on.
    """
    own = own_prompts or {}
    findings: list[Finding] = []
    flows: dict[str, LoadedFlow] = {}
    sound: list[LoadedFlow] = []
    for file, text in texts.items():
        loaded, found = _read(text, file)
        findings += found
        if loaded is not None:
            flows.setdefault(loaded.flow.flow, loaded)
            sound.append(loaded)
            findings += _misnamed(loaded)
    languages: dict[str, Spoken] = {}
    for name in sorted({language for one in sound for language in one.flow.languages} | set(own)):
        try:
            languages[name] = load_spoken(name, own.get(name, {}))
        except FlowError as error:
            findings += [_no_language(error, one) for one in sound if name in one.flow.languages] or [Finding.of(error)]
    for loaded in sound:
        findings += _lint_flow(loaded, languages, recordings)
    findings += paths.check_calls(flows)
    findings += menus.check_order(flows)
    findings += _set_errors(sound)
    findings += _wording(sound, languages, own)
    return sorted(dict.fromkeys(findings), key=lambda finding: (finding.file, finding.line, finding.code))


def _read(text: str, file: str) -> tuple[LoadedFlow | None, list[Finding]]:
    try:
        data, lines = read_yaml(text, file)
    except FlowError as error:
        return None, [Finding.of(error, file)]
    loaded, errors = build_flow(data, lines, text, file)
    findings = [Finding.of(error, file) for error in errors]
    zero = list(menus.zero_keys(data, lines, file))
    places = {(finding.file, finding.line) for finding in zero}
    # The same key is also unknown to the schema; the reason that matters is said once.
    findings = [one for one in findings if one.code != "unknown_key" or (one.file, one.line) not in places]
    return (loaded if not errors else None), findings + zero


def _misnamed(loaded: LoadedFlow) -> Iterator[Finding]:
    name = Path(loaded.file).stem
    if name != loaded.flow.flow:
        yield Finding(
            loaded.file,
            loaded.line("flow"),
            "file_name",
            f"The file is called {name}, but holds the flow “{loaded.flow.flow}”.",
            f"Call the file {loaded.flow.flow}.yaml, or the flow “{name}”.",
        )


def _no_language(error: FlowError, loaded: LoadedFlow) -> Finding:
    if error.file:
        return Finding.of(error)
    return Finding(loaded.file, loaded.line("languages"), error.code, error.message, error.remedy)


def _lint_flow(loaded: LoadedFlow, languages: Mapping[str, Spoken], recordings: Path) -> Iterator[Finding]:
    graph = Graph(loaded)
    catalogues = {name: languages[name].catalogue for name in loaded.flow.languages if name in languages}
    yield from paths.check(graph)
    yield from menus.check(graph)
    yield from offices.check(graph)
    yield from names.check(graph)
    yield from names.check_prompts(graph, catalogues)
    yield from prompts.check(loaded, languages)
    yield from spoken_languages.check(loaded, languages, recordings)


def _set_errors(flows: list[LoadedFlow]) -> list[Finding]:
    """What keeps the flows from being loaded together, beside calls, which have rules of their own."""
    try:
        flow_set(flows)
    except FlowError as error:
        return [Finding.of(error)] if error.code != "no_flow" else []
    return []


def _wording(
    flows: list[LoadedFlow], languages: Mapping[str, Spoken], own: Mapping[str, Mapping[str, str]]
) -> Iterator[Finding]:
    """The wording of every prompt that these flows or the engine say, and of every prompt that the set brings."""
    said = [(use, loaded.flow.languages) for loaded in flows for use in uses(loaded)]
    for name, spoken in languages.items():
        brought = {prompt for (prompt, _), (file, _) in spoken.lines.items() if file in own.get(name, {})}
        here = {use.prompt for use, claimed in said if name in claimed}
        statements = {use.prompt for use, _ in said if use.role in {Role.STATEMENT, Role.ANSWER}}
        known = frozenset(
            prompt for prompt in here | brought | {*ENGINE, *WHERE_WRITTEN} if spoken.catalogue.has(prompt)
        )
        yield from wording.check(spoken, known, frozenset(statements))


def lint_path(path: Path) -> list[Finding]:
    """Findings in a file or a folder.

    A single flow is checked together with its neighbours, which it may call; only what concerns it is given. A file
    in a folder `prompts` is checked as sentences."""
    if path.is_dir():
        if path.name == PROMPTS:
            return lint_texts({}, _prompts_in(path))
        return _lint_files(sorted(path.glob("*.yaml")), path)
    if path.parent.name == PROMPTS or path.resolve().parent.name == PROMPTS:
        text, unread = _texts([path])
        return unread + lint_texts({}, {path.stem: text} if text else {})
    neighbours = [one for one in sorted(path.parent.glob("*.yaml")) if one.name != path.name]
    findings = _lint_files([path, *neighbours], path.parent)
    return [one for one in findings if one.file not in {str(other) for other in neighbours}]


def _lint_files(files: list[Path], folder: Path) -> list[Finding]:
    if not files:
        remedy = "Name a folder with flow files (NAME.yaml), or a file."
        return [Finding(str(folder), 0, "no_flows", "The folder holds no flow files.", remedy)]
    texts, unread = _texts(files)
    try:
        own = _prompts_in(folder / PROMPTS)
    except FlowError as error:
        own, unread = {}, [*unread, Finding.of(error)]
    return unread + lint_texts(texts, own)


def _texts(files: list[Path]) -> tuple[dict[str, str], list[Finding]]:
    texts, unread = {}, []
    for file in files:
        try:
            texts[str(file)] = read_file(file)
        except FlowError as error:
            unread.append(Finding.of(error, str(file)))
    return texts, unread


def _prompts_in(folder: Path) -> dict[str, dict[str, str]]:
    """Language → file → text. Raises FlowError."""
    files = (file for file in sorted(folder.glob("*.yaml")) if _LANGUAGE.fullmatch(file.stem))
    return {file.stem: {str(file): read_file(file)} for file in files}
