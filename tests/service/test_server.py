"""A run's server: what a job does there is what it does alone, however it ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from bonecohort.service.client import SERVER
from bonecohort.service.start import client_command, serve_jobs, server_socket
from tests.annotations.marks.forms import NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator

REPOSITORY = Path(__file__).resolve().parents[2]
COMMAND = client_command(sys.executable)
PATIENCE_S = 300
ENDPLATES = json.dumps({
    "participant_id": "A", "site": "L3", "settings": {"unlisted_level": "normal"},
    "files": {"endplate_markups": [{"path": "marks.mrk.json", "reader": "1"}]}, "names": NAMES,
})  # fmt: skip

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="jobs are served on Linux alone")


def environment(server: Path | None) -> dict[str, str]:
    own = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(REPOSITORY / "workflow"),
    }
    others = {name: text for name, text in os.environ.items() if name != SERVER}
    return others | own | ({} if server is None else {SERVER: f"{RUNS[server]}:{server}"})


RUNS: dict[Path, int] = {}
"""Of the socket of each server the process of its run."""


@contextmanager
def run_of_jobs() -> Iterator[Path]:
    """Be a run: yield where its server will listen, and end; then the server has ended, too."""
    path = server_socket()
    with subprocess.Popen(["sleep", "infinity"]) as run:
        RUNS[path] = run.pid
        yield path
        run.terminate()
    until(lambda: not server_of(path))


@pytest.fixture(scope="module")
def server() -> Iterator[Path]:
    with run_of_jobs() as path:
        yield path
    assert not path.parent.exists()


def start(server: Path | None, folder: Path, name: str, task: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, name, task, "results"], cwd=folder, env=environment(server), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def done_well(server: Path | None, folder: Path) -> bytes:
    """Do one job in a folder, and return what it wrote."""
    job = start(server, folder, "endplates.measure", ENDPLATES)
    assert job.communicate(timeout=PATIENCE_S) == ("", "")
    assert job.returncode == 0
    return (folder / "results/participants/A/endplates/L3.json").read_bytes()


def server_processes() -> Iterator[tuple[int, bytes, Path]]:
    """Yield the number, the command and the folder of each server and worker on this machine."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes()
            if b"bonecohort.service.server" not in command:
                continue
            folder = (process / "cwd").readlink()
        except (FileNotFoundError, ProcessLookupError):  # it ended meanwhile
            continue
        yield int(process.name), command, folder


def workers_in(folder: Path) -> list[int]:
    """Return the served jobs that work in a folder."""
    return [number for number, _, where in server_processes() if where == folder]


def workers_of(server: Path) -> set[int]:
    """Return all the workers that a server has: the children of the one that is no worker."""
    name = os.fsencode(server.parent)
    found = {number for number, command, _ in server_processes() if name in command}
    return {number for number in found if parent_of(number) in found}


def server_of(server: Path) -> set[int]:
    """Return the servers at a socket: one, or none before the first job and after the run."""
    name = os.fsencode(server.parent)
    found = {number for number, command, _ in server_processes() if name in command}
    return {number for number in found if parent_of(number) not in found}


def parent_of(process: int) -> int | None:
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):  # it ended meanwhile
        return None
    return int(status.partition("PPid:")[2].split()[0])


def until(what):
    """Wait for something to become true, and return it."""
    end = time.monotonic() + PATIENCE_S
    while not (found := what()):
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)
    return found


@pytest.fixture
def blocked(server, tmp_path):
    """Start a job that waits for the study's table, which nobody writes into the pipe it is."""
    (tmp_path / "config").mkdir()
    os.mkfifo(tmp_path / "config/participants.tsv")
    client = start(server, tmp_path, "cohort", '{"overrides":{}}')
    (worker,) = until(lambda: workers_in(tmp_path))
    return client, worker


def test_a_served_job_writes_what_it_writes_alone(server, tmp_path):
    written = []
    for name, whose in (("alone", None), ("served", server)):
        folder = tmp_path / name
        folder.mkdir()
        written.append(done_well(whose, folder))
    assert written[0] == written[1]
    assert b"does not exist" in written[0]


