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
from typing import Any

from bonecohort.service.client import SERVER

LIBRARY = Path(__file__).resolve().parents[2]


def serve_jobs(workflow: Any, logger: logging.Logger) -> None:
    """Let a server run the jobs of this run, if it has any and runs them on this machine.

    Parameters
    ----------
    workflow
        Snakemake's workflow.
    logger
        Snakemake's logger, which tells when jobs begin.
    """
    # Forking a process that has loaded Apple's frameworks is not safe.
    if workflow.is_main_process and sys.platform == "linux":
        logger.addHandler(_Starter(workflow))


class _Starter(logging.Handler):
    """Waits for the first run that has jobs."""

    def __init__(self, workflow: Any) -> None:
        super().__init__(logging.INFO)
        self._workflow = workflow
        self._server: JobServer | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Start the server when Snakemake tells of the jobs to come."""
        jobs = getattr(record, "event", None) == "run_info"
        if jobs and self._workflow.local_exec and not (self._workflow.dryrun or self._server):
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
