"""Hand one job to the run's server and end as it ends. Without the server, start a Python for it.

Called by path, without site packages and with few imports: a run has thousands of jobs, and this is
what each costs beyond its work. Python compiles this file each time. The worker writes to this
process's own stdout and stderr, whose descriptors go along.

The first client of a run that finds no server has it launched. A server that was killed is not
replaced: what killed it once would do so again, and a job that is done alone says why it fails.
"""

import os
import signal
import socket
import sys

SERVER = "BONECOHORT_SERVER"
"""Environment variable: the process of the run, a colon, and the path of its server's socket."""
LAUNCH = __file__.replace("client.py", "launch.py")
OWN_LIBRARY = __file__.replace("client.py", "own_library.py")
SIZE_BYTES = 8
BEGUN = b"\n"
"""What a worker answers before it begins a job; after the job it answers the exit code."""
HANDED_ON = (signal.SIGTERM, signal.SIGHUP)
"""Signals that a job alone gets from its client."""
SIGNALLED = 128
"""What shells add to a signal's number for the exit code of a process that it killed."""


def send(connection: socket.socket, content: bytes, descriptors: list[int]) -> None:
    """Send a text of any length, and open files with it."""
    socket.send_fds(connection, [len(content).to_bytes(SIZE_BYTES, "big")], descriptors)
    connection.sendall(content)


def message(arguments: list[str]) -> bytes:
    """Return the request of a job to a worker: fields between zero bytes, which none can hold."""
    texts = [os.fsencode(text) for text in arguments]
    variables = [name + b"=" + value for name, value in os.environb.items()]
    folder = os.getcwdb()  # noqa: PTH109
    return b"\0".join([folder, b"%d" % len(texts), *texts, *variables])


def connected() -> socket.socket | None:
    """Return a connection to the run's server; None where there can be none, or it was killed.

    The name of a socket is limited to about 100 bytes, so the folder's descriptor stands for it.
    """
    run, _, path = os.environ.get(SERVER, "").partition(":")
    if not path:
        return None
    connection = socket.socket(socket.AF_UNIX)
    try:
        folder = os.open(os.path.dirname(path), os.O_RDONLY)  # noqa: PTH120
        try:
            name = f"/proc/self/fd/{folder}/{os.path.basename(path)}"  # noqa: PTH119
            try:
                connection.connect(name)
            except FileNotFoundError:
                launch(run, path)
                connection.connect(name)
        finally:
            os.close(folder)
    except OSError:
        connection.close()
        return None
    return connection


def launch(run: str, path: str) -> None:
    """Have the server of a run launched, and wait until it can be connected to."""
    command = [sys.executable, "-I", "-S", LAUNCH, run, path]
    os.waitpid(os.posix_spawn(command[0], command, os.environ), 0)


def served(connection: socket.socket, arguments: list[str]) -> int | None:
    """Return the exit code of a job that the server did, 1 when its process was killed.

    It is None where the server, or an idle worker, ended before the job was begun.
    """
    with connection:
        try:
            send(connection, message(arguments), [sys.stdout.fileno(), sys.stderr.fileno()])
            is_begun = connection.recv(1) == BEGUN
        except ConnectionError:
            is_begun = False
        if not is_begun:
            return None
        try:
            answer = connection.recv(1)
        except ConnectionError:
            answer = b""
    if not answer:
        sys.stderr.write("The job's process ended without a word: it was killed.\n")
        return 1
    return answer[0]


def alone(arguments: list[str]) -> int:
    """Do a job in a Python of its own; return its exit code, or say what killed it."""
    options = ["-P", "-X", "faulthandler"]
    command = [sys.executable, *options, OWN_LIBRARY, "bonecohort", "job", *arguments]
    # A signal between the start and its handler would end this process and leave the job behind.
    signal.pthread_sigmask(signal.SIG_BLOCK, HANDED_ON)
    process = os.posix_spawn(command[0], command, os.environ, setsigmask=())

    def hand_on(number: int, _: object) -> None:
        os.kill(process, number)

    for number in HANDED_ON:
        signal.signal(number, hand_on)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, HANDED_ON)
    signal.signal(signal.SIGINT, lambda *_: None)  # it reaches the job as well, whose end counts
    code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    if code >= 0:
        return code
    sys.stderr.write(f"The job's process was killed by {signal.Signals(-code).name}.\n")
    return SIGNALLED - code


def main(arguments: list[str]) -> int:
    """Return the job's exit code, wherever it is done; Ctrl-C ends it without a word."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    connection = connected()
    code = served(connection, arguments) if connection else None
    return alone(arguments) if code is None else code


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
