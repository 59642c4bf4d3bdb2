"""Recognisers from the words by which settings and commands name them.

| name | what it is |
|---|---|
| `whisper` | the Whisper model of the list (`whisper-base`) |
| a name of voices/models.toml | that model, with its engine |
| `whisper:FOLDER`, `vosk:FOLDER`, `sherpa:FOLDER` | a model of one's own |
| `vosk-server:ws://HOST:PORT` | a server with vosk-server's protocol |
| `funasr:ws://HOST:PORT` | a FunASR server, 2pass |
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from voices.errors import VoiceError
from voices.models import catalogue
from voices.recognition.chain import Member, RecogniserChain
from voices.recognition.engine import KINDS
from voices.recognition.pool import RecogniserPool

ALIASES = {"whisper": "whisper-base"}
SERVERS = ("vosk-server", "funasr")


@dataclass(frozen=True, slots=True)
class Source:
    """Where one recogniser is."""

    kind: str
    place: str
    """Folder of the model, or address of the server."""


def source(name: str, models_dir: Path) -> Source:
    """What a name means. Raises VoiceError `engine_unknown`."""
    kind, colon, place = name.partition(":")
    if colon and kind in SERVERS:
        if not place.startswith(("ws://", "wss://")):
            raise VoiceError("engine_unknown", f"“{name}”: the address must begin with ws:// or wss://", _known())
        return Source(kind, place)
    if colon and kind in KINDS:
        return Source(kind, place)
    listed = catalogue().get(ALIASES.get(name, name))
    if listed is None or listed.engine not in KINDS:
        raise VoiceError("engine_unknown", f"there is no recogniser “{name}”", _known())
    return Source(listed.engine, str(models_dir / listed.name))


def _known() -> str:
    models = [name for name, one in catalogue().items() if one.engine in KINDS]
    return f"Known: {', '.join([*ALIASES, *models])}; KIND:FOLDER; vosk-server:ws://…; funasr:ws://…"


def recogniser(name: str, models_dir: Path, workers: int = 0, log_dir: Path | None = None) -> Member:
    """One recogniser, not started. Raises VoiceError `engine_unknown`."""
    found = source(name, models_dir)
    if found.kind in SERVERS:
        # Few hotlines have one, and its library takes as long as all else that stands before the start of the models.
        from voices.recognition.protocols import funasr_server, vosk_server  # noqa: PLC0415

        return (vosk_server if found.kind == "vosk-server" else funasr_server)(found.place)
    return RecogniserPool(Path(found.place), workers, log_dir, found.kind)


def recognisers(
    order: Mapping[str, Sequence[str]],
    models_dir: Path,
    workers: int = 0,
    log_dir: Path | None = None,
    more: Mapping[str, Member] | None = None,
    codes: Mapping[tuple[str, str], str] | None = None,
) -> RecogniserChain:
    """All recognisers, not started: language (or `*`) → names, the best first. `more` are ready ones; `codes` is what a
    recogniser calls a language, where that is another word than ours.

    A model that several languages use is loaded once. Raises VoiceError `engine_unknown`."""
    names = dict.fromkeys(name for some in order.values() for name in some)
    ready = more or {}
    members = {name: ready.get(name) or recogniser(name, models_dir, workers, log_dir) for name in names}
    return RecogniserChain(members, order, codes)
