"""Flow files → checked flows. A broken file gives one FlowError with file, line and remedy; nothing is half loaded."""

from __future__ import annotations

import hashlib
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from flows.errors import FlowError
from flows.schema import VERBS, Flow, Menu

LIBRARY = Path(__file__).parent / "library"
"""The flows that ship."""
MAX_BYTES = 128 * 1024
MAX_DEPTH = 20
Place: TypeAlias = tuple[str | int, ...]
_NUMBER = re.compile(r"-?\d{1,9}")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml, where it is there, is ten times as fast
_PLAIN: Mapping[str, object] = {"true": True, "false": False, "null": None, "~": None, "": None}


@dataclass(frozen=True, slots=True)
class LoadedFlow:
    """A flow and where each of its parts stands in its file."""

    flow: Flow
    file: str
    lines: Mapping[Place, int]
    text: str

    def line(self, *place: str | int) -> int:
        """Line of a part, or of the nearest part that holds it."""
        return nearest_line(self.lines, place)


@dataclass(frozen=True, slots=True)
class FlowSet:
    """All flows that one call may go through."""

    loaded: Mapping[str, LoadedFlow]
    version: str = ""
    """Changes with any change of any file."""
    flows: Mapping[str, Flow] = field(init=False)
    by_intent: Mapping[str, str] = field(init=False)
    menu: tuple[tuple[str, Menu], ...] = field(init=False)
    """(flow, its place), in the order of the key menu."""

    def __post_init__(self) -> None:
        flows = {name: loaded.flow for name, loaded in self.loaded.items()}
        places = [(name, flow.menu) for name, flow in flows.items() if flow.menu]
        object.__setattr__(self, "flows", flows)
        object.__setattr__(self, "by_intent", {i: name for name, flow in flows.items() for i in flow.intents})
        object.__setattr__(self, "menu", tuple(sorted(places, key=lambda place: place[1].order)))


def nearest_line(lines: Mapping[Place, int], place: Place) -> int:
    """Line of the innermost known part on the way to `place`."""
    while place and place not in lines:
        place = place[:-1]
    return lines.get(place, 1)


def read_yaml(text: str, file: str) -> tuple[Any, dict[Place, int]]:
    """Plain data and the line of each part. Raises FlowError. Anchors, tags and repeated keys are refused."""
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise _too_large(file)
    try:
        _check_events(text, file)  # first, for composing goes as deep as the text does
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        raise _yaml_error(error, text, file) from error
    except UnicodeError as error:  # half a character, which no file can hold but a form can send
        raise FlowError("not_text", "This is not text.", file=file, remedy="Save it as UTF-8.") from error
    lines: dict[Place, int] = {}
    return (_plain(node, (), lines, file) if node is not None else None), lines


def _too_large(file: str) -> FlowError:
    return FlowError(
        "too_large", f"The file is larger than {MAX_BYTES // 1024} KB.", file=file, remedy="Split it into several."
    )


