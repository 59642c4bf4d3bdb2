"""What is known of the people who call."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from integrations.database.models import CallerSpeech, Person
from integrations.database.store import Database


@dataclass(frozen=True, slots=True)
class Speech:
    """How a number wants to be spoken to."""

    rate: str = "normal"
    loudness: str = "normal"
    language: str | None = None
    """Code of a language pack; None until the caller has chosen."""


@dataclass(frozen=True, slots=True)
class KnownCaller:
    """What a number tells."""

    name: str | None = None
    person_id: int | None = None
    band: str = "elder"
    """Of a number that nobody knows: the hotline is for older people, and so are most who call it."""
    rate: str = "normal"
    loudness: str = "normal"
    language: str | None = None


class Callers:
    """People and their wishes, by number. Every method raises DatabaseError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def by_number(self, number: str) -> KnownCaller:
        """What is known of a number; the defaults where nothing is."""
        speech = self.speech_of(number)
        person_id, name, band = self.person_by_phone(number) or (None, None, "elder")
        return KnownCaller(name, person_id, band, speech.rate, speech.loudness, speech.language)

    def person_by_phone(self, number: str) -> tuple[int, str, str] | None:
        """(person_id, name, band); None when nobody is known by this number."""
        with self._database.session() as session:
            person = session.scalar(select(Person).where(Person.phone == number))
            return (person.id, person.name, person.band) if person else None

    def speech_of(self, number: str) -> Speech:
        """How to speak to a number; the defaults where it never said."""
        with self._database.session() as session:
            found = session.get(CallerSpeech, number)
            return Speech(found.rate, found.loudness, found.language) if found else Speech()

    def remember_speech(self, number: str, rate: str, loudness: str, language: str | None = None) -> None:
        """Speak to this number like this from now on. A language that is not given stays as it is."""
        with self._database.session() as session:
            speech = session.get(CallerSpeech, number)
            if speech is None:
                speech = CallerSpeech(number=number)
                session.add(speech)
            speech.rate, speech.loudness = rate, loudness
            speech.language = language or speech.language

    def remember_language(self, number: str, language: str) -> None:
        """Greet this number in this language from now on."""
        with self._database.session() as session:
            speech = session.get(CallerSpeech, number)
            if speech is None:
                speech = CallerSpeech(number=number, rate="normal", loudness="normal")
                session.add(speech)
            speech.language = language

    def bands(self) -> dict[str, str]:
        """Number → priority band, of all people who are known."""
        with self._database.session() as session:
            return {person.phone: person.band for person in session.scalars(select(Person))}

    def languages(self) -> dict[str, str]:
        """Number → language, of all that have chosen one."""
        with self._database.session() as session:
            chosen = session.scalars(select(CallerSpeech).where(CallerSpeech.language.is_not(None)))
            return {row.number: row.language for row in chosen if row.language}
