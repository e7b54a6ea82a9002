"""The size that a compressed frame itself declares, read before a decoder allocates by it."""

from __future__ import annotations

import struct

JPEG, JPEG_2000, JPEG_2000_FILE = b"\xff\xd8", b"\xff\x4f\xff\x51", b"\x00\x00\x00\x0cjP  "
# Start of frame: of JPEG (ITU-T T.81, table B.1) and of JPEG-LS (T.87, SOF55).
FRAMES = frozenset({*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC})
ALONE = frozenset({0x01, *range(0xD0, 0xDA)} - {0xD9})
"""Markers without a segment."""
SCAN = 0xDA


def declared_size(frame: bytes) -> tuple[int, int] | None:
    """Return rows and columns of a JPEG, JPEG-LS or JPEG 2000 codestream; None when it has none.

    A size of 0 rows, which a JPEG may declare later, is returned as it stands.
    """
    if frame.startswith(JPEG_2000_FILE):
        frame = frame[max(frame.find(JPEG_2000), 0) :]
    if frame.startswith(JPEG_2000):
        return _jpeg_2000_size(frame)
    return _jpeg_size(frame) if frame.startswith(JPEG) else None


def _jpeg_2000_size(frame: bytes) -> tuple[int, int] | None:
    """Read the segment SIZ (ITU-T T.800, A.5.1): the grid less the image's offset in it."""
    if len(frame) < 24:
        return None
    columns, rows, left, top = struct.unpack_from(">4L", frame, 8)
    return rows - top, columns - left


def _jpeg_size(frame: bytes) -> tuple[int, int] | None:
    at = len(JPEG)
    while at + 9 <= len(frame) and frame[at] == 0xFF:
        marker = frame[at + 1]
        if marker == 0xFF:  # fill
            at += 1
        elif marker in FRAMES:
            rows, columns = struct.unpack_from(">2H", frame, at + 5)
            return rows, columns
        elif marker in ALONE:
            at += 2
        elif marker == SCAN:
            break
        else:
            at += 2 + int.from_bytes(frame[at + 2 : at + 4], "big")
    return None
