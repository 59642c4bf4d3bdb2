"""Hearing while the caller speaks, in processes that may die: partial words come early, and no utterance is lost."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import textwrap
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.voices.recognition.conftest import Said
from tests.voices.recognition.test_pool import MODEL, needs_model
from voices.errors import VoiceError
from voices.recognition import pool as pool_module
from voices.recognition.engine import incremental
from voices.recognition.hypothesis import Hypothesis
from voices.recognition.pool import RecogniserPool
from voices.worker_process import WorkerProcess

STEP = bytes(6400)
"""0.2 s."""
COUNTING = """
    import os, sys, time
    from voices.recognition.hypothesis import Hypothesis
    from voices.recognition.worker import Desk
    from voices.worker_process import serve
    class Count:
        def __init__(self): self.n = 0
        def feed(self, pcm):
            if b"die" in pcm and not os.path.exists(sys.argv[1]):
                open(sys.argv[1], "w").close()
                os._exit(1)
            while b"slow" in pcm and not os.path.exists(sys.argv[2]):
                time.sleep(0.01)
            self.n += len(pcm)
            return Hypothesis(str(self.n), 1.0, final=False)
        def finish(self): return Hypothesis(str(self.n), 1.0)
    class Engine:
        def open(self, language, expect): return Count()
    serve(Desk(Engine()).work)
