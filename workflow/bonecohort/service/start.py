"""Pass to the jobs of a run the address of its server."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bonecohort.service import client
from bonecohort.service.client import SERVER
from bonecohort.service.launch import listening

if TYPE_CHECKING:
    from bonecohort.monitoring.snakemake_surface import SnakemakeRun


def client_command(python: str) -> list[str]:
    """Return the command that has one job done; its arguments NAME, TASK and RESULTS follow."""
    return [python, "-I", "-S", client.__file__]


def serve_jobs(run: SnakemakeRun) -> None:
    """Let a server do the jobs that this run does on this machine; the first job starts it.

    A submission to a cluster has the variables of the run. This server does not serve its jobs.
    """
    if run.is_on_remote_node:
        os.environ.pop(SERVER, None)
    # Forking a process that has loaded Apple's frameworks is not safe.
    if not run.is_main_process or run.is_dry or sys.platform != "linux":
        return
    path = server_socket()
    if path:
        os.environ[SERVER] = f"{os.getpid()}:{path}"
    else:
        os.environ.pop(SERVER, None)


def server_socket() -> Path | None:
    """Return where the server of this process will listen, in a folder that ends with both.

    Without a folder for temporary files, or without sockets in it, there can be no server. A
    message says so, and each job loads the libraries separately.
    """
    try:
        folder = Path(tempfile.mkdtemp(prefix="bonecohort-"))  # its owner's alone
    except OSError as error:
        _report_no_server(error)
        return None
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    attempt = folder / "attempt"
    try:
        if listener := listening(attempt):
            listener.close()
        attempt.unlink()
    except OSError as error:
        folder.rmdir()
        _report_no_server(error)
        return None
    return folder / "jobs"


def _report_no_server(error: OSError) -> None:
    sys.stderr.write(
        "bonecohort: each job loads the libraries separately, which takes longer. "
        f"{error.strerror} "
        f"(the folder for temporary files, TMPDIR, is {tempfile.gettempdir()}).\n"
    )
