"""A native speaker teaches a phrase by telephone: real SIP, a real voice, the file that the recogniser learns from."""

from __future__ import annotations

import asyncio

import pytest

from integrations.database.journal import CallJournal
from ivr.call.teaching import Wanted, pieces
from ivr.invitations import Invitations
from ivr.rehearsal.actor import Actor, CallerVoice
from ivr.settings import load
from ivr.workbook import wanted
from tests.calls.conftest import Hotline, rendered
from tests.waits import at_most
from voices.audio import from_pcm, read_wav_pcm
from voices.errors import VoiceError
from voices.recognition.encoder import spoken_part
from voices.synthesis.store import PromptStore

pytestmark = [pytest.mark.calls, pytest.mark.speech, pytest.mark.timeout(400)]
SAID = "没有了"
"""What stands for the phrase: the line does not know the language, and keeps what it hears."""


async def _prompts(*asked: Wanted) -> None:
    """What the speaker hears, rendered before the call, as the hotline does it in its idle time."""
    settings = load()
    store = PromptStore(settings.prompts_dir, settings.models_dir / "kokoro", settings.speech.voice)
    await store.start()
    try:
        names = ("code", "consent", "consent_keys", "begin", "phrase", "yours", "keys", "kept")
        some = [one for want in asked for name in names for one in pieces(name, language="藏语", phrase=want.asked)]
        for _ in range(4):  # a busy machine may need more than one try
            try:
                await store.render_now(list(dict.fromkeys(some)))
            except VoiceError:
                continue
            break
    finally:
        await store.close()


def taught(hotline: Hotline) -> list[dict[str, object]]:
    """What calls have taught, as it is on record."""
    database = hotline.database
    try:
        journal = CallJournal(database)
        stories = [journal.story(call.call_id) for call in journal.calls()]
    finally:
        database.close()
    return [dict(data) for story in stories if story for _, kind, data in story[1] if kind == "taught"]


async def test_a_phrase_is_taught_at_a_seats_phone_and_key_zero_is_a_person(talking: Hotline) -> None:
    settings = load(var_dir=talking.var)
    invited = Invitations(settings.invitations_file).invite("bo", "Droma", times=1, days=1)
    await _prompts(*wanted(settings.examples_dir, invited)[:2])
    async with CallerVoice(load()) as voice:
        await rendered(voice, SAID)
        async with talking.seat(0) as phone:
            speaker = Actor(phone, voice)
            await speaker.dial("603")
            await phone.wait("sound", timeout_s=10)
            await speaker.press_now(invited.code[:-1])  # over the greeting, which falls silent
            known = await phone.press(invited.code[-1])
            said = await phone.wait("sound", lambda e: e["t"] >= known, timeout_s=10)
            await phone.wait("quiet", lambda e: e["t"] > said["t"], timeout_s=30)  # the consent, heard to its end
            await speaker.press_now("1")
            await speaker.say(SAID)  # after the tone
            await speaker.press("1")  # after the playback
            await speaker.listen()  # the next phrase, and the tone
            await speaker.hang_up()
    (file,) = settings.examples_dir.rglob("*.wav")
    assert file.relative_to(settings.examples_dir).as_posix() == "bo/affirm/Droma-1.wav"
    assert 0.3 < len(spoken_part(from_pcm(read_wav_pcm(file)))) / 16_000 < 2.0
    assert wanted(settings.examples_dir, invited)[0].name == "deny"

    async with talking.seat(1, answer_after_s=0.2) as colleague, talking.seat(0) as phone:
        await phone.call("603")
        await phone.state("CONFIRMED", timeout_s=10)
        await phone.wait("sound", timeout_s=10)
        await phone.press("0")
        await colleague.state("CONFIRMED", timeout_s=15)
        await phone.hangup()
        await phone.state("DISCONNECTED")
    async with asyncio.timeout(at_most(10)):
        while taught(talking) != [{"language": "bo", "phrases": ["affirm"]}]:
            await asyncio.sleep(0.2)
