"""A worker in its own process: one JSON line and a number of bytes in, one JSON line and a number of bytes out.

The worker ends when its standard input does, so that none outlives the program that started it, however that ended."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

from voices.errors import VoiceError

log = logging.getLogger(__name__)

LINE_LIMIT = 1 << 20
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 2.0
BUSY = "This machine is busy: try again when it has less to do, or give it less at once."
Answer: TypeAlias = tuple[Mapping[str, Any], bytes]
THREADS = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
"""One process per core: a worker that starts threads of its own only slows its neighbours."""


def serve(work: Callable[[Mapping[str, Any], bytes], Answer]) -> None:
    """The worker's side: answer requests until standard input ends. What `work` raises goes back as an error."""
    source, sink = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not mix with the answers
    _send(sink, {"ready": True}, b"")
    while line := source.readline():
        request = json.loads(line)
        payload = source.read(int(request.pop("bytes")))
        try:
            header, body = work(request, payload)
        except VoiceError as error:
            header, body = {"error": error.code, "message": str(error), "remedy": error.remedy}, b""
        except Exception as error:  # noqa: BLE001 - one bad request must not end the worker; its error is answered
            header, body = {"error": "crashed", "message": f"{type(error).__name__}: {error}"}, b""
        try:
            _send(sink, header, body)
        except BrokenPipeError:  # whoever asked is gone, and this worker with it
            return


def refuse(error: VoiceError) -> None:
    """The worker's side, instead of `serve`: say why it cannot work. Whoever starts it gets this error."""
    header = {"error": error.code, "message": str(error), "remedy": error.remedy}
    with os.fdopen(os.dup(1), "wb") as sink:
        _send(sink, header, b"")


def _send(sink: BinaryIO, header: Mapping[str, Any], body: bytes) -> None:
    sink.write(json.dumps({**header, "bytes": len(body)}).encode() + b"\n" + body)
    sink.flush()


class WorkerProcess:
    """Our side of one worker. One request at a time."""

    def __init__(self, module: str, arguments: list[str], log: Path | None = None, niceness: int = 0) -> None:
        self._command = [sys.executable, "-m", module, *arguments]
        self._log, self._niceness = log, niceness
        self._process: asyncio.subprocess.Process | None = None
        self._end: asyncio.Task[int] | None = None
        """Waits for the process that runs. One for all who wait: asyncio keeps each until the process ends."""
        self.began = 0.0
        """When the process was started that runs, or ran last; monotonic."""
        self._starting = asyncio.Lock()

    @property
    def pid(self) -> int | None:
        """The worker's process id while it runs."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    async def ask(self, header: Mapping[str, Any], payload: bytes = b"", *, timeout_s: float) -> Answer:
        """One request. Raises VoiceError `timeout` or `crashed` (the worker is gone then and starts again with the
        next request), `unavailable` when it does not start, or the code that the worker gave."""
        process = await self._running()
        assert process.stdin is not None
        try:
            async with asyncio.timeout(timeout_s):
                process.stdin.write(json.dumps({**header, "bytes": len(payload)}).encode() + b"\n" + payload)
                await process.stdin.drain()
                answer, body = await self._receive(process)
        except TimeoutError as error:
            await self.stop()
            raise VoiceError(
                "timeout", f"{self._command[2]} did not answer within {timeout_s:.0f} s", self._see(BUSY)
            ) from error
        except (OSError, EOFError, ValueError) as error:
            await self.stop()
            raise VoiceError("crashed", f"{self._command[2]} ended: {error!r}", self._see("Try again.")) from error
        except asyncio.CancelledError:
            await self.stop()  # its answer would be taken for the next one's
            raise
        if "error" in answer:
            raise VoiceError(str(answer["error"]), str(answer["message"]), str(answer.get("remedy", "")))
        return answer, body

    async def start(self) -> None:
        """Start the worker if it does not run. Raises VoiceError `unavailable`, or what the worker refused with."""
        await self._running()

    async def ended(self) -> None:
        """Returns when the process that runs now has ended; never when none runs."""
        if self._end is None:
            await asyncio.get_running_loop().create_future()
        else:
            await asyncio.shield(self._end)

    async def stop(self) -> None:
        """End the worker."""
        process, self._process = self._process, None
        end, self._end = self._end, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        if process.returncode is None:
            process.kill()
            try:
                async with asyncio.timeout(STOP_TIMEOUT_S):
                    await process.wait()
            except TimeoutError:  # it waits for a disk: nobody else shall wait for it, nor get this for an answer
                log.warning("process %d (%s) was killed and is not gone yet", process.pid, self._command[2])
        if end is not None and not end.done():
            end.cancel()

    async def _running(self) -> asyncio.subprocess.Process:
        async with self._starting:  # who comes second would end the process that the first one waits for
            return await self._started()

    async def _started(self) -> asyncio.subprocess.Process:
        if self._process is not None and self._process.returncode is None:
            return self._process
        await self.stop()
        log_file: BinaryIO | None = None
        try:
            log_file = self._log.open("ab") if self._log else None
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log_file,
                limit=LINE_LIMIT,
                env={**os.environ, **THREADS},
                start_new_session=True,  # Ctrl-C in the terminal is for the program; it ends its workers itself
            )
            async with asyncio.timeout(START_TIMEOUT_S):
                greeting, _ = await self._receive(self._process)
            if "error" in greeting:
                await self.stop()
                raise VoiceError(str(greeting["error"]), str(greeting["message"]), str(greeting.get("remedy", "")))
            self._end = asyncio.create_task(self._process.wait(), name=f"end of {self._command[2]}")
            self.began = time.monotonic()
            if self._niceness:
                os.setpriority(os.PRIO_PROCESS, self._process.pid, self._niceness)
        except (OSError, EOFError, ValueError, TimeoutError) as error:
            await self.stop()
            raise VoiceError(
                "unavailable", f"{self._command[2]} does not start: {error!r}", self._see("Try again.")
            ) from error
        except asyncio.CancelledError:
            await self.stop()
            raise
        finally:
            if log_file is not None:
                log_file.close()
        return self._process

    def _see(self, remedy: str) -> str:
        return f"{remedy} See {self._log}." if self._log else remedy

    async def _receive(self, process: asyncio.subprocess.Process) -> Answer:
        assert process.stdout is not None
        line = await process.stdout.readline()
        if not line:
            raise EOFError("no answer")
        header: dict[str, Any] = json.loads(line)
        body = await process.stdout.readexactly(int(header.pop("bytes")))
        return header, body
