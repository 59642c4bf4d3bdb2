"""The default engine, in the process: rules for values and short answers, a small classifier for the intent."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

import joblib

from nlu.classifier import IntentClassifier
from nlu.entities.answers import yes_or_no
from nlu.entities.extract import Extraction, extract
from nlu.features import seen
from nlu.keeping import write_whole
from nlu.text import bare, language_of, normalise
from nlu.training import Example, examples, fingerprint, languages
from nlu.understand import ParseContext, SlotValue, Understander, Understanding

log = logging.getLogger(__name__)

LEAST = 0.60
"""Below this confidence an intent is not accepted: to ask again costs a turn, to act wrongly costs two and trust."""
STANDS = 0.40
"""From this confidence on, what is said at any moment stands against an answer that is due."""
SURE = 0.97
"""Confidence of a yes or no that is nothing else."""
MOST = 0.5
"""Share of the spoken characters from which on values are what the utterance is about."""
_FILLERS = frozenset("嗯啊哦呃那就吧呢嘛呀的了")
"""Characters that add nothing to an answer: 嗯，就明天吧."""
RANKED = 4
"""Intents in the ranking."""
NOWHERE = "out_of_scope"
FALLBACK = "zh"
"""The language that utterances in a language without data of its own are read as."""
_ANSWERS = frozenset({"zh"})
"""Languages with rules for yes and no; elsewhere the classifier tells."""
_ANYWHERE = frozenset(
    {"human_agent", "repeat", "slower", "louder", "go_back", "emergency", "goodbye", "change_language", "report_fraud"}
)
"""Intents that stand against an answer that is due."""


class EmbeddedUnderstander(Understander):
    """Reads utterances with classifiers that are already trained, one for each language."""

    def __init__(self, classifiers: Mapping[str, IntentClassifier]) -> None:
        """`classifiers` has at least one for `FALLBACK`, which reads languages that have none."""
        self._classifiers = classifiers
        self.problem = ""
        """What it reads without although the settings ask for it, and why; empty where it lacks nothing."""

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that have a classifier of their own."""
        return tuple(self._classifiers)

    def classifier(self, language: str) -> IntentClassifier | None:
        """The classifier of a language; None where it has none of its own."""
        return self._classifiers.get(language)

    def understand(self, text: str, context: ParseContext) -> Understanding:
        """Read one utterance."""
        try:
            return self._understand(text, context)
        except Exception:  # a call must go on, whatever a recogniser wrote: this is asked for again
            log.exception("An utterance of %d characters could not be read", len(text))
            return Understanding(text, NOWHERE, 0.0, accepted=False)

    def _understand(self, text: str, context: ParseContext) -> Understanding:
        words = bare(normalise(text))
        if not words:
            return Understanding(text, NOWHERE, 0.0, accepted=False)
        found = extract(text, context)
        ranking = self._ranking(text, words, found, context)
        intent, confidence = ranking[0]
        return Understanding(
            text=text,
            intent=intent,
            confidence=confidence,
            accepted=confidence >= LEAST and intent != NOWHERE,
            slots=found.slots,
            denied=found.denied,
            ranking=tuple(ranking[:RANKED]),
        )

    def _ranking(self, text: str, words: str, found: Extraction, context: ParseContext) -> Sequence[tuple[str, float]]:
        language = language_of(text, context.language)
        classifier = self._classifiers.get(language) or self._classifiers[FALLBACK]
        learnt = classifier.ranking(seen(text, _context_free(text, found, context)))
        answer = yes_or_no(normalise(text), asked="affirm" in context.expect) if language in _ANSWERS else None
        if answer is not None and not _stands_against(learnt, 0.8):
            return _first("affirm" if answer else "deny", SURE, learnt)
        told = _told(words, found, context.expect)
        if told is not None and not _stands_against(learnt, STANDS):
            return _first("inform", max(LEAST, min(0.95, told.confidence)), learnt)
        return learnt


def _context_free(text: str, found: Extraction, context: ParseContext) -> Mapping[str, SlotValue]:
    """The values as the classifier learnt them: found with no question put."""
    if not context.expect and not context.phrases:
        return found.slots
    return extract(text, ParseContext(context.now, context.language)).slots


