"""The process that has the libraries loaded, and gives each job to a worker that it forked.

A worker that has loaded all libraries does one job after the other. The cost of a fork, and of the
first use of its memory, is then paid once, not for each of thousands of jobs.
"""

from __future__ import annotations

import importlib
import os
import selectors
import shutil
import signal
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bonecohort.cli import jobs
from bonecohort.service.client import send
from bonecohort.service.worker import OUTPUTS, Message, work
from bonecohort.techniques.job_modules import module_of

POLL_SECONDS = 0.1
"""How soon the server notices that its run has ended."""
START_TIME = 18
"""Place of the time of the start among the fields after a process's state: man 5 proc_pid_stat."""
MESSAGE_SECONDS = 5
"""A client that takes longer to send its message was stopped; it does its job alone."""
JOBS_OF_A_WORKER = 200
"""After so many a worker ends, and gives back the memory that libraries keep."""


@dataclass(eq=False)
class Worker:
    """A process that does jobs, and the server's connection to it.

    Only one that ``knows_all``, that was forked when all libraries were loaded, is kept for more.
    """

    process: int
    channel: socket.socket
    knows_all: bool
    n_jobs: int = 0


class Server:
    """Takes jobs one by one, imports what each kind needs, and has workers do them.

    Parameters
    ----------
    listener
        Where clients connect.
    run
        The process whose jobs these are.
    """

    def __init__(self, listener: socket.socket, run: int) -> None:
        self._listener = listener
        self._run = run
        self._workers: list[Worker] = []
        self._idle: list[Worker] = []
        self._to_load: list[str] | None = None
        self._selector = selectors.DefaultSelector()
        self._selector.register(listener, selectors.EVENT_READ)

    def serve(self) -> None:
        """Give jobs to workers while the run is there."""
        began = _start_time(self._run)
        while began is not None and _start_time(self._run) == began:
            events = self._selector.select(0 if self._to_load else POLL_SECONDS)
            for key, _ in events:
                if key.data is None:
                    self._take_job()
                else:
                    self._hear_of(key.data)
            if self._to_load and not events:
                _load(self._to_load.pop(0))

    def _take_job(self) -> None:
        connection, _ = self._listener.accept()
        with connection:
            connection.settimeout(MESSAGE_SECONDS)
            try:
                message = Message.received(connection, OUTPUTS)
            except (ConnectionError, TimeoutError):
                return  # the client ended, or stands still, before its message did
            connection.settimeout(None)  # the worker's copy waits for the client
            _, (job, *_), _ = message.contents()
            self._load_for(job)
            self._give(message, connection)
            message.close()

    def _load_for(self, job: str) -> None:
        """Load what a job needs; what those after it need is loaded when nobody asks."""
        _load(job)
        if self._to_load is None:
            self._to_load = list(jobs()[jobs().index(job) + 1 :])

    def _give(self, message: Message, connection: socket.socket) -> None:
        """Give a job to an idle worker, or a new one. If that was killed, the client does it."""
        worker = self._idle.pop() if self._idle else self._forked(message, connection)
        worker.n_jobs += 1
        with suppress(ConnectionError):
            send(worker.channel, message.content, [*message.descriptors, connection.fileno()])

    def _forked(self, message: Message, connection: socket.socket) -> Worker:
        """Return a new worker, which must not keep open what it is given only afterwards."""
        here, there = socket.socketpair()
        process = os.fork()
        if process == 0:
            try:
                # What is left open here keeps a client, or another worker, waiting for its end.
                self._selector.close()
                message.close()
                channels = [worker.channel for worker in self._workers]
                for opened in (self._listener, connection, here, *channels):
                    opened.close()
                work(there)
            finally:
                os._exit(0)
        there.close()
        worker = Worker(process, here, knows_all=not self._to_load)
        self._workers.append(worker)
        self._selector.register(here, selectors.EVENT_READ, worker)
        return worker

    def _hear_of(self, worker: Worker) -> None:
        """Take in that a worker is idle, or that it ended."""
        try:
            is_idle = bool(worker.channel.recv(1))
        except ConnectionError:  # killed with a job unread
            is_idle = False
        if not is_idle:
            self._selector.unregister(worker.channel)
            worker.channel.close()
            os.waitpid(worker.process, 0)
            self._workers.remove(worker)
            self._idle = [idle for idle in self._idle if idle is not worker]
        elif worker.knows_all and worker.n_jobs < JOBS_OF_A_WORKER:
            self._idle.append(worker)
        else:
            worker.channel.shutdown(socket.SHUT_WR)


def _start_time(process: int) -> bytes | None:
    """Return when a process began, in the system's own count; None of one that has ended.

    The number of one that ended may become that of another.
    """
    try:
        with open(f"/proc/{process}/stat", "rb") as file:  # noqa: PTH123 - several times a job
            stat = file.read()
    except (FileNotFoundError, ProcessLookupError):
        return None
    state, *fields = stat.rpartition(b")")[2].split()
    return None if state in b"ZX" else fields[START_TIME]


def _load(job: str) -> None:
    importlib.import_module(module_of(job))


def serve(listener: socket.socket, folder: Path, run: int) -> None:
    """Serve while the process ``run`` is there; then remove the folder that holds the socket."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a person's Ctrl-C is for the jobs
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    try:
        Server(listener, run).serve()
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # the run may do it as well


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])), Path(sys.argv[2]), int(sys.argv[3]))
