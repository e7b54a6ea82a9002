"""Begin the run's server when the run's jobs begin."""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bonecohort.monitoring.snakemake_surface import Event, event_of, run_logger
from bonecohort.service.client import SERVER

if TYPE_CHECKING:
    from bonecohort.monitoring.snakemake_surface import SnakemakeRun

LIBRARY = Path(__file__).resolve().parents[2]


def serve_jobs(run: SnakemakeRun) -> None:
    """Let a server run the jobs of this run, if it has any and runs them on this machine."""
    # Forking a process that has loaded Apple's frameworks is not safe.
    if run.is_main_process and sys.platform == "linux":
        run_logger().addHandler(_Starter(run))


class _Starter(logging.Handler):
    """Waits for the first run that has jobs."""

    def __init__(self, run: SnakemakeRun) -> None:
        super().__init__(logging.INFO)
        self._run = run
        self._server: JobServer | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Start the server when Snakemake tells of the jobs to come."""
        has_jobs = event_of(record) is Event.RUN_INFO
        if has_jobs and not (self._run.submits_jobs or self._run.is_dry or self._server):
            self._server = start_server()
            if self._server:
                os.environ[SERVER] = str(self._server.socket)


@dataclass(frozen=True)
class JobServer:
    """A server's process and the socket it listens on."""

    process: subprocess.Popen[bytes]
    socket: Path


def start_server() -> JobServer | None:
    """Start a server; it ends with this process, and removes its socket then.

    Where there can be none (no folder for temporary files, or one without sockets), that is said,
    and each job loads the libraries by itself.
    """
    try:
        folder = Path(tempfile.mkdtemp(prefix="bonecohort-"))  # its owner's alone
    except OSError as error:
        _tell_without(error)
        return None
    path = folder / "jobs"
    with socket.socket(socket.AF_UNIX) as listener:
        try:
            _bind(listener, path)
        except OSError as error:
            folder.rmdir()
            _tell_without(error)
            return None
        listener.listen()  # from here on clients wait for the server rather than do without
        told = [str(listener.fileno()), str(folder), str(os.getpid())]
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-P", "-m", "bonecohort.service.server", *told],
            env=os.environ | {"PYTHONPATH": str(LIBRARY), "PYTHONSAFEPATH": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=[listener.fileno()],
        )
    return JobServer(process, path)


def _bind(listener: socket.socket, path: Path) -> None:
    """Bind to a path of any length: a socket's own name is limited to about 100 bytes."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        listener.bind(f"/proc/self/fd/{folder}/{path.name}")
    finally:
        os.close(folder)


def _tell_without(error: OSError) -> None:
    sys.stderr.write(
        f"bonecohort: each job loads the libraries by itself, which takes longer: {error.strerror} "
        f"(the folder for temporary files, TMPDIR, is {tempfile.gettempdir()}).\n"
    )
