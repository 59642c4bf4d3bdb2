"""What commands for hearing and speaking share: errors as sentences, language packs by code."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import click

from ivr.settings import SettingsError
from voices.errors import VoiceError
from voices.languages.pack import Pack, load_packs

P = ParamSpec("P")
R = TypeVar("R")


def told(command: Callable[P, R]) -> Callable[P, R]:
    """Errors of hearing and speaking as a sentence for the person at the terminal."""

    @wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except VoiceError as error:
            raise click.ClickException(f"{error} {error.remedy}".strip()) from error
        except SettingsError as error:
            raise click.ClickException(str(error)) from error
        except OSError as error:
            raise click.ClickException(f"{error.filename}: {error.strerror}. Free space, or set var_dir.") from error

    return wrapped


def pack_of(language: str) -> Pack:
    """The pack of a language. Raises VoiceError that names those that exist."""
    packs = load_packs()
    if language not in packs:
        raise VoiceError("language_unknown", f"There is no language pack “{language}”.", f"Known: {', '.join(packs)}.")
    return packs[language]