"""
"""An incremental engine that says how many bytes it has heard in the stream, and can be told to die once, or to work on
something until a file is there."""


@pytest_asyncio.fixture
async def counting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RecogniserPool]:
    """A pool with the real protocol, line and processes, and an engine that counts."""
    script = tmp_path / "engine.py"
    script.write_text(textwrap.dedent(COUNTING), encoding="utf-8")

    def process(_module: str, _arguments: list[str], log: Path | None) -> WorkerProcess:
        made = WorkerProcess("-", [], log)
        made._command = [sys.executable, str(script), str(tmp_path / "died"), str(tmp_path / "done")]
        return made

    monkeypatch.setattr(pool_module, "WorkerProcess", process)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[3]))
    made = RecogniserPool(tmp_path, 1, tmp_path, kind="vosk")
    await made.start()
    yield made
    await made.close()


async def partials(heard: list[Hypothesis], least: int) -> None:
    async with asyncio.timeout(10):
        while len(heard) < least:
            await asyncio.sleep(0.01)


@needs_model
async def test_words_are_there_while_the_caller_still_speaks(said: Said, tmp_path: Path) -> None:
    speech = await said("我想挂后天上午的骨科，给我自己看。")
    pool = RecogniserPool(MODEL, 1, tmp_path)
    await pool.start()
    heard: list[Hypothesis] = []
    hearing = pool.listen("zh", on_partial=heard.append)
    half = len(speech) // 4 * 2
    hearing.feed(speech[:half])
    await partials(heard, 1)
    assert "挂" in heard[0].text
    assert not heard[0].final
    assert hearing.partial == heard[0]
    hearing.feed(speech[half:])
    whole = await hearing.final(timeout_s=20)
    assert whole.final
    assert len(whole.text) > len(heard[0].text)
    assert whole.duration_s == pytest.approx(len(speech) / 32_000)
    hearing.close()
    await pool.close()


async def test_nobody_hears_an_utterance_anew_for_partial_words_that_nobody_wants(
    counting: RecogniserPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    submit = counting.submit

    def counted(*given: Any, **more: Any) -> Any:
        asked.append(given)
        return submit(*given, **more)

    monkeypatch.setattr(counting, "submit", counted)
    counting._incremental = False
    counting.listen("zh").feed(STEP * 10)
    assert asked == []
    counting.listen("zh", on_partial=lambda _: None).feed(STEP * 10)
    assert len(asked) == 1


async def test_work_that_may_be_thrown_away_is_for_a_second_free_worker(
    counting: RecogniserPool, tmp_path: Path
) -> None:
    assert not counting.to_spare, "its only worker is for what is wanted"
    two = RecogniserPool(tmp_path, 2, tmp_path, kind="vosk")
    await two.start()
    async with asyncio.timeout(10):
        while not two.to_spare:
            await asyncio.sleep(0.01)
    hearing = two.listen("zh")
    hearing.feed(b"slow" + STEP)
    asked = asyncio.create_task(hearing.final(timeout_s=20))
    await asyncio.sleep(0.1)
    assert not two.to_spare
    (tmp_path / "done").touch()
    await asked
    await two.close()


async def test_an_answer_that_cannot_be_read_costs_one_utterance_and_not_the_worker(
    counting: RecogniserPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(_: object) -> Hypothesis:
        raise TypeError("unexpected keyword argument")

    with monkeypatch.context() as broken:
        broken.setattr(Hypothesis, "from_dict", unreadable)
        hearing = counting.listen("zh")
        hearing.feed(STEP[:100])
        with pytest.raises(VoiceError) as caught:
            await hearing.final(timeout_s=10)
        assert caught.value.code == "unusable_answer"
    hearing = counting.listen("zh")
    hearing.feed(STEP)
    assert (await hearing.final(timeout_s=10)).text == str(len(STEP))


async def test_an_incremental_engine_hears_each_piece_once(counting: RecogniserPool) -> None:
    heard: list[Hypothesis] = []
    hearing = counting.listen("zh", on_partial=heard.append)
    for least in (1, 2, 3):
        hearing.feed(STEP)
        await partials(heard, least)
    hearing.feed(STEP[:100])  # too little for a partial hypothesis, but part of what was said
    assert [one.text for one in heard] == ["6400", "12800", "19200"]
    assert (await hearing.final(timeout_s=5)).text == "19300"


async def test_a_turn_that_was_not_over_is_heard_on_from_its_beginning(counting: RecogniserPool) -> None:
    hearing = counting.listen("zh")
    hearing.feed(STEP)
    assert (await hearing.final(timeout_s=5)).text == "6400"
    hearing.feed(STEP)
    assert (await hearing.final(timeout_s=5)).text == "12800"


async def test_a_worker_that_dies_in_mid_utterance_costs_none_of_its_words(counting: RecogniserPool) -> None:
    heard: list[Hypothesis] = []
    hearing = counting.listen("zh", on_partial=heard.append)
    hearing.feed(STEP)
    await partials(heard, 1)
    first = counting.pids
    hearing.feed(b"die..." + STEP)
    assert (await hearing.final(timeout_s=20)).text == str(len(STEP) * 2 + 6)
    assert counting.pids != first


async def test_a_worker_killed_between_two_pieces_costs_none_of_its_words(counting: RecogniserPool) -> None:
    heard: list[Hypothesis] = []
    hearing = counting.listen("zh", on_partial=heard.append)
    hearing.feed(STEP)
    await partials(heard, 1)
    os.kill(counting.pids[0], signal.SIGKILL)
    hearing.feed(STEP)
    assert (await hearing.final(timeout_s=20)).text == str(len(STEP) * 2)


async def test_the_wait_grows_with_the_line_and_partial_hypotheses_are_left_out(
    counting: RecogniserPool, tmp_path: Path
) -> None:
    assert counting.would_wait_s("zh") == 0.0
    assert counting.load == 0.0
    waiting = []
    for _ in range(4):
        hearing = counting.listen("zh")
        hearing.feed(b"slow" + STEP[:2000])
        waiting.append(asyncio.create_task(hearing.final(timeout_s=20)))
    await asyncio.sleep(0.05)
    assert counting.would_wait_s("zh") > 3 * 0.3
    assert 0.4 < counting.load < 1.0
    heard: list[Hypothesis] = []
    counting.listen("zh", on_partial=heard.append).feed(STEP)
    (tmp_path / "done").touch()
    await asyncio.gather(*waiting)
    assert heard == []
    assert counting.would_wait_s("zh") == 0.0


async def test_a_final_hypothesis_that_is_not_wanted_any_more_leaves_the_next_one_whole(
    counting: RecogniserPool, tmp_path: Path
) -> None:
    hearing = counting.listen("zh")
    hearing.feed(b"slow" + STEP)
    asked = asyncio.create_task(hearing.final(timeout_s=5))
    await asyncio.sleep(0.1)
    asked.cancel()
    (tmp_path / "done").touch()
    hearing.feed(STEP)
    assert (await hearing.final(timeout_s=5)).text == str(len(STEP) * 2 + 4)


async def test_a_wait_that_is_too_short_costs_nobody_the_process(counting: RecogniserPool, tmp_path: Path) -> None:
    (first,) = counting.pids
    hearing = counting.listen("zh")
    hearing.feed(b"slow" + STEP)
    with pytest.raises(VoiceError) as caught:
        await hearing.final(timeout_s=0.05)
    assert caught.value.code == "timeout"
    assert counting.load > 0, "it still works on that"
    (tmp_path / "done").touch()
    other = counting.listen("zh")
    other.feed(STEP + STEP)
    assert (await other.final(timeout_s=5)).text == str(len(STEP) * 2), "its answer is nobody else's"
    assert (await hearing.final(timeout_s=5)).text == str(len(STEP) + 4), "and the utterance can be heard again"
    assert counting.pids == [first]


async def test_a_worker_that_hangs_is_ended_whoever_waits_for_it(
    counting: RecogniserPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool_module, "WORK_MAX_S", 0.5)
    (first,) = counting.pids
    os.kill(first, signal.SIGSTOP)
    hearing = counting.listen("zh")
    hearing.feed(STEP[:100])
    with pytest.raises(VoiceError) as caught:
        await hearing.final(timeout_s=0.05)
    assert caught.value.code == "timeout"
    assert (await hearing.final(timeout_s=20)).text == "100"
    assert counting.pids != [first]


async def test_a_pool_that_was_stopped_says_so(counting: RecogniserPool) -> None:
    hearing = counting.listen("zh")
    hearing.feed(STEP)
    await counting.close()
    hearing.feed(STEP)
    with pytest.raises(VoiceError) as caught:
        await hearing.final(timeout_s=5)
    assert caught.value.code == "unavailable"


def test_a_streaming_model_is_told_from_others_by_its_files(tmp_path: Path) -> None:
    (tmp_path / "model.int8.onnx").touch()
    assert not incremental("sherpa", tmp_path)
    for name in ("encoder-epoch-99.int8.onnx", "decoder-epoch-99.onnx"):
        (tmp_path / name).touch()
    assert incremental("sherpa", tmp_path)
    assert incremental("vosk", tmp_path)
    assert not incremental("whisper", tmp_path)


RESTARTING = """
    import os, sys, time
    from pathlib import Path
    from voices.recognition.hypothesis import Hypothesis
    from voices.recognition.worker import Desk
    from voices.worker_process import serve
    deaths = Path(sys.argv[1])
    class Engine:
        def transcribe(self, pcm, language, expect):
            if b"die" in pcm and (b"always" in pcm or not list(deaths.iterdir())):
                (deaths / str(os.getpid())).touch()
                os._exit(1)
            return Hypothesis(str(os.getpid()), 1.0)
    if list(deaths.iterdir()) and sys.argv[2] == "slow":
        time.sleep(5)
    serve(Desk(Engine()).work)
