"""A real Orthanc on loopback, with a configuration, a database and ports of its own."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

PLUGIN = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")
USER, PASSWORD = "reader", "not-a-real-secret"
STARTING_S = 300.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def orthanc_binary() -> str | None:
    return shutil.which("Orthanc") or shutil.which("Orthanc", path="/usr/sbin")


@dataclass
class Orthanc:
    """A running server: its ports, and ours as it knows them."""

    dicom_port: int
    http_port: int
    own_port: int
    process: subprocess.Popen[bytes]

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.http_port}"

    def upload(self, folder: Path) -> None:
        """Hand in every file of a folder, over its REST interface."""
        with requests.Session() as session:
            session.auth = (USER, PASSWORD)
            for path in sorted(folder.rglob("*")):
                if path.is_file():
                    answer = session.post(f"{self.root}/instances", data=path.read_bytes())
                    answer.raise_for_status()

    def settings(self, method: str) -> dict[str, Any]:
        """Return the content of a server file for one method."""
        if method == "dicomweb":
            return {"method": method, "url": f"{self.root}/dicom-web", "timeout_s": 20}
        return {
            "method": method, "host": "127.0.0.1", "port": self.dicom_port, "ae_title": "ORTHANC",
            "own_ae_title": "BONECOHORT", "own_port": self.own_port, "timeout_s": 20,
        }  # fmt: skip

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=STARTING_S)


def start_orthanc(folder: Path, binary: str) -> Orthanc:
    dicom_port, http_port, own_port = free_port(), free_port(), free_port()
    config = {
        "Name": "bonecohort tests",
        "StorageDirectory": str(folder / "storage"),
        "IndexDirectory": str(folder / "storage"),
        "Plugins": [str(PLUGIN)],
        "HttpServerEnabled": True,
        "HttpPort": http_port,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": True,
        "RegisteredUsers": {USER: PASSWORD},
        "DicomServerEnabled": True,
        "DicomAet": "ORTHANC",
        "DicomPort": dicom_port,
        "DicomCheckCalledAet": True,
        "DicomAlwaysAllowFind": True,
        "DicomAlwaysAllowGet": True,
        "DicomAlwaysAllowMove": True,
        "DicomModalities": {
            "us": {
                "AET": "BONECOHORT", "Host": "127.0.0.1", "Port": own_port, "AllowMove": True,
                "AllowGet": True, "AllowFind": True,
            }
        },
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
    }  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "orthanc.json"
    path.write_text(json.dumps(config))
    with (folder / "orthanc.log").open("wb") as log:
        process = subprocess.Popen([binary, str(path)], stdout=log, stderr=log)
    server = Orthanc(dicom_port, http_port, own_port, process)
    began = time.monotonic()
    while not _answers(server):
        if process.poll() is not None or time.monotonic() - began > STARTING_S:
            process.kill()
            raise RuntimeError((folder / "orthanc.log").read_text())
        time.sleep(0.1)
    return server


def _answers(server: Orthanc) -> bool:
    try:
        return requests.get(f"{server.root}/system", auth=(USER, PASSWORD), timeout=5).ok
    except requests.exceptions.ConnectionError:
        return False
