"""Answers over HTTP that end: held to a size and a pace, whatever the server sends."""

from __future__ import annotations

import time
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

if TYPE_CHECKING:
    from collections.abc import Iterator

JSON = "application/dicom+json"
MOST_JSON_BYTES = 64 * 2**20
SLOWEST_BYTES_PER_S = 1000.0
"""Over the whole of an answer, after the time that silence may last."""
PIECE_BYTES = 16384  # may have come and not be counted yet


class BodyTooLargeError(requests.exceptions.RequestException):
    """An answer is larger than any that is of use."""


class BodyTooSlowError(requests.exceptions.Timeout):
    """An answer comes in drops, and would take forever."""


class LimitedAdapter(HTTPAdapter):
    """Gives answers whose bodies are broken off where they are too large or too slow.

    Parameters
    ----------
    most_image_bytes
        Size of the largest answer that holds an image.
    timeout_s
        Longest silence.
    """

    def __init__(self, most_image_bytes: int, timeout_s: float) -> None:
        self._most_image_bytes = most_image_bytes
        self._timeout_s = timeout_s
        super().__init__()

    def send(
        self, request: requests.PreparedRequest, stream: bool = False, *args: Any, **kwargs: Any
    ) -> requests.Response:
        """Send a request; reading the body of its answer may raise one of this module's errors."""
        del stream  # the session reads the body afterwards, through the limits
        response = super().send(request, True, *args, **kwargs)
        is_json = JSON in str(request.headers.get("Accept", ""))
        most = MOST_JSON_BYTES if is_json else self._most_image_bytes
        response.raw = _LimitedBody(response.raw, most, self._timeout_s)
        return response


class _LimitedBody:
    """The body of an answer, counted as it is read and unpacked."""

    def __init__(self, body: Any, most_bytes: int, timeout_s: float) -> None:
        self._body, self._most_bytes, self._timeout_s = body, most_bytes, timeout_s
        self._n_bytes = 0
        self._ended = Event()
        self._too_slow = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._body, name)

    def stream(self, *args: Any, **kwargs: Any) -> Iterator[bytes]:
        """Yield the body in pieces."""
        watch = Thread(target=self._break_off_if_too_slow, daemon=True)
        watch.start()
        try:
            for piece in self._body.stream(*args, **kwargs):
                self._n_bytes += len(piece)
                if self._n_bytes > self._most_bytes:
                    self._body.close()
                    raise BodyTooLargeError
                yield piece
        except HTTPError:
            if not self._too_slow:
                raise
        finally:
            self._ended.set()
        if self._too_slow:
            raise BodyTooSlowError

    def _break_off_if_too_slow(self) -> None:
        """Look at the pace from time to time: a read waits until it has its whole piece."""
        began = time.monotonic()
        while not self._ended.wait(self._timeout_s):
            took_s = time.monotonic() - began - self._timeout_s
            if self._n_bytes + PIECE_BYTES < SLOWEST_BYTES_PER_S * took_s:
                self._too_slow = True
                self._body.shutdown()
                return
