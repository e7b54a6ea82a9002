"""Hand one job to the run's server and end as it ends; without the server, run it here.

Called by path, without site packages and with few imports: a run has thousands of jobs, and this is
what each costs beyond its work. The worker writes to this process's own stdout and stderr, whose
descriptors go along.
"""

import os
import socket
import sys

SERVER = "BONECOHORT_SERVER"
"""Environment variable: the path of the server's socket."""
SIZE_BYTES = 8
BEGUN = b"\n"
"""What a worker answers before it begins a job; after the job it answers the exit code."""


def send(connection: socket.socket, content: bytes, descriptors: list[int]) -> None:
    """Send a text of any length, and open files with it."""
    socket.send_fds(connection, [len(content).to_bytes(SIZE_BYTES, "big")], descriptors)
    connection.sendall(content)


def message(arguments: list[str]) -> bytes:
    """Return what a worker is told of a job, fields between zero bytes, which none can hold."""
    told = [os.fsencode(text) for text in arguments]
    variables = [name + b"=" + value for name, value in os.environb.items()]
    folder = os.getcwdb()  # noqa: PTH109
    return b"\0".join([folder, b"%d" % len(told), *told, *variables])


def main(arguments: list[str]) -> int:
    """Return the job's exit code: 1 too when its process was killed."""
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(os.environ[SERVER])
            send(connection, message(arguments), [sys.stdout.fileno(), sys.stderr.fileno()])
            is_begun = connection.recv(1) == BEGUN
        except (ConnectionError, FileNotFoundError):
            is_begun = False
        if not is_begun:  # the server, or an idle worker, was killed: the job does not need it
            os.execvp("python", ["python", "-m", "bonecohort", "job", *arguments])  # noqa: S606, S607
        try:
            answer = connection.recv(1)
        except ConnectionError:
            answer = b""
    if not answer:
        sys.stderr.write("The job's process ended without a word: it was killed.\n")
        return 1
    return answer[0]


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
