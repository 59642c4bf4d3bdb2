"""What is missing for the hotline to run, in plain words, with the remedy. Changes nothing but the database,
which it brings to the form that this version needs."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from integrations.database.store import Database
from integrations.errors import DatabaseError
from ivr.asterisk.runtime import check_path, check_ports
from ivr.asterisk.unpack import KEYRING, AsteriskError, find
from ivr.ears import models_to_fetch
from ivr.settings import Settings
from ivr.supervisor import status
from voices.announced import lacking
from voices.errors import VoiceError
from voices.models import complete

NEEDED_BYTES = 2 << 30
"""Asterisk, models, prompts and some days of messages."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One part: good, or what is wrong with it and what to do."""

    part: str
    words: str
    remedy: str = ""
    """Empty when the part is good."""


def checkup(settings: Settings) -> list[Finding]:
    """Every part, in the order in which a call needs them."""
    return [
        Finding("settings", "good"),
        *_folders(settings),
        _programs(settings),
        _asterisk(settings),
        *_models(settings),
        _announcements(settings),
        _database(settings),
        _ports(settings),
    ]


def _folders(settings: Settings) -> Iterator[Finding]:
    for name, folder in (("var_dir", settings.var_dir), ("parts_dir", settings.parts_dir)):
        there = _existing(folder)
        free = shutil.disk_usage(there).free
        if not os.access(there, os.W_OK):
            yield Finding(name, f"{folder} cannot be written", f"Get the right to {there}, or set {name} to a folder.")
        elif free < NEEDED_BYTES:
            remedy = f"Free space there, or set {name} to a folder on another disk."
            yield Finding(name, f"{folder} has only {free / (1 << 30):.1f} GB free; 2 GB are needed", remedy)
        else:
            yield Finding(name, "good")
    try:
        check_path(settings)
    except AsteriskError as error:
        yield Finding("var_dir", str(error), error.remedy)


def _existing(folder: Path) -> Path:
    return next(one for one in (folder, *folder.absolute().parents) if one.exists())


def _programs(settings: Settings) -> Finding:
    wanted = ["apt-get", "dpkg-deb", "tar"]
    if not (settings.models_dir / "kokoro/model.onnx").exists() and settings.speech.mirror_dir is None:
        wanted.append("npm")  # the voice comes as a package of that registry
    missing = [name for name in wanted if shutil.which(name) is None]
    if missing:
        return Finding("programs", f"{', '.join(missing)} is missing", f"sudo apt-get install {' '.join(missing)}")
    return Finding("programs", "good")


def _asterisk(settings: Settings) -> Finding:
    tree = find(settings.parts_dir, settings.asterisk.minimum_version)
    if tree is not None:
        return Finding("Asterisk", f"good ({tree.version}, {tree.root})")
    if not KEYRING.exists():
        remedy = "sudo apt-get install debian-archive-keyring, then make setup"
        return Finding("Asterisk", "is missing, and so are Debian's signing keys", remedy)
    return Finding("Asterisk", "is missing: no call is taken", "make setup")


def _models(settings: Settings) -> Iterator[Finding]:
    parts = [*((model, "callers answer by key") for model in models_to_fetch(settings))]
    parts.append(("kokoro", "every caller goes to a person"))
    for model, effect in parts:
        try:
            there = complete(model, settings.models_dir)
        except VoiceError as error:
            yield Finding(model, f"{error}: {effect}", error.remedy)
            continue
        if there:
            yield Finding(model, "good")
        else:
            yield Finding(model, f"the speech model is missing: {effect}", "make setup")


def _announcements(settings: Settings) -> Finding:
    absent = lacking(settings.rescue_dir)
    if not absent:
        return Finding("announcements", "good")
    some = ", ".join(absent[:5]) + (" …" if len(absent) > 5 else "")
    return Finding(
        "announcements", f"are missing ({some}): callers who wait for a person hear nothing there", "make setup"
    )


def _database(settings: Settings) -> Finding:
    try:
        Database(settings.database_address).migrate()
    except DatabaseError as error:
        return Finding("database", str(error), error.remedy)
    return Finding("database", "good")


def _ports(settings: Settings) -> Finding:
    if status(settings):
        return Finding("ports", "good (the hotline is running)")
    try:
        check_ports(settings)
    except AsteriskError as error:
        return Finding("ports", str(error), error.remedy)
    return Finding("ports", "good")
