"""One sentence by pyttsx3 in a process of its own: `python -m voices.synthesis.speak_once VOICE WPM FILE`.

The text comes on standard input. pyttsx3 over espeak is racy within one process: `runAndWait` returns before the file
is written, two queued sentences keep the last one, threads hang at the end, and a voice that does not exist is passed
over in silence. So: one sentence, wait until it is finished, say which voice it was, and leave without tidying up."""

from __future__ import annotations

import os
import sys
import time
import wave
from pathlib import Path

import pyttsx3

NO_ENGINE, NO_VOICE, NO_SOUND = 3, 4, 5
"""Exit codes."""
WAIT_S = 7.0
STEP_S = 0.01


def speak(text: str, voice: str, words_per_minute: int, file: Path) -> int:
    """Write the sentence as WAV; returns the exit code."""
    try:
        engine = pyttsx3.init("espeak")
    except (RuntimeError, OSError, ImportError) as error:
        return _fail(NO_ENGINE, str(error))
    known = {one.id for one in engine.getProperty("voices")}
    if voice.lower() not in known:
        return _fail(NO_VOICE, f"espeak-ng has no voice {voice}")
    finished: list[bool] = []
    # pyttsx3 hands over `name` and `completed` by name.
    engine.connect("finished-utterance", lambda **facts: finished.append(bool(facts["completed"])))
    engine.setProperty("voice", voice)
    engine.setProperty("rate", words_per_minute)
    engine.save_to_file(text, str(file))
    engine.runAndWait()
    until = time.monotonic() + WAIT_S
    while not (finished and _whole(file)):
        if time.monotonic() > until:
            return _fail(NO_SOUND, "no complete file came")
        time.sleep(STEP_S)
    spoken = engine.getProperty("voice")
    return 0 if spoken == voice.lower() else _fail(NO_VOICE, f"it spoke with {spoken} instead of {voice}")


def _fail(code: int, why: str) -> int:
    sys.stderr.write(f"{why}\n")
    return code


def _whole(file: Path) -> bool:
    """True when the file has as many samples as its header says, and some."""
    try:
        with wave.open(str(file), "rb") as w:
            frames = w.getnframes()
            return frames > 0 and len(w.readframes(frames)) == frames * w.getsampwidth() * w.getnchannels()
    except (OSError, EOFError, wave.Error):
        return False


def main() -> None:
    """Speak, and leave without waiting for threads that hang."""
    code = speak(sys.stdin.read(), sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
