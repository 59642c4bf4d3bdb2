"""One layout for flow files: two spaces a level, one blank line at most, short lists on a line. Comments stay.

Order, words and quotes are left as they are written. The result is read again before it is given: a layout that would
change a value or lose a comment is an error, never a file.
"""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from flows.comments import Comment, comments_of
from flows.errors import FlowError
from flows.loader import read_file, read_yaml

WIDTH = 120
"""Columns. A list or table on one line that would be wider is put on several."""
_OTHER_BREAKS = "\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"


def format_text(text: str, file: str = "") -> str:
    """The text in the one layout; the same text when it has it already. Raises FlowError when it cannot be read."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").rstrip() + "\n"
    data, _ = read_yaml(text, file)
    if any(one in text for one in _OTHER_BREAKS):
        raise FlowError(
            "line_break",
            "The file holds a line break of an unusual kind.",
            file=file,
            remedy="Replace it by an ordinary line break, or write it as an escape in quotes.",
        )
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    if not isinstance(node, yaml.CollectionNode) or not node.value:
        raise FlowError("not_a_flow", "The file holds no flow.", file=file, line=1, remedy="Begin with “flow: name”.")
    comments = comments_of(text)
    result = _Writer(text, comments).write(node)
    _check(result, data, comments, file)
    return result


def format_file(path: Path, *, check: bool = False) -> bool:
    """Give a file the one layout. True when it had another one; with `check` it is left alone. Raises FlowError."""
    before = read_file(path)
    after = format_text(before, str(path))
    try:
        changed = path.read_bytes() != after.encode("utf-8")
        if changed and not check:
            fresh = path.with_name(f".{path.name}.new")
            fresh.write_text(after, encoding="utf-8", newline="\n")
            fresh.chmod(path.stat().st_mode & 0o777)
            fresh.replace(path)
    except OSError as error:
        raise FlowError(
            "unwritable", f"The file cannot be written: {error.strerror}.", file=str(path), remedy="Check its rights."
        ) from error
    return changed


def _check(result: str, data: object, comments: list[Comment], file: str) -> None:
    again, _ = read_yaml(result, file)
    same = json.dumps(again, ensure_ascii=False) == json.dumps(data, ensure_ascii=False)
    if not same or sorted(c.text for c in comments_of(result)) != sorted(c.text for c in comments):
        raise FlowError(
            "format",
            "The file cannot be laid out without changing what it says; it is left as it is.",
            file=file,
            remedy="Write values on one line, and comments on lines of their own.",
        )


@dataclass
class _Writer:
    """Writes the nodes of a text line by line, and its comments where they belong."""

    text: str
    comments: list[Comment]
    rows: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._source = self.text.split("\n")
        self._alone = deque(comment for comment in self.comments if comment.alone)
        self._beside = deque(comment for comment in self.comments if not comment.alone)

    def write(self, root: yaml.CollectionNode) -> str:
        self._block(root, 0)
        for comment in self._alone:
            self._comment(comment, 0, first=False)
        return "\n".join(self.rows) + "\n"

    def _block(self, node: yaml.CollectionNode, indent: int) -> None:
        """A table or list on several lines."""
        for n, child in enumerate(node.value):
            if isinstance(child, tuple):
                self._entry(child[0], child[1], indent, first=n == 0)
            else:
                self._item(child, indent, first=n == 0)
        if node.flow_style:
            return
        while (
            self._alone and self._alone[0].line < node.end_mark.line and self._alone[0].column >= node.start_mark.column
        ):
            self._comment(self._alone.popleft(), indent, first=False)

    def _entry(self, key: yaml.Node, value: yaml.Node, indent: int, *, first: bool) -> None:
        """One key and its value."""
        line = key.start_mark.line
        table = self._table(value, indent + len(self._scalar(key)) + 2)
        if indent == 0 and table and self.rows and self.rows[-1] and not self._before(line):
            self.rows.append("")
        last = line if table and not table.flow_style else max(_last_line(value), line)
        beside = self._lead(line, last, indent, first=first)
        head = " " * indent + self._scalar(key) + ":"
        if table:
            self._row(head, beside)
            self._block(table, indent + 2)
            return
        lines = self._literal(value)
        if lines:
            self._row(f"{head} {lines[0]}", beside)
            self.rows += [" " * (indent + 2) + row if row else "" for row in lines[1:]]
            return
        words = self._inline(value)
        self._row(f"{head} {words}" if words else head, beside)

    def _item(self, node: yaml.Node, indent: int, *, first: bool) -> None:
        """One item of a list."""
        line = node.start_mark.line
        table = self._table(node, indent + 2)
        if not table:
            beside = self._lead(line, max(_last_line(node), line), indent, first=first)
            lines = self._literal(node)
            dash = " " * indent + "- " + (lines[0] if lines else self._inline(node) or "null")
            self._row(dash, beside)
            self.rows += [" " * (indent + 2) + row if row else "" for row in lines[1:]]
            return
        # Comments of the first entry belong above the dash.
        self._flush(line, indent, first=first)
        if self._gap(line) and not first:
            self._blank()
        start = len(self.rows)
        self._block(table, indent + 2)
        while not self.rows[start] or self.rows[start].lstrip().startswith("#"):
            self.rows[start] = " " * (indent if self.rows[start] else 0) + self.rows[start].lstrip()
            start += 1
        self.rows[start] = " " * indent + "- " + self.rows[start][indent + 2 :]

    def _before(self, line: int) -> bool:
        """Comments wait to be written above this line."""
        return bool(self._alone and self._alone[0].line < line)

    def _lead(self, line: int, last: int, indent: int, *, first: bool) -> str:
        """Write what stands above an entry of the lines `line` to `last`; return the comment beside it."""
        gap = self._gap(line)
        above = self._flush(line, indent, first=first)
        if gap and not (first and not above):
            self._blank()
        inner = [c for c in self._alone if c.line <= last] + [c for c in self._beside if c.line <= last]
        inner.sort(key=lambda comment: comment.line)
        beside = inner.pop().text if inner and not inner[-1].alone else ""
        for comment in inner:
            self.rows.append(" " * indent + comment.text)
        self._drop(last)
        return beside

    def _drop(self, last: int) -> None:
        while self._alone and self._alone[0].line <= last:
            self._alone.popleft()
        while self._beside and self._beside[0].line <= last:
            self._beside.popleft()

    def _flush(self, line: int, indent: int, *, first: bool) -> bool:
        """Write the comments that stand above a line. True when there were any."""
        any_above = False
        while self._alone and self._alone[0].line < line:
            self._comment(self._alone.popleft(), indent, first=first and not any_above)
            any_above = True
        while self._beside and self._beside[0].line < line:
            self.rows.append(" " * indent + self._beside.popleft().text)
            any_above = True
        return any_above

    def _comment(self, comment: Comment, indent: int, *, first: bool) -> None:
        if comment.gap and not first:
            self._blank()
        self.rows.append(" " * indent + comment.text)

    def _gap(self, line: int) -> bool:
        return line > 0 and not self._source[line - 1].strip()

    def _blank(self) -> None:
        if self.rows and self.rows[-1]:
            self.rows.append("")

    def _row(self, words: str, beside: str) -> None:
        self.rows.append(f"{words}  {beside}" if beside else words)

    def _table(self, node: yaml.Node, column: int) -> yaml.CollectionNode | None:
        """The node when it is a list or table that does not go on the line of its key."""
        if not isinstance(node, yaml.CollectionNode) or not node.value:
            return None
        return None if node.flow_style and column + len(self._inline(node)) <= WIDTH else node

    def _inline(self, node: yaml.Node) -> str:
        """A value on one line."""
        if isinstance(node, yaml.MappingNode):
            pairs = (f"{self._scalar(key)}: {self._inline(value) or 'null'}" for key, value in node.value)
            return "{" + ", ".join(pairs) + "}"
        if isinstance(node, yaml.SequenceNode):
            return "[" + ", ".join(self._inline(child) or "null" for child in node.value) + "]"
        return self._scalar(node)

    def _scalar(self, node: yaml.Node) -> str:
        """A word or text as it is written; in quotes when it is written on several lines."""
        raw = self.text[node.start_mark.index : node.end_mark.index]
        if "\n" not in raw:
            return raw
        return json.dumps(node.value, ensure_ascii=False)

    def _literal(self, node: yaml.Node) -> list[str]:
        """A text of several lines as the rows of a literal block; empty where it is none."""
        if not isinstance(node, yaml.ScalarNode) or node.style not in {"|", ">"}:
            return []
        value = str(node.value)
        if not value.strip() or value.endswith("\n\n"):
            return []
        lines = value.removesuffix("\n").split("\n")
        inset = "2" if next(line for line in lines if line)[:1] == " " else ""
        return [f"|{inset}{'' if value.endswith(chr(10)) else '-'}", *lines]


def _last_line(node: yaml.Node) -> int:
    """The last line of a value on the line of its key. A literal block ends where the next thing begins."""
    literal = isinstance(node, yaml.ScalarNode) and node.style in {"|", ">"}
    return node.start_mark.line if literal else node.end_mark.line