def test_a_served_job_that_fails_says_what_it_tells_alone(server, tmp_path):
    told = []
    for whose in (None, server):
        job = start(whose, tmp_path, "endplates.measure", '{"participant_id":"A"}')
        told.append(job.communicate()[1].splitlines()[-1])
        assert job.returncode == 1
    assert told[0] == told[1]
    assert told[0].startswith("KeyError (message withheld")


def test_a_served_job_that_is_killed_fails(blocked):
    client, worker = blocked
    os.kill(worker, signal.SIGKILL)
    assert "it was killed" in client.communicate(timeout=PATIENCE_S)[1]
    assert client.returncode == 1


def test_a_served_job_ends_with_its_command(blocked, tmp_path):
    client, _ = blocked
    client.kill()
    client.communicate()
    until(lambda: not workers_in(tmp_path))


@pytest.fixture
def lasting(server, tmp_path):
    """Have a worker that knows all libraries, and so waits for further jobs; return its process."""

    def idle_after_job():
        done_well(server, tmp_path)
        workers = workers_of(server)  # one that is about to end may be among them
        done_well(server, tmp_path)
        return workers if workers == workers_of(server) else None

    return until(idle_after_job)


def test_a_worker_does_one_job_after_the_other(server, tmp_path, lasting):
    for number in range(3):
        folder = tmp_path / str(number)
        folder.mkdir()
        done_well(server, folder)
    assert workers_of(server) == lasting


def test_a_worker_keeps_nothing_of_a_job_open(server, tmp_path, lasting):
    log = tmp_path / "log"
    with log.open("w") as stream:
        subprocess.run(
            [*COMMAND, "endplates.measure", ENDPLATES, "results"], cwd=tmp_path, check=True,
            env=environment(server), stdout=stream, stderr=stream,
        )  # fmt: skip
    opened = Path(f"/proc/{min(lasting)}/fd")
    assert log not in [path.readlink() for path in opened.iterdir()]


def test_a_job_that_fails_ends_its_worker_and_no_other_job(server, tmp_path, lasting):
    job = start(server, tmp_path, "endplates.measure", "{}")
    job.communicate()
    assert job.returncode == 1
    until(lambda: not lasting & workers_of(server))
    done_well(server, tmp_path)


def test_an_idle_worker_that_is_killed_loses_no_job(server, tmp_path, lasting):
    for worker in lasting:
        os.kill(worker, signal.SIGKILL)
    done_well(server, tmp_path)


@pytest.mark.parametrize("sent", [b"", b"\0\0", (9).to_bytes(8, "big") + b"half"])
def test_a_client_that_ends_in_mid_message_hinders_nobody(server, tmp_path, sent):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(server))
        connection.sendall(sent)
    done_well(server, tmp_path)


def test_a_client_that_stands_still_in_mid_message_hinders_nobody_for_long(server, tmp_path):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(server))
        connection.sendall((9).to_bytes(8, "big") + b"half")
        done_well(server, tmp_path)
        assert connection.recv(1) == b""


def test_a_job_runs_alone_when_its_server_was_killed(tmp_path):
    with run_of_jobs() as path:
        done_well(path, tmp_path)
        (process,) = server_of(path)
        os.kill(process, signal.SIGKILL)
        until(lambda: not server_of(path))
        done_well(path, tmp_path)
        assert not server_of(path)


def test_the_first_job_of_a_run_starts_its_server_alone(tmp_path):
    with run_of_jobs() as path:
        assert not server_of(path)
        folders = [tmp_path / str(number) for number in range(6)]
        for folder in folders:
            folder.mkdir()
        jobs = [start(path, folder, "endplates.measure", ENDPLATES) for folder in folders]
        assert [job.communicate(timeout=PATIENCE_S) for job in jobs] == [("", "")] * len(jobs)
        assert len(server_of(path)) == 1
        assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_a_server_outlives_the_job_that_started_it_and_what_stops_that(tmp_path):
    """A signal to a job's session, as of a terminal that is closed, is not the server's."""
    (tmp_path / "config").mkdir()
    os.mkfifo(tmp_path / "config/participants.tsv")
    other = tmp_path / "other"
    other.mkdir()
    with run_of_jobs() as path:
        first = subprocess.Popen(
            [*COMMAND, "cohort", '{"overrides":{}}', "results"], cwd=tmp_path,
            env=environment(path), start_new_session=True,
        )  # fmt: skip
        (process,) = until(lambda: server_of(path))
        until(lambda: workers_in(tmp_path))
        os.killpg(first.pid, signal.SIGKILL)
        first.wait(PATIENCE_S)
        until(lambda: not workers_in(tmp_path))
        done_well(path, other)
        assert server_of(path) == {process}