"""
"""An engine of whole utterances that says which process it is in, can be told to die, and then may start slowly."""


@pytest_asyncio.fixture(params=["slow"])
async def restarting(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[RecogniserPool]:
    """Two such processes behind one line."""
    script, deaths = tmp_path / "engine.py", tmp_path / "deaths"
    script.write_text(textwrap.dedent(RESTARTING), encoding="utf-8")
    deaths.mkdir()

    def process(_module: str, _arguments: list[str], log: Path | None) -> WorkerProcess:
        made = WorkerProcess("-", [], log)
        made._command = [sys.executable, str(script), str(deaths), request.param]
        return made

    monkeypatch.setattr(pool_module, "WorkerProcess", process)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[3]))
    made = RecogniserPool(tmp_path, 2, tmp_path)
    await made.start()
    async with asyncio.timeout(20):
        while len(made.pids) < 2 or made._down:
            await asyncio.sleep(0.02)
    yield made
    await made.close()


async def test_what_a_dead_worker_had_is_heard_by_one_that_lives_not_by_its_successor(
    restarting: RecogniserPool, tmp_path: Path
) -> None:
    before = restarting.pids
    heard = await restarting.transcribe(b"die", "zh", timeout_s=30)
    (dead,) = (int(file.name) for file in (tmp_path / "deaths").iterdir())
    assert [int(heard.text)] == [pid for pid in before if pid != dead], "the successor takes five seconds to start"
    assert restarting.load == 0, "the one that lives is free"
    assert restarting.would_wait_s("zh") == 0
    again = await restarting.transcribe(STEP, "zh", timeout_s=30)
    assert int(again.text) == int(heard.text), "nor is the next one handed to it before it is there"


@pytest.mark.parametrize("restarting", ["quick"], indirect=True)
async def test_an_utterance_that_kills_two_workers_ends_in_an_error_and_harms_no_other(
    restarting: RecogniserPool, tmp_path: Path
) -> None:
    with pytest.raises(VoiceError) as caught:
        await restarting.transcribe(b"die always", "zh", timeout_s=30)
    assert caught.value.code == "crashed"
    assert (await restarting.transcribe(STEP, "zh", timeout_s=30)).text
    assert len(list((tmp_path / "deaths").iterdir())) == 2, "it is not tried a third time"
