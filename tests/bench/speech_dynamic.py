"""How soon a sentence with a value in it begins, and how long it is silent inside, when only what is rendered ahead is
there.

Every rehearsal of the shipped flows is played in text. Each turn's pieces are looked up among those that a hotline has
rendered ahead by then; the others are rendered one after the other, as in a call, and timed. From that follows when the
caller would hear the first sound, and how long they would wait inside."""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flows.actions import Say
from flows.events import Started
from flows.rehearsal import Played, Rehearser
from flows.rehearsal_office import Town
from flows.render import common_dynamic_pieces
from flows.sets import shipped
from integrations.embedded.seed import DEPARTMENTS, HOSPITALS
from ivr.settings import Settings
from tests.bench.speech_sets import understander
from tests.bench.speech_tables import percentiles
from voices.errors import VoiceError
from voices.prompts.catalogue import Catalogue
from voices.synthesis.store import PromptStore

SOON_S = 0.3
"""The aim for the first sound."""
BYTES_PER_S = 32_000
NAMED = 15
"""Prompts with live pieces that are told by name at most."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What the hotline says in one go, in the pieces in which it is spoken."""

    prompts: tuple[str, ...]
    pieces: tuple[str, ...]
    live: frozenset[str]
    """Those that are not rendered ahead."""


def starts_after(turn: Turn, render_s: Mapping[str, float], lasts_s: Mapping[str, float]) -> tuple[float, float]:
    """(seconds to the first sound, longest silence between two pieces). One worker renders in the order of saying."""
    ready_at, at, first, gap = 0.0, 0.0, 0.0, 0.0
    there: set[str] = set()
    for number, piece in enumerate(turn.pieces):
        if piece in turn.live and piece not in there:
            ready_at += render_s[piece]
            there.add(piece)
            if ready_at > at:
                first, gap = (ready_at, gap) if number == 0 else (first, max(gap, ready_at - at))
                at = ready_at
        at += lasts_s[piece]
    return first, gap


def turns_of(played: Played, ready: frozenset[str]) -> Iterator[Turn]:
    """All that was said in one rehearsal."""
    for exchange in played.conversation.exchanges if played.conversation is not None else ():
        says = [action for action in exchange.actions if isinstance(action, Say)]
        pieces = tuple(piece for say in says for piece in say.pieces)
        if pieces:
            yield Turn(tuple(say.prompt for say in says), pieces, frozenset(pieces) - ready)


def rehearsed(settings: Settings) -> list[Turn]:
    """What the hotline says in all rehearsals of its own language."""
    prompts = Catalogue.load(settings.language)
    found: list[Turn] = []
    with Town() as town:
        for played in Rehearser(shipped(), understander(settings), town).play_all():
            talk = played.conversation
            if talk is None or talk.language != settings.language or not isinstance(begun := talk.events[0], Started):
                continue
            likely = common_dynamic_pieces(prompts, begun.at, list(DEPARTMENTS), list(HOSPITALS))
            found += turns_of(played, frozenset([*prompts.all_fixed_pieces(), *likely]))
    return found


async def measure(settings: Settings, *, every: int = 1) -> dict[str, Any]:
    """Percentiles over turns, and which prompts are made while the caller waits. Raises VoiceError."""
    turns = rehearsed(settings)[::every]
    live = dict.fromkeys(piece for turn in turns for piece in turn.pieces if piece in turn.live)
    render_s, lasts_s = await _rendered(
        settings, list(live), {p for turn in turns for p in turn.pieces if p not in live}
    )
    known = [turn for turn in turns if all(piece in lasts_s for piece in turn.pieces)]
    times = [starts_after(turn, render_s, lasts_s) for turn in known]
    late = [turn for turn, (first, _) in zip(known, times, strict=True) if first > SOON_S]
    named = Counter(prompt for turn in known if turn.live for prompt in turn.prompts)
    return {
        "turns": len(known),
        "not spoken": len(turns) - len(known),
        "with pieces made live": sum(bool(turn.live) for turn in known),
        "pieces made live": len(live),
        "rendering one of them": percentiles(list(render_s.values())),
        "first sound after": percentiles([first for first, _ in times]),
        f"later than {SOON_S} s": len(late),
        "longest silence inside": percentiles([gap for _, gap in times]),
        f"silent inside for more than {SOON_S} s": sum(gap > SOON_S for _, gap in times),
        "prompts of turns with live pieces": dict(named.most_common(NAMED)),
    }


async def _rendered(
    settings: Settings, live: Sequence[str], ahead: set[str]
) -> tuple[dict[str, float], dict[str, float]]:
    """Seconds that rendering takes, of live pieces, and seconds that each piece lasts."""
    render_s, lasts_s = {}, {}
    with tempfile.TemporaryDirectory() as folder:
        fresh = PromptStore(Path(folder), settings.models_dir / "kokoro", settings.speech.voice)
        kept = PromptStore(settings.prompts_dir, settings.models_dir / "kokoro", settings.speech.voice)
        await fresh.start()
        await kept.start()
        try:
            await fresh.warm()
            for piece in live:
                began = time.perf_counter()
                try:
                    lasts_s[piece] = len(await fresh.pcm(piece)) / BYTES_PER_S
                except VoiceError:
                    continue  # counted as not spoken
                render_s[piece] = time.perf_counter() - began
            for piece in sorted(ahead):
                lasts_s[piece] = len(await kept.pcm(piece)) / BYTES_PER_S
        finally:
            await fresh.close()
            await kept.close()
    return render_s, lasts_s