@pytest.mark.parametrize("name", ["SIGTERM", "SIGKILL"])
def test_a_server_ends_with_its_run_however_that_ends_and_leaves_nothing(tmp_path, name):
    path = server_socket()
    assert path.parent.name.startswith("bonecohort-")
    run = subprocess.Popen(["sleep", "infinity"])
    RUNS[path] = run.pid
    done_well(path, tmp_path)
    os.kill(run.pid, getattr(signal, name))
    until(lambda: not path.parent.exists())  # though nobody has asked how the run ended
    run.wait(PATIENCE_S)


def test_after_its_run_a_job_starts_no_server(tmp_path):
    with run_of_jobs() as path:
        pass
    done_well(path, tmp_path)
    until(lambda: not server_of(path))


@pytest.mark.parametrize("length", [100, 150, 250])
def test_a_server_is_reached_wherever_temporary_files_lie(tmp_path, monkeypatch, length):
    folder = tmp_path
    while len(str(folder)) < length:
        folder /= "x" * min(100, max(1, length - len(str(folder)) - 1))
    folder.mkdir(parents=True, exist_ok=True)
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    study = tmp_path / "study"
    study.mkdir()
    with run_of_jobs() as path:
        assert path.is_relative_to(folder)
        done_well(path, study)
        assert workers_of(path)


def test_without_a_folder_for_temporary_files_there_is_no_server_and_it_is_said(
    tmp_path, monkeypatch, capsys
):
    (tmp_path / "file").touch()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "file"))
    assert server_socket() is None
    assert "each job loads the libraries separately" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("is_main_process", "is_on_remote_node", "is_dry", "kept"),
    [
        (True, False, False, "of this run"),
        (True, False, True, "as it was"),
        (False, False, False, "as it was"),  # a group of jobs on this machine: the run's server
        (False, True, False, ""),  # a submission, which has the variables of the run
    ],
)
def test_whose_jobs_are_served(monkeypatch, is_main_process, is_on_remote_node, is_dry, kept):
    monkeypatch.setenv(SERVER, "as it was")
    serve_jobs(
        SimpleNamespace(
            is_main_process=is_main_process, is_on_remote_node=is_on_remote_node, is_dry=is_dry
        )
    )
    name = os.environ.get(SERVER, "")
    assert ("of this run" if name.startswith(f"{os.getpid()}:") else name) == kept


@pytest.mark.parametrize("name", ["SIGKILL", "SIGSEGV"])
def test_a_job_alone_that_is_killed_says_by_what(tmp_path, name):
    (tmp_path / "config").mkdir()
    os.mkfifo(tmp_path / "config/participants.tsv")
    client = start(None, tmp_path, "cohort", '{"overrides":{}}')
    child = until(lambda: children_of(client.pid))
    os.kill(child[0], getattr(signal, name))
    assert f"was killed by {name}" in client.communicate(timeout=PATIENCE_S)[1]
    assert client.returncode == 128 + getattr(signal, name)


def test_a_job_alone_ends_with_its_command(tmp_path):
    (tmp_path / "config").mkdir()
    os.mkfifo(tmp_path / "config/participants.tsv")
    client = start(None, tmp_path, "cohort", '{"overrides":{}}')
    (child,) = until(lambda: children_of(client.pid))
    client.terminate()
    client.communicate(timeout=PATIENCE_S)
    assert parent_of(child) is None
    assert client.returncode == 128 + signal.SIGTERM


def children_of(process: int) -> list[int]:
    path = Path(f"/proc/{process}/task/{process}/children")
    return [int(number) for number in path.read_text().split()]
