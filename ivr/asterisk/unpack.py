"""Asterisk for a machine that has none: unpacked from Debian's testing suite, the host's packages untouched.

Debian 12 and 13 carry no Asterisk. `apt-get` with a private state folder downloads it with every library it needs,
`dpkg-deb` unpacks it, and it runs with its own loader. No root, no chroot."""

from __future__ import annotations

import logging
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

log = logging.getLogger(__name__)

SUITE = "forky"
PACKAGES = ("asterisk", "asterisk-modules", "asterisk-config")
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
APT_TIMEOUT_S = 600
LIBRARIES = "usr/lib/x86_64-linux-gnu"


class AsteriskError(Exception):
    """Asterisk cannot be had or run. `code` is stable; `remedy` tells a person what to do."""

    def __init__(self, code: str, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class AsteriskTree:
    """An Asterisk that can be run."""

    root: Path
    """`/` for the system's own, otherwise the folder that it was unpacked into."""
    version: str

    @property
    def command(self) -> tuple[str, ...]:
        """The program, with its own loader and libraries when it was unpacked."""
        if self.root == Path("/"):
            return ("asterisk",)
        libraries = self.root / LIBRARIES
        return (
            str(self.root / "usr/lib64/ld-linux-x86-64.so.2"),
            "--library-path",
            f"{libraries}:{libraries / 'asterisk'}",
            str(self.root / "usr/sbin/asterisk"),
        )

    @property
    def modules(self) -> Path:
        """The folder of loadable modules."""
        return self.root / LIBRARIES / "asterisk/modules"

    @property
    def data(self) -> Path:
        """The folder of static data."""
        return self.root / "usr/share/asterisk"


def find(parts_dir: Path, minimum: str) -> AsteriskTree | None:
    """The system's own Asterisk if it is new enough, else ours if it is unpacked."""
    if (found := _system(minimum)) is not None:
        return found
    root = parts_dir / "asterisk"
    if not (root / "usr/sbin/asterisk").exists():
        return None
    return AsteriskTree(root, _version(AsteriskTree(root, "").command) or "unknown")


def find_or_unpack(parts_dir: Path, minimum: str, say: Callable[[str], None] = log.info) -> AsteriskTree:
    """An Asterisk that can be run, unpacked when there is none.

    Raises AsteriskError: `asterisk_download`, `asterisk_unpack`, `asterisk_apt`."""
    if (found := find(parts_dir, minimum)) is not None:
        return found
    say("Asterisk: unpacking it from Debian's testing suite (about 80 MB) …")
    _unpack(parts_dir / "asterisk", say)
    return AsteriskTree(parts_dir / "asterisk", _version(AsteriskTree(parts_dir / "asterisk", "").command) or "unknown")


def _system(minimum: str) -> AsteriskTree | None:
    if shutil.which("asterisk") is None:
        return None
    version = _version(("asterisk",))
    if version is None or _numbers(version) < _numbers(minimum):
        log.info("the system's Asterisk (%s) is older than %s: ours is used", version, minimum)
        return None
    return AsteriskTree(Path("/"), version)


def _version(command: tuple[str, ...]) -> str | None:
    try:
        done = subprocess.run([*command, "-V"], capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        log.warning("%s does not run: %s", command[-1], error)
        return None
    match = re.search(r"(\d+\.\d+(?:\.\d+)?)", done.stdout)
    return match.group(1) if match else None


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(n) for n in re.findall(r"\d+", version))


def mirror() -> str:
    """The address that this machine's own apt sources name for Debian. Raises AsteriskError(`asterisk_apt`)."""
    lists = [Path("/etc/apt/sources.list"), *sorted(Path("/etc/apt/sources.list.d").glob("*"))]
    for file in lists:
        if not file.is_file():
            continue
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
            match = re.match(r"(?:URIs:|deb(?:\s+\[[^\]]*\])?)\s+(\S+)", line)
            if match and "security" not in match.group(1):
                return match.group(1)
    raise AsteriskError(
        "asterisk_apt",
        "this machine's apt sources name no Debian mirror",
        "Add one to /etc/apt/sources.list, or install Asterisk 22.6 or newer yourself.",
    )


def _unpack(root: Path, say: Callable[[str], None]) -> None:
    work = root.with_name("asterisk.apt")
    fresh = root.with_name("asterisk.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    try:
        archives = _download(work, say)
        with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
            list(pool.map(lambda deb: _extract(deb, fresh), archives))
    except OSError as error:
        raise AsteriskError(
            "asterisk_unpack",
            f"Asterisk could not be unpacked into {root}: {error}",
            "Free 500 MB there and start again.",
        ) from error
    for name in ("bin", "sbin", "lib", "lib64"):
        if not (fresh / name).exists():
            (fresh / name).symlink_to(f"usr/{name}")
    shutil.rmtree(root, ignore_errors=True)
    fresh.rename(root)  # only a complete tree ever has the name that is looked for
    shutil.rmtree(work, ignore_errors=True)


def _download(work: Path, say: Callable[[str], None]) -> list[Path]:
    for name in ("lists/partial", "archives/partial", "etc/apt.conf.d", "etc/preferences.d", "state"):
        (work / name).mkdir(parents=True, exist_ok=True)
    (work / "state/status").touch()
    (work / "apt.conf").write_text(_apt_conf(work), encoding="utf-8")
    address = mirror()
    # Where the clock runs ahead of the mirror the release file counts as expired: strict first, then with a warning.
    for option in ("", " check-valid-until=no"):
        source = f"deb [signed-by={KEYRING}{option}] {address} {SUITE} main\n"
        (work / "sources.list").write_text(source, encoding="utf-8")
        done = _apt(work, "-o", "APT::Update::Error-Mode=any", "update")
        if done.returncode == 0:
            break
        if not option:
            say("Asterisk: Debian's release file counts as expired or is unreachable; trying without its date …")
    else:
        raise AsteriskError("asterisk_download", f"apt-get update failed: {done.stderr[-300:]}", "Check the network.")
    done = _apt(work, "--yes", "--download-only", "install", *PACKAGES)
    if done.returncode != 0:
        raise AsteriskError("asterisk_download", f"apt-get download failed: {done.stderr[-300:]}", "Check the network.")
    return sorted((work / "archives").glob("*.deb"))


def _apt(work: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "APT_CONFIG": str(work / "apt.conf"), "LC_ALL": "C"}
    try:
        return subprocess.run(
            ["apt-get", "-qq", *arguments],
            env=environment,
            capture_output=True,
            text=True,
            timeout=APT_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise AsteriskError(
            "asterisk_apt", f"apt-get cannot be run: {error}", "Install Asterisk 22.6 or newer."
        ) from error


def _apt_conf(work: Path) -> str:
    return f"""Dir::Etc::sourcelist "{work}/sources.list";
Dir::Etc::sourceparts "-";
Dir::Etc::parts "{work}/etc/apt.conf.d";
Dir::Etc::preferencesparts "{work}/etc/preferences.d";
Dir::State "{work}/state";
Dir::State::lists "{work}/lists";
Dir::State::status "{work}/state/status";
Dir::Cache "{work}";
Dir::Cache::archives "{work}/archives";
APT::Install-Recommends "false";
APT::Sandbox::User "";
Acquire::Languages "none";
Debug::NoLocking "true";
"""


def _extract(deb: Path, root: Path) -> None:
    """Unpack one package into a folder. Raises OSError, also when it takes longer than APT_TIMEOUT_S."""
    excludes = [f"--exclude=./usr/share/{name}" for name in ("doc", "man", "locale")]
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(deb)], stdout=subprocess.PIPE) as packed:
        assert packed.stdout is not None
        try:
            done = subprocess.run(
                ["tar", "-C", str(root), "-xf", "-", "--no-same-owner", "--keep-directory-symlink", *excludes],
                stdin=packed.stdout,
                capture_output=True,
                timeout=APT_TIMEOUT_S,
                check=False,
            )
            packed.stdout.close()  # else a tar that has given up leaves dpkg-deb writing to nobody
            failed = packed.wait(timeout=60) != 0 or done.returncode != 0
        except subprocess.TimeoutExpired as error:
            packed.kill()
            raise OSError(f"{deb.name}: {error}") from error
    if failed:
        raise OSError(f"{deb.name}: {done.stderr.decode(errors='replace')[-200:]}")