def _stands_against(ranking: Sequence[tuple[str, float]], least: float) -> bool:
    """True when the caller surely says something that is said at any moment."""
    return ranking[0][0] in _ANYWHERE and ranking[0][1] >= least


def _first(intent: str, confidence: float, ranking: Sequence[tuple[str, float]]) -> Sequence[tuple[str, float]]:
    """The ranking with one intent before what the classifier says, the rest made less to match."""
    rest = [(other, round(chance * (1.0 - confidence), 4)) for other, chance in ranking if other != intent]
    return [(intent, confidence), *rest]


def _told(words: str, found: Extraction, expect: Sequence[str]) -> SlotValue | None:
    """The value that was asked for, when most of the utterance gives values."""
    wanted = [found.slots.get(name) or found.denied.get(name) for name in expect if name != "affirm"]
    given = next((value for value in wanted if value is not None), None)
    if given is None:
        return None
    values = [*found.slots.values(), *found.denied.values()]
    covered = {at for value in values for at in range(value.start, value.end)}
    spoken = sum(char not in _FILLERS for char in words)
    return given if len(covered) >= MOST * spoken else None


def train(training: Sequence[Example] | None = None) -> EmbeddedUnderstander:
    """Learn from the training data of every language, or from these utterances in Chinese. A few seconds."""
    if training is not None:
        return EmbeddedUnderstander({FALLBACK: learn(training, FALLBACK)})
    return EmbeddedUnderstander({language: learn(examples(language), language) for language in languages()})


def learn(training: Sequence[Example], language: str) -> IntentClassifier:
    """The classifier of one language from these utterances."""
    context = ParseContext(datetime(2026, 3, 11, 10), language)  # noqa: DTZ001  # any day: only which slots there are is learnt
    utterances = [seen(one.text, extract(one.text, context).slots) for one in training]
    few = language != FALLBACK  # without fillers, which are Chinese; and what was seen once is all that there is
    classifier = IntentClassifier(least=1 if few else 2, even=few)
    return classifier.fit(utterances, [one.intent for one in training], copies=0 if few else 1)


def _code() -> str:
    """A hash of this package's code and data: what was trained by other code or from other data is not used."""
    here, digest = Path(__file__).parent, hashlib.sha256()
    kinds = ("*.py", "entities/*.py", "entities/data/*", "rasa_project/data/*/*.yml")
    for path in sorted(one for kind in kinds for one in here.glob(kind)):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def cache_name(training: list[Example]) -> str:
    """The file name for what is learnt from this data by this code with this scikit-learn."""
    whole = f"{fingerprint(training)} {_code()} {version('scikit-learn')} {version('joblib')}"
    return f"intents-{hashlib.sha256(whole.encode()).hexdigest()[:24]}.joblib"


def _load(path: Path) -> dict[str, IntentClassifier] | None:
    """What was learnt before, or None. A pickle runs code when it is read: only our own file is."""
    try:
        if path.stat().st_uid != os.getuid():
            return None
        learnt = joblib.load(path)
    except FileNotFoundError:
        return None
    except Exception as error:  # noqa: BLE001  # a damaged pickle can raise anything; it is learnt again
        log.warning("The learnt intents in %s cannot be read (%s): learning again.", path, error)
        return None
    whole = isinstance(learnt, dict) and FALLBACK in learnt
    return learnt if whole and all(isinstance(one, IntentClassifier) for one in learnt.values()) else None


def _save(classifiers: dict[str, IntentClassifier], path: Path) -> None:
    write_whole(path, lambda file: joblib.dump(classifiers, file))


def load_understander(cache_dir: Path) -> EmbeddedUnderstander:
    """The engine, trained now or as kept in `cache_dir`; ready to answer at once."""
    path = cache_dir / cache_name(examples())
    classifiers = _load(path)
    if classifiers is None:
        understander = train()
        _save(dict(understander._classifiers), path)
    else:
        understander = EmbeddedUnderstander(classifiers)
    moment = ParseContext(datetime(2026, 3, 11, 10))  # noqa: DTZ001  # any day: the first call reads the dictionaries
    understander.understand("喂，我想给老伴挂个谷科，腊月初八去皇中医院", moment)
    return understander
