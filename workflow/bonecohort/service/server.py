"""The process that has the libraries loaded and forks for each job."""

from __future__ import annotations

import importlib
import json
import os
import shutil
import signal
import socket
import socketserver
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bonecohort.cli import JOBS, main

POLL_SECONDS = 0.1
"""How soon the server uses that nobody asks, and notices that its run has ended."""
SIZE_BYTES = 8


@dataclass(frozen=True)
class Job:
    """What a client asks for, and the descriptors that the job writes to."""

    arguments: list[str]
    folder: str
    environment: dict[str, str]
    outputs: tuple[int, int]

    @classmethod
    def received(cls, connection: socket.socket) -> Job:
        """Read a client's message; raises ConnectionError when the client ended before it did."""
        size, descriptors, _, _ = socket.recv_fds(connection, SIZE_BYTES, 2)
        length = int.from_bytes(size, "big")
        with connection.makefile("rb") as stream:
            content = stream.read(length)
        if len(size) < SIZE_BYTES or len(content) < length:
            raise ConnectionAbortedError
        return cls(outputs=(descriptors[0], descriptors[1]), **json.loads(content))

    def close(self) -> None:
        """Leave the outputs to the worker."""
        for descriptor in self.outputs:
            os.close(descriptor)


class Worker(socketserver.BaseRequestHandler):
    """One job, in a process of its own; ``client_address`` is the :class:`Job`."""

    def handle(self) -> None:
        """Run the job as its own command would, and send its exit code."""
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        job: Job = self.client_address
        os.chdir(job.folder)
        os.environ.clear()
        os.environ.update(job.environment)
        for descriptor, of_worker in zip(job.outputs, (sys.stdout, sys.stderr), strict=True):
            os.dup2(descriptor, of_worker.fileno())
        threading.Thread(target=_end_with, args=(self.request,), daemon=True).start()
        code = main(["job", *job.arguments])
        sys.stdout.flush()
        self.request.sendall(bytes([code]))


class Server(socketserver.ForkingMixIn, socketserver.UnixStreamServer):
    """Takes jobs one by one, imports what each kind needs, and forks."""

    max_children = 1024
    block_on_close = False

    def __init__(self, listener: socket.socket, run: int) -> None:
        super().__init__("", Worker, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        self._run = run
        self._to_load: list[str] = []

    def get_request(self) -> tuple[socket.socket, Any]:
        """Return a connection and the job asked for on it."""
        connection, _ = self.socket.accept()
        return connection, Job.received(connection)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Fork a worker that has its job's modules already."""
        name = client_address.arguments[0]
        _load(name)
        self._to_load = self._to_load or list(JOBS[JOBS.index(name) + 1 :])
        super().process_request(request, client_address)
        client_address.close()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        """Tell an error as Python does, in the job's own log, and send its exit code."""
        kind, error, trace = sys.exc_info()
        if kind and error:
            sys.excepthook(kind, error, trace)
        request.sendall(b"\x01")

    def service_actions(self) -> None:
        """Load what the run's next jobs will need; end with the run."""
        super().service_actions()
        if os.getppid() != self._run:
            raise SystemExit
        if self._to_load:
            _load(self._to_load.pop(0))


def _load(job: str) -> None:
    importlib.import_module(f"bonecohort.jobs.{job}")


def _end_with(client: socket.socket) -> None:
    """End this process when its client does: Snakemake, or a person, wants the job stopped."""
    if not client.recv(1):
        os.kill(os.getpid(), signal.SIGINT)


def serve(listener: socket.socket, folder: Path, run: int) -> None:
    """Serve while the process ``run`` is there; then remove the folder that holds the socket."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a person's Ctrl-C is for the jobs
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    try:
        with Server(listener, run) as server:
            server.serve_forever(POLL_SECONDS)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])), Path(sys.argv[2]), int(sys.argv[3]))
