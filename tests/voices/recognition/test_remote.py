"""Recognisers on other machines: their protocols, against a real peer process, and everything that can go wrong."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from tests.voices.recognition.test_pool import MODEL, needs_model
from voices.errors import VoiceError
from voices.recognition.chain import RecogniserChain
from voices.recognition.hypothesis import Expectation, Hypothesis
from voices.recognition.pool import RecogniserPool
from voices.recognition.protocols import funasr_server, vosk_server
from voices.recognition.remote import RemoteRecogniser

SECOND = bytes(32_000)
MAKERS: dict[str, Callable[[str], RemoteRecogniser]] = {"vosk": vosk_server, "funasr": funasr_server}
Start = Callable[[str, str], RemoteRecogniser]
PROTOCOLS = pytest.mark.parametrize("protocol", ["vosk", "funasr"])


@contextmanager
def peer() -> Iterator[int]:
    """The port of a fresh peer process."""
    command = [sys.executable, str(Path(__file__).with_name("peer.py"))]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def shared_peer() -> Iterator[int]:
    """A peer for all tests that leave it alive."""
    with peer() as port:
        yield port


@pytest_asyncio.fixture
async def start(shared_peer: int) -> AsyncIterator[Start]:
    """A client of a peer with this protocol and behaviour."""
    clients: list[RemoteRecogniser] = []
    with ExitStack() as peers:

        def begin(protocol: str, behaviour: str) -> RemoteRecogniser:
            port = peers.enter_context(peer()) if behaviour == "dies" else shared_peer
            client = MAKERS[protocol](f"ws://127.0.0.1:{port}/{protocol}/{behaviour}")
            clients.append(client)
            return client

        yield begin
        for client in clients:
            await client.close()


@PROTOCOLS
async def test_words_come_while_the_caller_speaks_and_the_last_ones_at_the_end(start: Start, protocol: str) -> None:
    server = start(protocol, "good")
    await server.start()
    heard: list[Hypothesis] = []
    hearing = server.listen("zh", on_partial=heard.append)
    hearing.feed(SECOND)
    async with asyncio.timeout(5):
        while not heard or heard[-1].text != "一二":
            await asyncio.sleep(0.01)
    assert not heard[-1].final
    assert hearing.partial == heard[-1]
    hearing.feed(SECOND[: len(SECOND) // 2 + 100])
    final = await hearing.final(timeout_s=5)
    assert (final.text, final.final) == ("一二三", True)
    assert final.duration_s == pytest.approx(1.5, abs=0.01)
    if protocol == "vosk":
        assert final.confidence == pytest.approx(0.75)
        assert [(word.text, word.start_s) for word in final.words] == [("一", 0.0), ("二", 0.5), ("三", 1.0)]
    hearing.feed(SECOND)  # the turn was not over
    assert (await hearing.final(timeout_s=5)).text == "一二三四五"
    hearing.close()


async def test_a_newer_funasr_server_says_itself_when_it_has_told_everything(start: Start) -> None:
    server = start("funasr", "confirms")
    assert (await server.transcribe(SECOND, "zh", timeout_s=5)).text == "一二"


@PROTOCOLS
async def test_the_expected_phrases_are_told_to_the_server(start: Start, protocol: str) -> None:
    server = start(protocol, "good")
    hearing = server.listen("zh", Expectation(phrases=("骨科",), closed=True))
    hearing.feed(SECOND)
    assert (await hearing.final(timeout_s=5)).text == "骨科"


@PROTOCOLS
@pytest.mark.parametrize(
    ("behaviour", "code"),
    [("mute", "timeout"), ("rubbish", "crashed"), ("foreign", "crashed"), ("dies", "crashed")],
)
async def test_a_server_that_fails_ends_in_an_error_in_time(
    start: Start, protocol: str, behaviour: str, code: str
) -> None:
    server = start(protocol, behaviour)
    hearing = server.listen("zh")
    for _ in range(3):
        hearing.feed(SECOND)
        await asyncio.sleep(0.05)
    began = time.monotonic()
    with pytest.raises(VoiceError) as caught:
        await hearing.final(timeout_s=1.0)
    assert caught.value.code == code
    assert time.monotonic() - began < 10.0  # a mute server would be waited for without end
    hearing.close()


async def test_a_server_that_is_not_there_is_named_with_what_to_do(unused_tcp_port: int) -> None:
    server = vosk_server(f"ws://127.0.0.1:{unused_tcp_port}")
    with pytest.raises(VoiceError) as caught:
        await server.start()
    assert caught.value.code == "unavailable"
    assert str(unused_tcp_port) in str(caught.value)
    assert "settings" in caught.value.remedy
    hearing = server.listen("zh")
    hearing.feed(SECOND)
    with pytest.raises(VoiceError):
        await hearing.final(timeout_s=1.0)
    await server.close()


async def test_a_server_that_takes_the_connection_and_says_nothing_is_not_waited_for() -> None:
    """Not even the WebSocket handshake is answered."""
    connections: list[asyncio.StreamWriter] = []
    silent = await asyncio.start_server(lambda _, writer: connections.append(writer), "127.0.0.1", 0)
    server = vosk_server(f"ws://127.0.0.1:{silent.sockets[0].getsockname()[1]}")
    hearing = server.listen("zh")
    hearing.feed(SECOND)
    began = time.monotonic()
    with pytest.raises(VoiceError) as caught:
        await hearing.final(timeout_s=8.0)
    assert caught.value.code == "unavailable"
    assert time.monotonic() - began < 7.5
    await server.close()
    for writer in connections:
        writer.close()
    silent.close()


@PROTOCOLS
async def test_a_mute_server_is_given_up_when_it_owes_an_answer_for_too_long(
    start: Start, protocol: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long whoever asks would wait: a program at a terminal waits a minute."""
    monkeypatch.setattr("voices.recognition.remote.SILENCE_MAX_S", 0.5)
    server = start(protocol, "mute")
    hearing = server.listen("zh")
    hearing.feed(SECOND)
    async with asyncio.timeout(20):
        with pytest.raises(VoiceError, match="sends no answer") as caught:
            await hearing.final(timeout_s=60.0)
    hearing.close()
    assert caught.value.code == "timeout"
    assert server.url in str(caught.value)
    assert "speech.recognisers" in caught.value.remedy


