"""Asterisk's configuration, rendered from the settings."""

from __future__ import annotations

import json
import os
import re
import secrets
import wave
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from importlib import resources
from pathlib import Path

from ivr.asterisk.desk_config import HOLD_MAX_S, consults, desk_values, phone_section
from ivr.asterisk.unpack import AsteriskError, AsteriskTree
from ivr.routing.rules import RANK_ORIGIN_S, queue_of
from ivr.settings import Settings
from voices.announced import EMERGENCIES

CALL = '${IF($["${HOTLINE_CALL}"=""]?${UNIQUEID}:${HOTLINE_CALL})}'
"""What the desk calls the talk of a leg: the leg's own id, but for the place holder of a call-back."""
EMPTY = (
    "acl",
    "ccss",
    "cli",
    "cli_aliases",
    "cli_permissions",
    "codecs",
    "pjproject",
    "sorcery",
    "udptl",
    "websocket_client",
)
"""Files that Asterisk warns of when they are absent."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """Passwords made for this hotline, kept in `var_dir/secrets.json` (0600)."""

    manager: str
    guardian: str
    seats: dict[str, str]
    desk: str = ""
    web_seats: dict[str, str] = field(default_factory=dict)


def ledger_file(settings: Settings) -> Path:
    """Where Asterisk writes what it knows of each call (templates/cel_custom.conf)."""
    return settings.var_dir / "asterisk/log/cel-custom/calls.csv"


def load_secrets(settings: Settings) -> Secrets:
    """Read the passwords, or make them once. Raises AsteriskError(`secrets_unreadable`)."""
    file = settings.var_dir / "secrets.json"
    made = None
    if file.exists():
        try:
            made = Secrets(**json.loads(file.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError) as error:
            raise AsteriskError(
                "secrets_unreadable",
                f"{file} cannot be read: {error}",
                "Delete it: new passwords are made at the next start.",
            ) from error
    known = made or Secrets(secrets.token_urlsafe(24), secrets.token_urlsafe(24), {})
    complete = _completed(known, settings)
    if complete != made:
        _keep(file, complete)
    return complete


def _completed(known: Secrets, settings: Settings) -> Secrets:
    """With what has been added since the file was written: a newer program, more seats."""
    new = {name: secrets.token_urlsafe(12) for name in settings.phones if name not in known.seats}
    web = {name: secrets.token_urlsafe(18) for name in web_seat_names(settings) if name not in known.web_seats}
    desk = known.desk or secrets.token_urlsafe(24)
    return replace(known, seats=known.seats | new, desk=desk, web_seats=known.web_seats | web)


def web_seat_names(settings: Settings) -> list[str]:
    """Names of the seats whose phone is the page."""
    return [f"web{number}" for number in range(1, settings.desk.seats + 1)]


def _keep(file: Path, made: Secrets) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(f".{os.getpid()}.new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        json.dump(asdict(made), out)
    fresh.replace(file)


def render(settings: Settings, tree: AsteriskTree, passwords: Secrets) -> Path:
    """Write all configuration files below `var_dir/asterisk`; returns the path of asterisk.conf."""
    home = (settings.var_dir / "asterisk").resolve()
    etc = home / "etc"
    music = ("quiet", "waiting", "held", *EMERGENCIES)
    for name in ("etc", "lib", "db", "spool", "run", "log/cel-custom", "sbin", "lib/keys", *music):
        (home / name).mkdir(parents=True, exist_ok=True)
    messages = settings.var_dir / "messages"
    messages.mkdir(parents=True, exist_ok=True)
    _silence(home / "quiet/silence.wav")
    _waiting(home / "waiting/waiting.wav", settings.rescue_dir / "transfer.wav")
    _waiting(home / "held/held.wav", settings.rescue_dir / "hold.wav")
    for name in EMERGENCIES:
        _waiting(home / f"{name}/{name}.wav", settings.rescue_dir / f"{name}.wav")
    _data_dir(home / "share", tree.data, settings.rescue_dir)
    values = _values(settings, tree, passwords, home)
    for template in resources.files("ivr.asterisk").joinpath("templates").iterdir():
        if template.name.endswith(".conf"):
            text = re.sub(r"@(\w+)@", lambda m: values[m.group(1)], template.read_text(encoding="utf-8"))
            target = etc / template.name
            target.write_text(text, encoding="utf-8")
            target.chmod(0o600)
    for name in EMPTY:
        (etc / f"{name}.conf").touch()
    return etc / "asterisk.conf"


def _values(settings: Settings, tree: AsteriskTree, passwords: Secrets, home: Path) -> dict[str, str]:
    phones, routing = settings.phones, settings.routing
    default = settings.language
    for private in (settings.recordings_dir, settings.taps_dir, settings.ratings_dir):
        private.mkdir(mode=0o700, parents=True, exist_ok=True)
    values: dict[str, object] = {
        "home": home,
        "etc": home / "etc",
        "modules": tree.modules,
        "rescue": settings.rescue_dir.resolve(),
        "messages": (settings.var_dir / "messages").resolve(),
        "sip_host": settings.sip.host,
        "sip_port": settings.sip.port,
        "service_number": settings.sip.service_number,
        "teaching_number": f"exten => {dialled},1,Goto(teaching,s,1)" if (dialled := settings.examples.number) else "",
        "trunk_matches": "\n".join(f"match = {a}" for a in settings.sip.trunk_addresses),
        "seat_silent_s": settings.sip.seat_silent_s,
        "seats": "\n".join(phone_section(s, passwords.seats[s], "seat") for s in phones),
        "members": _members(name for name, seat in phones.items() if default in seat.languages),
        "queues": _queues(settings),
        "language": default,
        "timezone": settings.timezone,
        "hours": "\n".join(f"HOURS_{day} = {spans}" for day, spans in enumerate(settings.hours.week, 1)),
        "trunk_out": settings.sip.trunk_out,
        "targets": _targets(settings),
        "interpreters": _interpreters(settings),
        "rank_origin": RANK_ORIGIN_S,
        "emergency_head_s": routing.emergency_head_s,
        "vulnerable_head_s": routing.vulnerable_head_s,
        "elder_head_s": routing.elder_head_s,
        "language_wait_s": routing.language_wait_s,
        "familiar_s": routing.familiar_s,
        "familiar_age_s": routing.familiar_days * 86400 if routing.familiar_s else -1,
        "duty_number": routing.duty_number,
        "recording": settings.recording.policy,
        "recordings": settings.recordings_dir.resolve(),
        "ratings": settings.ratings_dir.resolve(),
        "rating_ask": "yes" if settings.rating.ask else "no",
        "rating_by_voice": "yes" if settings.rating.by_voice else "no",
        "rating_wait_s": settings.rating.wait_s,
        "listening": settings.desk.listening,
        "log_levels": "notice,warning,error" + (",verbose(3)" if settings.logs.dialplan else ""),
        "verbose": 3 if settings.logs.dialplan else 0,
        "transcript": settings.recording.transcript,
        "taps": settings.taps_dir.resolve(),
        "callback_ring_s": settings.callbacks.ring_s,
        "call": CALL,
        "wrapup_s": settings.queueing.wrapup_s,
        "rtp_first": settings.sip.rtp_first_port,
        "rtp_last": settings.sip.rtp_last_port,
        "manager_port": settings.asterisk.manager_port,
        "http_port": settings.asterisk.http_port,
        "answer_wait_s": settings.asterisk.answer_wait_s,
        "manager_secret": passwords.manager,
        "guardian_secret": passwords.guardian,
        "ring_s": settings.queueing.ring_s,
        "comfort_every_s": settings.queueing.comfort_every_s,
        "place_every_s": settings.queueing.place_every_s,
        "max_wait_s": settings.queueing.max_wait_s,
        "message_max_s": settings.queueing.message_max_s,
        "hold_max_s": HOLD_MAX_S,
        "consults": consults(settings, web_seat_names(settings)),
        **desk_values(settings, passwords.desk, passwords.web_seats),
    }
    return {name: str(value) for name, value in values.items()}


def _members(names: Iterable[str]) -> str:
    return "\n".join(f"member => PJSIP/{name},0,{name},PJSIP/{name}" for name in names)


def _queues(settings: Settings) -> str:
    """One queue for each further language, each skill, and each seat (for those whom its person has helped)."""
    phones = settings.phones
    queues = {
        queue_of(language, settings.language): [n for n, seat in phones.items() if language in seat.languages]
        for language in settings.languages[1:]
    }
    for skill in sorted({one for seat in phones.values() for one in seat.skills}):
        queues[f"skill-{skill}"] = [n for n, seat in phones.items() if skill in seat.skills]
    queues |= {f"seat-{name}": [name] for name in phones}
    queues |= {f"seat-{name}": [] for name in web_seat_names(settings)}  # joined by whoever sits down there
    return "\n".join(f"[{queue}](some)\n{_members(names)}" for queue, names in queues.items())


def _targets(settings: Settings) -> str:
    lines = []
    for digits, target in settings.routing.targets.items():
        lines += [
            f"exten => {digits},1,Set(TARGET={digits})",
            f" same => n,Set(TARGET_NUMBER={target.number})",
            " same => n,Goto(outside,s,1)",
        ]
    return "\n".join(lines)


def _interpreters(settings: Settings) -> str:
    lines = []
    for language, numbers in settings.routing.interpreters.items():
        lines += [f"exten => {language},1,Set(LINES={'+'.join(numbers)})", " same => n,Goto(interpreter-line,s,1)"]
    return "\n".join(lines)


def _silence(file: Path, seconds: int = 10) -> None:
    with wave.open(str(file), "wb") as out:
        out.setparams((1, 2, 8000, 0, "NONE", "not compressed"))
        out.writeframes(b"\0\0" * 8000 * seconds)


def _data_dir(folder: Path, data: Path, rescue: Path) -> None:
    """Asterisk's static data, with our spoken numbers in place of its sounds: no other can be switched on."""
    folder.mkdir(exist_ok=True)
    links = {one.name: one for one in data.iterdir() if one.name != "sounds"}
    links["sounds"] = folder.parent / "sounds"
    (folder.parent / "sounds").mkdir(exist_ok=True)
    _link(folder.parent / "sounds/en", rescue.resolve())
    for name, target in links.items():
        _link(folder / name, target.resolve())


def _link(link: Path, target: Path) -> None:
    if link.is_symlink():
        link.unlink()
    link.symlink_to(target)


def _waiting(target: Path, announcement: Path) -> None:
    """What a caller hears while a seat rings, or on hold: the announcement, then quiet; quiet alone without a voice."""
    if not announcement.exists():
        _silence(target)
        return
    with wave.open(str(announcement), "rb") as source, wave.open(str(target), "wb") as out:
        out.setparams(source.getparams())
        out.writeframes(source.readframes(source.getnframes()))
        out.writeframes(b"\0\0" * 8000 * 12)