def _check_events(text: str, file: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        line = event.start_mark.line + 1 if event.start_mark else 0
        if depth > MAX_DEPTH:
            raise FlowError("too_deep", "The file is nested too deeply.", file=file, line=line, remedy="Flatten it.")
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise FlowError(
                "anchor",
                "Anchors and aliases are not allowed.",
                file=file,
                line=line,
                remedy="Write the part out, or make it a flow of its own and call it.",
            )


def _yaml_error(error: yaml.YAMLError, text: str, file: str) -> FlowError:
    mark = getattr(error, "problem_mark", None)
    at = getattr(error, "position", None)  # of a character that YAML does not allow
    line = mark.line + 1 if mark is not None else text.count("\n", 0, at) + 1 if isinstance(at, int) else 0
    problem = str(getattr(error, "problem", None) or error).splitlines()[0]
    here = (text.splitlines()[line - 1 : line] or [""])[0]
    if "\t" in here[: len(here) - len(here.lstrip())]:
        return FlowError(
            "tab", "A tab is used to indent.", file=file, line=line, remedy="Use spaces, two for each level."
        )
    if at is not None:
        return FlowError(
            "not_text",
            f"This is not text: {problem}.",
            file=file,
            line=line,
            remedy="Remove the character, or save the file as UTF-8 text.",
        )
    return FlowError(
        "not_yaml",
        f"This is not YAML: {problem}.",
        file=file,
        line=line,
        remedy="Check the indentation, the colons and the quotes on this line and the one above.",
    )


def _plain(node: yaml.Node, place: Place, lines: dict[Place, int], file: str) -> Any:
    line = node.start_mark.line + 1
    lines.setdefault(place, line)
    if not node.tag.startswith("tag:yaml.org,2002:") or "/" in node.tag:
        raise FlowError("tag", f"The tag {node.tag} is not allowed.", file=file, line=line, remedy="Remove it.")
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(child, (*place, n), lines, file) for n, child in enumerate(node.value)]
    result: dict[str, Any] = {}
    for key_node, child in node.value:
        key = key_node.value if isinstance(key_node, yaml.ScalarNode) else ""
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode) or key in result:
            raise FlowError(
                "key", f"The key “{key}” is not a word or stands here twice.", file=file, line=line, remedy="Keep one."
            )
        lines[(*place, key)] = line
        result[key] = _plain(child, (*place, key), lines, file)
    return result


def _scalar(node: yaml.ScalarNode) -> object:
    value = str(node.value)
    if not node.style:  # written without quotes; `on`, `yes` and `no` stay words, as they look
        if value in _PLAIN:
            return _PLAIN[value]
        if _NUMBER.fullmatch(value):
            return int(value)
    return value


def load_text(text: str, file: str) -> LoadedFlow:
    """One flow. Raises FlowError: the first thing that is wrong."""
    loaded, errors = read_flow(text, file)
    if loaded is None or errors:
        raise errors[0]
    return loaded


def read_flow(text: str, file: str) -> tuple[LoadedFlow | None, list[FlowError]]:
    """One flow, and everything that keeps the engine from running it. The flow is None when it cannot even be read."""
    try:
        data, lines = read_yaml(text, file)
    except FlowError as error:
        return None, [error]
    return build_flow(data, lines, text, file)


def build_flow(
    data: Any, lines: Mapping[Place, int], text: str, file: str
) -> tuple[LoadedFlow | None, list[FlowError]]:
    """As `read_flow`, from what `read_yaml` gave."""
    if not isinstance(data, dict):
        return None, [
            FlowError("not_a_flow", "The file holds no flow.", file=file, line=1, remedy="Begin with “flow: name”.")
        ]
    try:
        flow = Flow.model_validate(data)
    except ValidationError as error:
        return None, [explain(one, lines, file) for one in error.errors()]
    loaded = LoadedFlow(flow, file, lines, text)
    return loaded, list(_name_errors(loaded))


def explain(first: ErrorDetails, lines: Mapping[Place, int], file: str) -> FlowError:
    """What pydantic found, as an error with place and remedy."""
    # Pydantic puts the verb of a step, as a tag, into the place: it is no key of the file.
    location = list(first["loc"])
    if location[:1] == ["steps"] and len(location) > 2 and location[2] in VERBS:
        del location[2]
    place = tuple(location)
    line = nearest_line(lines, place)
    where = ".".join(str(part) for part in place)
    inner = first.get("ctx", {}).get("error")
    if first["type"] == "extra_forbidden":
        return FlowError(
            "unknown_key",
            f"The key “{place[-1]}” is not known here.",
            file=file,
            line=line,
            remedy="Check the spelling, or remove it.",
        )
    if first["type"] == "missing":
        return FlowError("missing_key", f"“{place[-1]}” is missing.", file=file, line=line, remedy="Add it.")
    if "union_tag" in first["type"]:
        return FlowError(
            "no_verb",
            "The step does nothing.",
            file=file,
            line=line,
            remedy="Give it one of: " + ", ".join(VERBS) + ".",
        )
    if isinstance(inner, FlowError):
        return FlowError(inner.code, inner.message, file=file, line=line, remedy=inner.remedy)
    return FlowError("value", f"{where}: {first['msg']}.", file=file, line=line, remedy="Correct the value.")