@PROTOCOLS
async def test_a_slow_server_is_given_as_long_as_the_recording_lasts(
    start: Start, protocol: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voices.recognition.remote.SILENCE_MAX_S", 0.1)
    server = start(protocol, "slow")
    assert (await server.transcribe(2 * SECOND, "zh", timeout_s=20)).text == "一二三四"


async def test_who_is_out_of_time_is_told_which_server_it_was(start: Start) -> None:
    server = start("vosk", "mute")
    with pytest.raises(VoiceError) as caught:
        await server.transcribe(SECOND, "zh", timeout_s=0.5)
    assert server.url in str(caught.value)
    assert caught.value.remedy


async def test_a_server_of_another_kind_is_told_by_its_first_answer(start: Start) -> None:
    vosk_peer = start("vosk", "good")
    wrong = funasr_server(vosk_peer.url)
    with pytest.raises(VoiceError) as caught:
        await wrong.transcribe(SECOND, "zh", timeout_s=5)
    assert caught.value.code == "crashed"
    await wrong.close()


@pytest.mark.parametrize("behaviour", ["mute", "rubbish", "dies"])
async def test_when_a_server_is_lost_in_mid_utterance_the_next_hears_all_of_it_and_the_lost_one_is_left_alone(
    start: Start, behaviour: str
) -> None:
    chain = RecogniserChain({"far": start("vosk", behaviour), "near": start("funasr", "good")}, {"*": ["far", "near"]})
    hearing = chain.listen("zh")
    for _ in range(3):
        hearing.feed(SECOND)
        await asyncio.sleep(0.05)
    heard = await hearing.final(timeout_s=4)
    assert (heard.text, heard.recogniser) == ("一二三四五六", "funasr")
    assert chain.order("zh") == ["near", "far"]
    began = time.monotonic()
    assert (await chain.transcribe(SECOND, "zh", timeout_s=4)).text == "一二"
    assert time.monotonic() - began < 4.0
    hearing.close()


@needs_model
async def test_a_language_that_a_recogniser_does_not_know_goes_to_the_next_and_harms_no_other_call(
    start: Start, tmp_path: Path
) -> None:
    whisper = RecogniserPool(MODEL, 1, tmp_path)
    await whisper.start()
    chain = RecogniserChain({"near": whisper, "far": start("funasr", "good")}, {"*": ["near", "far"]})
    assert (await chain.transcribe(SECOND, "slr", timeout_s=10)).text == "一二"
    assert chain.order("zh") == ["near", "far"]
    await whisper.close()


async def test_when_all_are_lost_the_error_says_so_within_the_time(start: Start) -> None:
    chain = RecogniserChain({"one": start("vosk", "mute"), "two": start("funasr", "rubbish")}, {"zh": ["one", "two"]})
    hearing = chain.listen("zh")
    hearing.feed(SECOND)
    began = time.monotonic()
    for _ in range(2):
        with pytest.raises(VoiceError) as caught:
            await hearing.final(timeout_s=1.5)
        assert caught.value.code == "crashed"
    assert time.monotonic() - began < 10.0
    with pytest.raises(VoiceError) as caught:
        await chain.transcribe(SECOND, "bo", timeout_s=1)
    assert "bo" in str(caught.value)


async def test_a_server_that_keeps_somebody_waiting_is_not_taken_for_a_free_one(start: Start) -> None:
    server = start("vosk", "mute")
    assert server.would_wait_s("zh") == 0.0, "nobody waits for it"
    hearing = server.listen("zh")
    hearing.feed(SECOND)
    final = asyncio.create_task(hearing.final(timeout_s=20))
    async with asyncio.timeout(10):
        while server.would_wait_s("zh") < 0.3:
            await asyncio.sleep(0.02)
    final.cancel()
    await asyncio.gather(final, return_exceptions=True)
    assert server.would_wait_s("zh") == 0.0
    hearing.close()


@PROTOCOLS
async def test_a_server_that_never_answers_costs_little_where_another_recogniser_is_behind_it(
    start: Start, protocol: str
) -> None:
    """The handshake is answered, and then nothing comes."""
    ears = RecogniserChain({"far": start(protocol, "mute"), "near": start("vosk", "good")}, {"zh": ["far", "near"]})
    hearing = ears.listen("zh")
    hearing.feed(SECOND)
    began = time.monotonic()
    assert (await hearing.final(timeout_s=120)).text == "一二"
    assert time.monotonic() - began < 30, "half of the time would be 60 s"
    assert ears.order("zh") == ["near", "far"], "and it is not asked first for a while"
    hearing.close()
