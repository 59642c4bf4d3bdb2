"""Languages that a flow claims: each has a pack, and somebody to say every sentence of the flow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from flows.lint_rules.finding import Finding, Severity
from flows.lint_rules.speech import ENGINE, WHERE_WRITTEN, uses
from flows.lint_rules.spoken import Spoken
from flows.loader import LoadedFlow
from voices.languages.pack import Lack, Pack, Quality, load_packs
from voices.synthesis.recordings import Recordings

RECORDINGS = Path("var") / "voices"
"""Where recordings are looked for when nobody says where they are."""


def check(loaded: LoadedFlow, languages: Mapping[str, Spoken], recordings: Path = RECORDINGS) -> Iterator[Finding]:
    """Findings `no_pack` and `not_spoken` (errors; a warning where the pack gives callers a person instead), and
    `poor_voice` (a warning)."""
    packs = load_packs()
    for name in loaded.flow.languages:
        line = loaded.line("languages")
        pack, spoken = packs.get(name), languages.get(name)
        if spoken is None:  # nothing is written in it: another rule says so
            continue
        if pack is None:
            remedy = f"Claim one of {', '.join(packs)}, or add voices/languages/{name}.yaml."
            yield Finding(loaded.file, line, "no_pack", f"There is no language pack “{name}”.", remedy)
        else:
            yield from _spoken(loaded, pack, spoken, line, recordings)


def _spoken(loaded: LoadedFlow, pack: Pack, spoken: Spoken, line: int, recordings: Path) -> Iterator[Finding]:
    voice = pack.voice
    if voice is not None and voice.quality is Quality.GOOD:
        return
    found = Recordings(recordings, spoken.catalogue)
    names = dict.fromkeys([*ENGINE, *WHERE_WRITTEN, *(use.prompt for use in uses(loaded))])
    lacking = [name for name in names if spoken.catalogue.has(name) and not found.has_prompt(name)]
    if not lacking:
        return
    listed = ", ".join(lacking[:3]) + (f" and {len(lacking) - 3} more" if len(lacking) > 3 else "")
    remedy = f"Record them: `yinling voices coverage --language {pack.language} --missing` lists the files."
    if voice is None:
        person = pack.lacks.prompt is Lack.AGENT  # as the pack says: until it is recorded, persons who speak it
        message = f"{pack.called('en')} has no synthetic voice, and these prompts are not recorded: {listed}."
        message += " Callers get a person." if person else ""
        severity = Severity.WARNING if person else Severity.ERROR
        remedy += f" Or remove “{pack.language}” from the flow."
        yield Finding(loaded.file, line, "not_spoken", message, remedy, severity)
    else:
        message = (
            f"{pack.called('en')} has only a poor synthetic voice for these prompts: {listed}. Callers get a person."
        )
        yield Finding(loaded.file, line, "poor_voice", message, remedy, Severity.WARNING)
