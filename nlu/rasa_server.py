"""The Rasa server beside the hotline: its own Python 3.10, its model, and the process. `make rasa` runs this module.

Only the standard library, so that it also runs where nothing is installed."""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROJECT = ROOT / "nlu" / "rasa_project"
REQUIREMENTS = PROJECT / "requirements.txt"
VENV = ROOT / ".venv-rasa"
MODELS = ROOT / "var" / "rasa"
HOST, PORT = "127.0.0.1", 5005
KEPT = 2
"""Models that are kept, the newest ones: the one before may still be served."""
LOOK_TIMEOUT_S = 20
INSTALL_TIMEOUT_S = 3600
TRAIN_TIMEOUT_S = 7200
CONTAINER = "docker compose -f docker/rasa/compose.yaml up --build"
_SHARED = ("text.py", "features.py", "pinyin.py", "understand.py")
"""Modules of ours that the components use."""


class RasaServerError(Exception):
    """Rasa cannot be installed, trained or started. `str()` says what to do."""

    code = "rasa_server"


def find_python() -> Path:
    """A Python 3.10 that runs: RASA_PYTHON, `python3.10` in PATH, or one of pyenv's. Raises RasaServerError."""
    for candidate in _candidates():
        try:
            told = subprocess.run(
                [candidate, "-c", "import sys, venv; print(*sys.version_info[:2])"],
                capture_output=True,
                check=False,
                timeout=LOOK_TIMEOUT_S,
            )
        except (OSError, subprocess.TimeoutExpired):
            continue  # a shim without its Python, or a file that is no program: the next may do
        if told.returncode == 0 and told.stdout.split() == [b"3", b"10"]:
            return candidate
    raise RasaServerError(
        "Rasa 3.6 needs Python 3.10, and there is none (looked at RASA_PYTHON, python3.10 in PATH, pyenv). "
        f"Install it (`pyenv install 3.10`) and start again, or use the container: {CONTAINER}"
    )


def _candidates() -> Iterator[Path]:
    if named := os.environ.get("RASA_PYTHON"):
        yield Path(named)
    if found := shutil.which("python3.10"):
        yield Path(found)
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from sorted(pyenv.glob("versions/3.10*/bin/python3.10"), reverse=True)


def _digest(paths: Sequence[Path], base: Path) -> str:
    whole = hashlib.sha256()
    for path in sorted(paths):
        content = path.read_bytes()
        whole.update(f"{path.relative_to(base)} {len(content)}\n".encode() + content)
    return whole.hexdigest()


def data_digest() -> str:
    """A hash of all that a model comes from: data, configuration, components, and the modules that these use."""
    sources = [*PROJECT.glob("data/**/*.yml"), *PROJECT.glob("*.yml"), PROJECT / "components.py", REQUIREMENTS]
    return _digest([*sources, *(ROOT / "nlu" / name for name in _SHARED)], ROOT)


def installed(venv: Path = VENV) -> bool:
    """True when the environment has what the requirements file asks for."""
    try:
        return (venv / ".installed").read_text(encoding="utf-8") == _digest([REQUIREMENTS], ROOT)
    except FileNotFoundError:
        return False


