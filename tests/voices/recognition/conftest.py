"""Speech of a synthetic caller, rendered once and kept with the other prompts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from ivr.rehearsal.actor import VOICE
from ivr.settings import load
from voices.synthesis.store import PromptStore

Said = Callable[[str], Awaitable[bytes]]


@pytest.fixture
def said() -> Said:
    """Sentence → 16 kHz PCM of a voice that is not the hotline's own."""
    settings = load()
    model = settings.models_dir / "kokoro"
    if not (model / "model.onnx").exists():
        pytest.skip("the model of the voice is not here: `make prepare` says why")

    async def speak(text: str) -> bytes:
        store = PromptStore(settings.prompts_dir, model, VOICE)
        await store.start()
        try:
            await store.render_now([text])  # without the time-out of a piece that a caller waits for
            return await store.pcm(text)
        finally:
            await store.close()

    return speak
