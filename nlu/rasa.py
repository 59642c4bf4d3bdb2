"""The Rasa engine, over its HTTP API (`POST /model/parse`): intents from Rasa, values from our own grammar.

While Rasa is slow, gone or answers rubbish, the embedded engine reads: no caller waits longer than the time-out, and
after two failures nobody does. Rasa is then probed now and then, beside the calls, until it answers in time again."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import aiohttp
import yaml
from pydantic import BaseModel, Field, ValidationError

from nlu.circuit import Circuit
from nlu.classifier import IntentClassifier
from nlu.embedded import FALLBACK, EmbeddedUnderstander
from nlu.features import Seen
from nlu.text import bare, normalise
from nlu.understand import ParseContext, Understander, Understanding

log = logging.getLogger(__name__)

DOMAIN = Path(__file__).parent / "rasa_project" / "domain.yml"
PROBE = "我想挂后天上午的骨科"
PROBE_TIMEOUT_S = 8.0
"""The first sentence after a start takes Rasa seconds; nobody waits for a probe."""
REQUESTS_MAX = 8
"""Requests at once. Those beyond wait within their own time-out."""
REPLY_BYTES_MAX = 256 * 1024
TEMPERATURE = 1.3
"""Divides the logarithms of Rasa's confidences: on 483 utterances kept from the training data they were then as high on
average (0.70) as they were often right (0.70), and their logarithmic loss was least. Untempered, 0.80 on average."""

Ranking = Sequence[tuple[str, float]]


class RasaError(Exception):
    """Rasa gave no answer that can be used. `code` is stable; `str()` says what is wrong and what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class _Ranked(BaseModel):
    name: str
    confidence: float = Field(ge=0, le=1, allow_inf_nan=False)


class _Reply(BaseModel):
    """What is read of a reply of `POST /model/parse`."""

    intent_ranking: list[_Ranked] = Field(max_length=1000)


def known_intents(domain: Path = DOMAIN) -> frozenset[str]:
    """The intents of the Rasa project."""
    return frozenset(yaml.safe_load(domain.read_text(encoding="utf-8"))["intents"])