def install(venv: Path = VENV) -> None:
    """Make the environment, or bring it up to date. Minutes, 2.7 GB. Raises RasaServerError."""
    if installed(venv):
        return
    if not (venv / "bin" / "python").exists():
        _run([str(find_python()), "-m", "venv", str(venv)], "The environment could not be made.", LOOK_TIMEOUT_S * 6)
    pip = [str(venv / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    remedy = "Rasa could not be installed. Is the package registry reachable, and are 4 GB free? Then start again."
    _run([*pip, "--no-deps", "-r", str(REQUIREMENTS)], remedy, INSTALL_TIMEOUT_S)
    (venv / ".installed").write_text(_digest([REQUIREMENTS], ROOT), encoding="utf-8")


def environment() -> dict[str, str]:
    """What Rasa's processes are started with: our modules in reach, nothing sent to its makers."""
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "RASA_TELEMETRY_ENABLED": "false",
        "RASA_MAX_CACHE_SIZE": "0",  # its cache does not see a change in the modules that our components use
        "TF_CPP_MIN_LOG_LEVEL": "2",
        "PYTHONWARNINGS": "ignore",
    }


def _run(command: Sequence[str], remedy: str, timeout_s: float) -> None:
    try:
        done = subprocess.run(command, check=False, timeout=timeout_s, env=environment(), cwd=PROJECT)
    except subprocess.TimeoutExpired as error:
        raise RasaServerError(f"{remedy} (not done within {timeout_s:.0f} s)") from error
    except OSError as error:
        raise RasaServerError(f"{remedy} ({error.filename}: {error.strerror})") from error
    if done.returncode != 0:
        raise RasaServerError(f"{remedy} (exit code {done.returncode}; the lines above say why)")


def rasa(*words: str) -> list[str]:
    """The command line of Rasa's own command. Raises RasaServerError when Rasa is not installed."""
    python = VENV / "bin" / "python"
    if not python.exists():
        raise RasaServerError(f"Rasa is not installed. Install it by `make rasa`, or use the container: {CONTAINER}")
    return [str(python), "-m", "rasa", *words]


def model_for(digest: str, models: Path = MODELS) -> Path:
    """Where the model of this data is kept."""
    return models / f"{digest[:24]}.tar.gz"


def train(models: Path = MODELS, data: Path | None = None, *, force: bool = False) -> Path:
    """The model of today's data, trained unless it is there. Minutes. Raises RasaServerError."""
    model = model_for(data_digest(), models)
    if model.exists() and not force and data is None:
        return model
    models.mkdir(parents=True, exist_ok=True)
    name = model.name.removesuffix(".tar.gz") if data is None else f"trial-{os.getpid()}"
    words = ["train", "nlu", "--config", "config.yml", "--domain", "domain.yml", "--nlu", str(data or PROJECT / "data")]
    _run(
        rasa(*words, "--out", str(models), "--fixed-model-name", name),
        "Rasa could not be trained.",
        TRAIN_TIMEOUT_S,
    )
    if data is None:
        _forget_old(models)
    return models / f"{name}.tar.gz"


def _forget_old(models: Path) -> None:
    kept = sorted(models.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in kept[KEPT:]:
        path.unlink(missing_ok=True)


def serving(model: Path, port: int = PORT) -> list[str]:
    """The command line that serves a model on loopback. Whoever can reach that port can read what callers say."""
    return rasa("run", "--enable-api", "--model", str(model), "--interface", HOST, "--port", str(port))


def serve(model: Path, port: int = PORT) -> None:
    """Become the server: this process is Rasa from here on."""
    command = serving(model, port)
    os.chdir(PROJECT)
    os.execve(command[0], command, environment())  # noqa: S606 - an argument list of our own, no shell


def start(model: Path, port: int, log_file: Path) -> subprocess.Popen[bytes]:
    """The server as a process of the caller's, for tests and measurements; its words go into a file."""
    with log_file.open("wb") as output:
        return subprocess.Popen(
            serving(model, port), stdout=output, stderr=output, env=environment(), cwd=PROJECT, start_new_session=True
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """`python -m nlu.rasa_server [install|train|serve]`; serve does the others first."""
    parser = argparse.ArgumentParser(prog="make rasa", description="Install, train and serve Rasa on loopback.")
    parser.add_argument("what", nargs="?", default="serve", choices=["install", "train", "serve"])
    parser.add_argument("--port", type=int, default=PORT)
    parser.add_argument("--models", type=Path, default=MODELS)
    chosen = parser.parse_args(arguments)
    began = time.monotonic()
    try:
        print("Rasa: installing what is missing …", flush=True)
        install()
        if chosen.what != "install":
            print("Rasa: training where the data changed …", flush=True)
            model = train(chosen.models.resolve())
            print(f"Rasa: {model} is ready after {time.monotonic() - began:.0f} s", flush=True)
        if chosen.what == "serve":
            print(f"Rasa: serving on http://{HOST}:{chosen.port}; needs half a minute. Ctrl-C ends it.", flush=True)
            print('Rasa: to be used by the hotline: [nlu] engine = "rasa" in yinling.toml', flush=True)
            serve(model, chosen.port)
    except RasaServerError as error:
        print(f"{error.code}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
