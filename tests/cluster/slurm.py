"""A real SLURM on this machine: munge, a controller and several nodes, all of their own."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

DAEMONS = ("munged", "slurmctld", "slurmd")
SYSTEM_FOLDERS = f"{os.environ['PATH']}:/usr/sbin:/usr/bin"
OWN_NODE = "BONECOHORT_TEST_NODE"
"""Variable by which a node's daemons are known: those of its jobs have the submitter's."""
STARTING_S = 300.0
NODE_CPUS = 8
NODE_MEMORY_MB = 8000
CONFIGURATION = """
ClusterName=bonecohort
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
AuthType=auth/munge
AuthInfo=socket={socket}
CredType=cred/munge
SlurmUser=root
SlurmdUser=root
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
ReturnToService=2
SlurmdParameters=config_overrides
SlurmdTimeout=300
KillWait=2
BatchStartTimeout=300
MinJobAge=300
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SchedulerParameters=sched_interval=2,batch_sched_delay=0
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
AccountingStorageType=accounting_storage/none
{nodes}
PartitionName=short Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def absent() -> str:
    """Return why no SLURM can be started here; empty when one can."""
    missing = [name for name in DAEMONS if shutil.which(name, path=SYSTEM_FOLDERS) is None]
    if missing:
        return f"{', '.join(missing)} (Debian: slurm-wlm, munge) are absent"
    return "" if os.geteuid() == 0 else "SLURM's daemons have to be started by root"


def free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


@dataclass
class Slurm:
    """A running SLURM: where its files are, and its daemons by name."""

    folder: Path
    daemons: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """The variables with which a command speaks to this SLURM."""
        return {
            **os.environ, "SLURM_CONF": str(self.conf),
            "PATH": f"{self.folder}/bin:{SYSTEM_FOLDERS}",
        }  # fmt: skip

    def call(self, *command: str, cwd: Path | None = None) -> str:
        """Return what one of SLURM's commands prints."""
        done = subprocess.run(
            command, env=self.environment, cwd=cwd, capture_output=True, text=True, check=True
        )
        return done.stdout

    def jobs(self, form: str = "%i %T", *options: str) -> list[list[str]]:
        """Return one row a job, finished ones too."""
        chosen = options or ("--states=all",)
        lines = self.call("squeue", "--noheader", f"--format={form}", *chosen)
        return [line.split() for line in lines.splitlines()]

    def start(self, name: str, *command: str) -> None:
        with (self.folder / f"{name}.out").open("ab") as log:
            self.daemons[name] = subprocess.Popen(
                command, env=self.environment | {OWN_NODE: name},
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def start_node(self, name: str) -> None:
        self.start(name, "slurmd", "-D", "-N", name)

    def idle_nodes(self) -> int:
        """Return how many nodes wait for work; none when the controller does not answer yet."""
        done = subprocess.run(
            ["sinfo", "--noheader", "--Node", "--format=%T"],
            env=self.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        return done.stdout.split().count("idle")

    def fail_node(self, name: str) -> None:
        """Kill a node's daemons and then all that runs on it, unheard, as a lost machine would.

        The controller gets a message. These tests are not about its wait for a node's answer, and a
        busy machine would lose nodes that are well.
        """
        daemon = self.daemons.pop(name)
        for variable in (f"{OWN_NODE}={name}", f"SLURMD_NODENAME={name}"):
            for process in _processes_of(variable, f"SLURM_CONF={self.conf}"):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
        daemon.wait()
        self.call("scontrol", "update", f"NodeName={name}", "State=DOWN", "Reason=lost")

    @property
    def conf(self) -> Path:
        return self.folder / "slurm.conf"

    def stop(self) -> None:
        for name in reversed(self.daemons):
            daemon = self.daemons[name]
            daemon.terminate()
            try:
                daemon.wait(timeout=10)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()
        for process in _processes_of(f"SLURM_CONF={self.conf}"):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)


def _processes_of(*variables: str) -> list[int]:
    """Return the processes that were started with these variables, and only those."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                values = (entry / "environ").read_bytes().decode(errors="replace").split("\0")
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                continue
            if all(variable in values for variable in variables):
                found.append(int(entry.name))
    return found


def start_slurm(slurm: Slurm, nodes: int) -> None:
    """Start the daemons in a folder that the user munge may enter; wait until nodes are idle."""
    folder = slurm.folder
    socket_file = _start_munge(slurm)
    controller, *ports = free_ports(nodes + 1)
    node_lines = "\n".join(
        f"NodeName=n{number} NodeHostname={socket.gethostname()} NodeAddr=127.0.0.1 Port={port} "
        f"CPUs={NODE_CPUS} RealMemory={NODE_MEMORY_MB} State=UNKNOWN"
        for number, port in enumerate(ports, start=1)
    )
    (folder / "state").mkdir()
    slurm.conf.write_text(
        CONFIGURATION.format(
            host=socket.gethostname(), controller_port=controller, socket=socket_file,
            folder=folder, nodes=node_lines,
        )
    )  # fmt: skip
    _keep_configuration(slurm)
    slurm.start("slurmctld", "slurmctld", "-D", "-c")
    for number in range(1, nodes + 1):
        (folder / f"spool-n{number}").mkdir()
        slurm.start_node(f"n{number}")
    wait_for(lambda: slurm.idle_nodes() == nodes, slurm)


def _keep_configuration(slurm: Slurm) -> None:
    """Let srun know this SLURM also where the plugin takes SLURM's variables away from it."""
    wrapper = slurm.folder / "bin/srun"
    wrapper.parent.mkdir()
    program = shutil.which("srun", path=SYSTEM_FOLDERS)
    wrapper.write_text(f'#!/bin/sh\nSLURM_CONF={slurm.conf} exec {program} "$@"\n')
    wrapper.chmod(0o755)


def _start_munge(slurm: Slurm) -> Path:
    folder = slurm.folder / "munge"
    folder.mkdir()
    key = folder / "key"
    key.write_bytes(secrets.token_bytes(128))
    key.chmod(0o600)
    for path in (folder, key):
        shutil.chown(path, "munge", "munge")
    socket_file = folder / "socket"
    slurm.start(
        "munged", "setpriv", "--reuid=munge", "--regid=munge", "--clear-groups",
        "munged", "--foreground", f"--socket={socket_file}", f"--key-file={key}",
        f"--log-file={folder}/log", f"--pid-file={folder}/pid", f"--seed-file={folder}/seed",
    )  # fmt: skip
    wait_for(socket_file.exists, slurm)
    return socket_file


def wait_for(condition, slurm: Slurm, seconds: float = STARTING_S) -> None:
    """Wait until something holds; print the daemons' last words when it does not."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > seconds:
            logs = [*slurm.folder.glob("*.out"), *slurm.folder.glob("*.log")]
            raise TimeoutError("\n".join(f"{log}:\n{log.read_text()[-2000:]}" for log in logs))
        time.sleep(0.2)
