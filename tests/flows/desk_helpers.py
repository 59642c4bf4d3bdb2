"""Versions and drafts for tests: publish, go back, and see what is in force."""

from __future__ import annotations

from pathlib import Path

from flows.drafts import Drafts
from flows.publishing import publish, roll_back
from flows.sets import FlowFiles, read_set, shipped
from flows.versions import Versions


class Desk:
    """Versions and drafts in one folder, with rehearsals that pass unless told otherwise."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.versions = Versions(folder)
        self.drafts = Drafts(folder / "draft")
        self.failures: list[str] = []
        self.rehearsed: list[list[str]] = []

    def rehearse(self, folder: Path) -> list[str]:
        self.rehearsed.append(sorted(read_set(folder).texts))
        return self.failures

    def publish(self, *names: str) -> int:
        return publish(self.versions, self.drafts, self.rehearse, names).number

    def go_back(self, flow: str | None = None, to: int | None = None) -> int:
        return roll_back(self.versions, self.rehearse, flow, to).number

    @property
    def in_force(self) -> FlowFiles:
        return self.versions.files(self.versions.current().version)

    def title(self, flow: str, title: str) -> None:
        """Draft a flow with another title."""
        text = shipped().texts[f"{flow}.yaml"]
        old = next(line for line in text.splitlines() if line.startswith("title:"))
        self.drafts.write(f"{flow}.yaml", text.replace(old, f"title: {title}"))

    def titles(self) -> dict[str, str]:
        return {name: flow.title for name, flow in self.in_force.load().flows.items()}
