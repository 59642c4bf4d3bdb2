"""A file that several programs write at once is always a whole one, of one of them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from voices.whole import write_whole


def test_many_writers_of_one_file_do_not_hurt_each_other(tmp_path: Path) -> None:
    file = tmp_path / "ab" / "prompt.pcm"
    contents = [bytes([letter]) * 200_000 for letter in range(16)]
    with ThreadPoolExecutor(8) as writers:
        for _ in range(5):
            list(writers.map(lambda content: write_whole(file, content), contents))
            assert file.read_bytes() in contents
    assert [one.name for one in file.parent.iterdir()] == ["prompt.pcm"]
    assert file.stat().st_mode & 0o777 == 0o644


def test_what_cannot_be_written_leaves_what_was_there_and_nothing_else(tmp_path: Path) -> None:
    taken = tmp_path / "prompt.pcm"
    taken.mkdir()
    with pytest.raises(OSError, match=r"prompt\.pcm"):
        write_whole(taken, b"words")
    assert list(tmp_path.iterdir()) == [taken]
