"""Launch the server of a run, unless it is there: ``python launch.py PROCESS SOCKET``.

Called by path by the first client of a run, and by any that begin at the same time.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

OWN_LIBRARY = Path(__file__).with_name("own_library.py")


def listening(path: Path) -> socket.socket | None:
    """Return a socket that listens at a path; None where another does so already.

    It gets its name only when it listens: a client that finds the name can connect.

    Raises
    ------
    OSError
        Where the folder takes no sockets.
    """
    own = path.with_name(f"{path.name}.{os.getpid()}")
    listener = socket.socket(socket.AF_UNIX)
    try:
        _with_short_name(own, listener.bind)
        try:
            listener.listen()
            path.hardlink_to(own)
        finally:
            own.unlink()
    except FileExistsError:
        listener.close()
        return None
    except OSError:
        listener.close()
        raise
    return listener


def _with_short_name(path: Path, act: Callable[[str], None]) -> None:
    """Do something with the name of a socket, which is limited to about 100 bytes.

    The descriptor of its folder stands for a path of any length.
    """
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        act(f"/proc/self/fd/{folder}/{path.name}")
    finally:
        os.close(folder)


def launch(run: int, path: Path) -> None:
    """Launch the server of a run, a process, unless there is one.

    It is in a session of its own, out of reach of what stops a job, and ends with the run.
    """
    listener = listening(path)
    if listener is None:
        return
    texts = [str(listener.fileno()), str(path.parent), str(run)]
    with listener:
        subprocess.Popen(  # noqa: S603 - this Python, with arguments of our own
            [sys.executable, "-P", str(OWN_LIBRARY), "bonecohort.service.server", *texts],
            cwd="/", env=os.environ | {"PYTHONSAFEPATH": "1"},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            pass_fds=[listener.fileno()], start_new_session=True,
        )  # fmt: skip


if __name__ == "__main__":
    launch(int(sys.argv[1]), Path(sys.argv[2]))