class RasaClient:
    """Speaks to one Rasa server, from one event loop."""

    def __init__(self, url: str, intents: frozenset[str]) -> None:
        self._url, self._intents = url.rstrip("/"), intents
        self._session: aiohttp.ClientSession | None = None

    async def ranking(self, text: str, timeout_s: float) -> Ranking:
        """Intents with their confidence, best first; empty where Rasa knows nothing of the text. Raises RasaError."""
        body = await self._post(text, timeout_s)
        try:
            ranked = _Reply.model_validate_json(body).intent_ranking
        except ValidationError as error:
            raise RasaError(
                "rasa_rubbish", f"{self._url} does not answer as Rasa 3 does. Is another program at that address?"
            ) from error
        strange = sorted({one.name for one in ranked} - self._intents)
        if strange:
            names = ", ".join(strange)[:100]
            raise RasaError(
                "rasa_other_model", f"{self._url} was trained for other intents ({names}). Train it by `make rasa`."
            )
        return tempered([(one.name, one.confidence) for one in ranked])

    async def _post(self, text: str, timeout_s: float) -> bytes:
        if self._session is None:
            # A kept connection may be closed by Rasa as we write on it, and a POST is not repeated.
            connector = aiohttp.TCPConnector(limit=REQUESTS_MAX, force_close=True)
            self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        try:
            async with (
                asyncio.timeout(timeout_s),
                self._session.post(f"{self._url}/model/parse", json={"text": text}, allow_redirects=False) as reply,
            ):
                if reply.status != 200:
                    said = f"{self._url} answered {reply.status}. Has Rasa a model? Start it by `make rasa`."
                    raise RasaError("rasa_refused", said)
                body = bytearray()
                async for piece in reply.content.iter_any():
                    body += piece
                    if len(body) > REPLY_BYTES_MAX:
                        raise RasaError("rasa_rubbish", f"{self._url} answers more than a reply of Rasa's can be.")
                return bytes(body)
        except TimeoutError as error:
            raise RasaError("rasa_slow", f"{self._url} did not answer within {timeout_s:g} s.") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise RasaError(
                "rasa_unreachable", f"{self._url} cannot be reached ({type(error).__name__}). Start it by `make rasa`."
            ) from error

    async def close(self) -> None:
        """Let go of the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None


def tempered(ranking: Ranking, temperature: float = TEMPERATURE) -> Ranking:
    """The same order with confidences that are as often right as they say; they add up to 1."""
    weights = [math.pow(chance, 1.0 / temperature) for _, chance in ranking]
    total = sum(weights)
    if not total:
        return []
    found = [(name, weight / total) for (name, _), weight in zip(ranking, weights, strict=True)]
    return sorted(found, key=lambda pair: (-pair[1], pair[0]))


class _Given(IntentClassifier):
    """A ranking that is already there, in the place of the classifier."""

    def __init__(self, ranking: Ranking) -> None:
        self._ranking = list(ranking)

    def ranking(self, utterance: Seen) -> list[tuple[str, float]]:  # noqa: ARG002 - it was read by Rasa
        return self._ranking


class RasaUnderstander(Understander):
    """Asks Rasa for the intent. Rules for values and short answers are the embedded engine's, which also stands in.

    Use it from one event loop by `understand_async` and `aclose`, or without a loop by `understand` and `close`."""

    def __init__(
        self,
        url: str,
        fallback: EmbeddedUnderstander,
        timeout_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = RasaClient(url, known_intents())
        self._fallback, self._timeout_s = fallback, timeout_s
        self._circuit = Circuit(clock)
        self._probing: asyncio.Task[None] | None = None
        self._runner = asyncio.Runner()
        self.stood_in = 0
        """Sentences that the embedded engine read because Rasa did not."""
        self.problem: RasaError | None = None
        """Why Rasa did not answer last; None while it does."""

    async def understand_async(self, text: str, context: ParseContext) -> Understanding:
        """Read one utterance; Rasa is waited for `timeout_s` at most."""
        words = bare(normalise(text))
        ranking = await self._ranking(words) if words else []
        if ranking:
            return EmbeddedUnderstander({FALLBACK: _Given(ranking)}).understand(text, context)
        return self._fallback.understand(text, context)

    async def _ranking(self, words: str) -> Ranking:
        """What Rasa says; nothing where it does not."""
        if not self._circuit.closed:
            self._probe_beside()
            self.stood_in += 1
            return []
        try:
            ranking = await self._client.ranking(words, self._timeout_s)
        except RasaError as error:
            self._circuit.failed()
            self.stood_in += 1
            self._trouble(error)
            return []
        self._well()
        return ranking

    def _probe_beside(self) -> None:
        """One probe at a time, beside the call that found it due."""
        if (self._probing is None or self._probing.done()) and self._circuit.probe_due():
            self._probing = asyncio.create_task(self._probe(), name="probe of Rasa")

    async def _probe(self) -> None:
        with suppress(RasaError):  # `check` has told
            await self.check()

    async def check(self) -> None:
        """Let Rasa wake up, then see whether it answers in time; if so, it is asked from now on. Raises RasaError."""
        try:
            await self._client.ranking(PROBE, PROBE_TIMEOUT_S)
            await self._client.ranking(PROBE, self._timeout_s)
        except RasaError as error:
            self._circuit.probe_failed()
            self._trouble(error)
            raise
        self._well()

    def _trouble(self, error: RasaError) -> None:
        if self.problem is None or self.problem.code != error.code:
            log.warning("%s: %s The embedded engine reads meanwhile.", error.code, error)
        self.problem = error

    def _well(self) -> None:
        if self.problem is not None:
            log.warning("Rasa answers again.")
        self._circuit.succeeded()
        self.problem = None

    async def aclose(self) -> None:
        """End the probe and the connections."""
        if self._probing is not None:
            self._probing.cancel()
            await asyncio.gather(self._probing, return_exceptions=True)
        await self._client.close()

    def understand(self, text: str, context: ParseContext) -> Understanding:
        """As `understand_async`, where no event loop runs: for commands and measurements."""
        return self._runner.run(self.understand_async(text, context))

    def check_now(self) -> None:
        """As `check`, where no event loop runs."""
        self._runner.run(self.check())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """As `aclose`, where no event loop runs."""
        self._runner.run(self.aclose())
        self._runner.close()
