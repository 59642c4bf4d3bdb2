"""Stored calls of this hotline against other flows: a report for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from flows.errors import FlowError
from flows.live import Conversations
from flows.replay import Difference, Replay, differences, replay, strays, turns_of
from flows.sets import FlowFiles
from flows.versions import Versions
from integrations.database.journal import CallRecord
from ivr.settings import Settings
from voices.errors import VoiceError
from voices.languages.pack import load_packs
from voices.synthesis.voices import Folders, Voices

Story: TypeAlias = tuple[CallRecord, Sequence[tuple[datetime, str, Mapping[str, Any]]]]


@dataclass(slots=True)
class Report:
    """One call, against its own flows and against the edited ones."""

    call_id: str
    differences: list[Difference] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """Where, and why, the replay is not exact."""
    problem: str = ""
    """Why it cannot be played again at all."""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def __str__(self) -> str:
        if self.problem:
            return f"{self.call_id}: cannot be played again: {self.problem}"
        if not self.differences and not self.notes:
            return f"{self.call_id}: the same"
        rows = [f"{self.call_id}: {len(self.differences)} differences"]
        for one in self.differences:
            rows += [f"  {one.place}. after {one.what}", f"     - {one.before}", f"     + {one.after}"]
        rows += [f"  not exact: {note}" for note in self.notes]
        return "\n".join(rows)


class Replaying:
    """Plays calls against one edited set. Raises FlowError or VoiceError when that cannot be loaded."""

    def __init__(self, settings: Settings, edited: FlowFiles) -> None:
        self._versions, self._language = Versions(settings.flows_dir), settings.language
        self._edited = edited
        self._played: dict[str, Conversations] = {}
        folders = Folders(settings.prompts_dir, settings.models_dir, settings.voices_dir)
        self._speakable = Voices(folders, load_packs(), settings.language).can_say

    def compare(self, call_id: str, story: Story) -> Report:
        """What the caller of one stored call would have heard instead. Never raises."""
        call, events = story
        report = Report(call_id)
        try:
            turns = turns_of(events)
            after = replay(call_id, call.number, turns, self._of(self._edited))
            report.notes += after.notes
            before = self._before(call_id, call.number, turns, report)
            report.differences = differences(before, after)
        except (FlowError, VoiceError) as error:
            report.problem = str(error)
        return report

    def _before(self, call_id: str, number: str | None, turns: Sequence[Mapping[str, Any]], report: Report) -> Replay:
        version = str(turns[0].get("version", ""))
        before = replay(call_id, number, turns, self._of(self._versions.files(version)))
        report.notes += [f"its own flows answer otherwise now: {one}" for one in strays(turns, before)]
        return before

    def _of(self, files: FlowFiles) -> Conversations:
        """These flows in every language in which calls can be held here, as in a call."""
        if files.identity not in self._played:
            self._played[files.identity] = Conversations(files, self._language, load_packs(), self._speakable)
        return self._played[files.identity]
