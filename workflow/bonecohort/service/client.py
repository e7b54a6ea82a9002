"""Hand one job to the run's server and end as it ends; without the server, run it here.

Called by path, without site packages: it starts in a hundredth of a second. The message is one
JSON text; the worker writes to this process's own stdout and stderr, whose descriptors go along.
"""

import json
import os
import socket
import sys

SERVER = "BONECOHORT_SERVER"
"""Environment variable: the path of the server's socket."""


def main(arguments: list[str]) -> int:
    """Return the job's exit code: 1 too when its process was killed."""
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(os.environ[SERVER])
        except ConnectionError:  # its process was killed: the job does not need it
            os.execvp("python", ["python", "-m", "bonecohort", "job", *arguments])  # noqa: S606, S607
        message = {"arguments": arguments, "folder": os.getcwd(), "environment": dict(os.environ)}  # noqa: PTH109
        content = json.dumps(message).encode()
        size = len(content).to_bytes(8, "big")
        socket.send_fds(connection, [size], [sys.stdout.fileno(), sys.stderr.fileno()])
        connection.sendall(content)
        answer = connection.recv(1)
    if not answer:
        sys.stderr.write("The job's process ended without a word: it was killed.\n")
        return 1
    return answer[0]


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