def _name_errors(loaded: LoadedFlow) -> Iterator[FlowError]:
    """Step names are unique and every target exists: without this the engine cannot run the flow."""
    flow, seen = loaded.flow, set[str]()
    for n, step in enumerate(flow.steps):
        if step.step in seen:
            yield FlowError(
                "step_twice",
                f"Two steps are called “{step.step}”.",
                file=loaded.file,
                line=loaded.line("steps", n, "step"),
                remedy="Rename one.",
            )
        seen.add(step.step)
    for n, step in enumerate(flow.steps):
        for target in dict.fromkeys([*flow.targets(n), *([step.next] if step.next else [])]):
            if target not in seen:
                yield FlowError(
                    "no_step",
                    f"Step “{step.step}” leads to “{target}”, which does not exist.",
                    file=loaded.file,
                    line=loaded.line("steps", n),
                    remedy="Name a step of this flow.",
                )


def read_file(path: Path) -> str:
    """The text of a file of flows or prompts, without a byte-order mark. Raises FlowError."""
    try:
        facts = path.stat()
        if not stat.S_ISREG(facts.st_mode):
            raise FlowError(
                "unreadable", "This is not a file.", file=str(path), remedy="Name a file, or a folder of files."
            )
        if facts.st_size > MAX_BYTES:
            raise _too_large(str(path))
        data = path.read_bytes()
    except OSError as error:
        raise FlowError(
            "unreadable", f"The file cannot be read: {error.strerror}.", file=str(path), remedy="Check its rights."
        ) from error
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise FlowError(
            "not_text",
            "The file is not UTF-8 text.",
            file=str(path),
            line=data.count(b"\n", 0, error.start) + 1,
            remedy="Save it as UTF-8.",
        ) from error


def load_file(path: Path) -> LoadedFlow:
    """One flow file. Raises FlowError."""
    return load_text(read_file(path), str(path))


def flow_set(loaded: Iterable[LoadedFlow]) -> FlowSet:
    """Flows that go together. Raises FlowError when names or intents clash or a called flow is missing."""
    flows: dict[str, LoadedFlow] = {}
    owners: dict[str, str] = {}
    for one in loaded:
        if one.flow.flow in flows:
            raise FlowError(
                "flow_twice", f"Two files hold the flow “{one.flow.flow}”.", file=one.file, line=1, remedy="Rename one."
            )
        flows[one.flow.flow] = one
        for intent in one.flow.intents:
            if owners.setdefault(intent, one.flow.flow) != one.flow.flow:
                raise FlowError(
                    "intent_twice",
                    f"“{intent}” already belongs to the flow “{owners[intent]}”.",
                    file=one.file,
                    line=one.line("intents"),
                    remedy="Leave it to one of them.",
                )
    for one in flows.values():
        for n, step in enumerate(one.flow.steps):
            if step.verb == "call" and getattr(step, "call", "") not in flows:
                raise FlowError(
                    "no_flow",
                    f"Step “{step.step}” calls a flow that does not exist.",
                    file=one.file,
                    line=one.line("steps", n, "call"),
                    remedy="Name a flow of this folder.",
                )
    digest = hashlib.sha256("\0".join(flows[name].text for name in sorted(flows)).encode()).hexdigest()
    return FlowSet(flows, digest[:12])


def load_folder(folder: Path = LIBRARY) -> FlowSet:
    """Every *.yaml of a folder. Raises FlowError at the first that cannot be used."""
    files = sorted(folder.glob("*.yaml"))
    if not files:
        raise FlowError(
            "no_flows",
            "The folder holds no flow files.",
            file=str(folder),
            remedy="Check the setting of the flows' folder.",
        )
    return flow_set(load_file(path) for path in files)
