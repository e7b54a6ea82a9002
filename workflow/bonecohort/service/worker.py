"""A process that does the jobs that the run's server gives it, one after the other."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

from bonecohort.cli import main
from bonecohort.service.client import BEGUN, SIZE_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

IDLE = b"\n"
"""What a worker says to the server when it can take another job."""
OUTPUTS = 2


@dataclass(frozen=True)
class Message:
    """What a client sent: a text of :func:`bonecohort.service.client.message`, and open files."""

    content: bytes
    descriptors: tuple[int, ...]

    @classmethod
    def received(cls, connection: socket.socket, n_descriptors: int) -> Message:
        """Read a message.

        Raises
        ------
        ConnectionError
            When its sender ended before it did.
        TimeoutError
            When that takes longer than the connection's timeout.
        """
        size, descriptors, _, _ = socket.recv_fds(connection, SIZE_BYTES, n_descriptors)
        try:
            return cls(_content(connection, size), tuple(descriptors))
        except OSError:
            _close(descriptors)
            raise

    def contents(self) -> tuple[bytes, list[str], dict[bytes, bytes]]:
        """Return the folder to work in, the job's arguments, its name first, and its variables."""
        folder, count, *rest = self.content.split(b"\0")
        arguments = [os.fsdecode(text) for text in rest[: int(count)]]
        pairs = (variable.partition(b"=") for variable in rest[int(count) :])
        return folder, arguments, {name: value for name, _, value in pairs}

    def close(self) -> None:
        """Close the open files here; the process that received them has copies."""
        _close(self.descriptors)


def _close(descriptors: Iterable[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)


def _content(connection: socket.socket, size: bytes) -> bytes:
    length = int.from_bytes(size, "big")
    with connection.makefile("rb") as stream:
        content = stream.read(length)
    if len(size) < SIZE_BYTES or len(content) < length:
        raise ConnectionAbortedError
    return content


def work(server: socket.socket) -> None:
    """Do jobs until the server closes its end, a job raises an error, or its client is gone.

    Parameters
    ----------
    server
        Gives messages with three open files: the job's two outputs, and the connection to its
        client. The client waits for the exit code.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with suppress(ConnectionError):  # there is nobody left to work for
        while True:
            message = Message.received(server, OUTPUTS + 1)
            *outputs, connection = message.descriptors
            with socket.socket(fileno=connection) as client:
                client.sendall(BEGUN)
                watch = _ClientWatch(client)
                code = 1
                try:
                    with _writing_to(*outputs):
                        code = _done(message, watch)
                finally:
                    client.sendall(bytes([code]))
                server.sendall(IDLE)
                watch.join()


def _done(message: Message, watch: _ClientWatch) -> int:
    """Do a job as its own command would. Return its exit code, or print its error and raise it."""
    sys.excepthook = sys.__excepthook__
    watch.start()
    try:
        folder, arguments, variables = message.contents()
        os.chdir(folder)
        os.environb.clear()
        os.environb.update(variables)
        return main(["job", *arguments])
    finally:
        watch.job_ended()
        error = sys.exception()
        if isinstance(error, Exception):
            sys.excepthook(type(error), error, error.__traceback__)


class _ClientWatch(threading.Thread):
    """Stops a job when its client ends before it: Snakemake, or a person, wants it stopped."""

    def __init__(self, client: socket.socket) -> None:
        super().__init__(daemon=True)
        self._client = client
        self._lock = threading.Lock()
        self._at_work = True

    def run(self) -> None:
        """Wait for the client's end."""
        self._client.recv(1)
        with self._lock:
            if self._at_work:
                os.kill(os.getpid(), signal.SIGINT)

    def job_ended(self) -> None:
        """Leave the process alone from now on."""
        with self._lock:
            self._at_work = False


@contextmanager
def _writing_to(*outputs: int) -> Iterator[None]:
    """Write to a job's stdout and stderr; the descriptors given are closed."""
    streams = (sys.stdout, sys.stderr)
    own = [os.dup(stream.fileno()) for stream in streams]
    _replace(streams, outputs)
    try:
        yield
    finally:
        _replace(streams, own)


def _replace(streams: Sequence[TextIO], descriptors: Sequence[int]) -> None:
    for stream, descriptor in zip(streams, descriptors, strict=True):
        stream.flush()
        os.dup2(descriptor, stream.fileno())
        os.close(descriptor)
