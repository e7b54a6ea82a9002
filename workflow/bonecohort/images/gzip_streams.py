"""Reading gzip no further than what a header declares."""

from __future__ import annotations

from typing import IO, cast

from isal import igzip

GZIP_MAGIC = b"\x1f\x8b"


def unpacked(stream: IO[bytes]) -> IO[bytes]:
    """Return a stream of what a file holds, unpacked when it begins as gzip does."""
    begins = stream.read(len(GZIP_MAGIC))
    stream.seek(-len(begins), 1)
    if begins != GZIP_MAGIC:
        return stream
    return gunzipped(stream)


def gunzipped(stream: IO[bytes]) -> IO[bytes]:
    """Return a stream of what a gzip stream holds; its checksum is checked at its end."""
    return cast("IO[bytes]", igzip.IGzipFile(fileobj=stream))  # type: ignore[no-untyped-call]
