"""Whether a compressed sound file ends where it should: decoders play half a file in silence, as if it were whole."""

from __future__ import annotations

from pathlib import Path

_KBITS_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KBITS_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_RATES_HZ = (44_100, 48_000, 32_000)
_OGG_TAIL_BYTES = 1 << 17
"""Longer than the longest page (65,307 bytes)."""
_OGG_HEADER_BYTES = 27
_LAST_PAGE = 4


def breaks_off(file: Path) -> bool:
    """Whether an MP3 or Ogg file ends in the middle; False for other formats, and where it cannot be told: a file that
    was cut between two frames of an MP3 that tells no length looks whole. Raises OSError."""
    with file.open("rb") as source:
        begin = source.read(4)
        if begin == b"OggS":
            source.seek(max(0, file.stat().st_size - _OGG_TAIL_BYTES))
            return _ogg_breaks_off(source.read())
        if begin[:3] == b"ID3" or _mp3_frame_bytes(begin):
            source.seek(0)
            return _mp3_breaks_off(source.read())
    return False


def _ogg_breaks_off(tail: bytes) -> bool:
    """RFC 3533, section 6: the last page of a stream has the flag 4, and is as long as its table of segments says."""
    at = tail.rfind(b"OggS")
    header = tail[at : at + _OGG_HEADER_BYTES]
    if at < 0 or len(header) < _OGG_HEADER_BYTES:
        return True
    segments = tail[at + len(header) : at + len(header) + header[26]]
    long = len(header) + header[26] + sum(segments)
    return not header[5] & _LAST_PAGE or len(segments) < header[26] or len(tail) - at < long


def _mp3_breaks_off(content: bytes) -> bool:
    """Frame by frame, until what is no frame: a title at the end, or nothing."""
    at = _after_title(content)
    while length := _mp3_frame_bytes(content[at : at + 4]):
        at += length
    return at > len(content)


def _after_title(content: bytes) -> int:
    """Where the frames begin, behind an ID3v2 tag (id3.org, “ID3v2 header”): its length is in four times seven bits."""
    if content[:3] != b"ID3" or len(content) < 10:
        return 0
    size = 0
    for byte in content[6:10]:
        size = size << 7 | byte & 0x7F
    return 10 + size


def _mp3_frame_bytes(header: bytes) -> int:
    """Length of the layer III frame that begins so (ISO/IEC 11172-3, 13818-3, and the unofficial MPEG 2.5); 0 for what
    is no beginning of a frame."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE6 != 0xE2:
        return 0
    version, bits, rate, padding = header[1] >> 3 & 3, header[2] >> 4, header[2] >> 2 & 3, header[2] >> 1 & 1
    if version == 1 or bits in (0, 15) or rate == 3:
        return 0
    if version == 3:
        return 144_000 * _KBITS_1[bits] // _RATES_HZ[rate] + padding
    halved = 2 if version == 2 else 4
    return 72_000 * _KBITS_2[bits] * halved // _RATES_HZ[rate] + padding
