"""An Orthanc that holds three patients, and server files to reach it by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import yaml
from pydicom import dcmread
from pydicom.uid import RLELossless

from bonecohort.cli import main
from bonecohort.pacs.server import PASSWORD as PASSWORD_VARIABLE
from bonecohort.pacs.server import USER as USER_VARIABLE
from tests.intake.export import Patient, write_series

from .orthanc import PASSWORD, PLUGIN, USER, Orthanc, orthanc_binary, start_orthanc

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COMPRESSED = "t2"


@pytest.fixture(scope="session")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write three patients' series with pixels of their own, one series compressed."""
    root = tmp_path_factory.mktemp("export")
    random = np.random.default_rng(20250101)
    for number in range(3):
        patient = Patient(number)
        for label in ("ct_standard", "t2", "localizer", "dose"):
            write_series(
                patient,
                label,
                lambda index, at=root / f"{number}" / label: at / f"{index:03d}.dcm",
                AccessionNumber=f"ACC{number}",
            )
    for path in sorted(root.rglob("*.dcm")):
        image = dcmread(path)
        if "PixelData" in image:
            image.PixelData = random.integers(0, 4096, (image.Rows, image.Columns), "<i2").tobytes()
            if path.parent.name == COMPRESSED:
                image.compress(RLELossless, generate_instance_uid=False)
            image.save_as(path)
    return root


@pytest.fixture(scope="session")
def orthanc(export: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orthanc]:
    """Start a real Orthanc that holds the export."""
    binary = orthanc_binary()
    if binary is None or not PLUGIN.is_file():
        pytest.skip(
            "Orthanc and its DICOMweb plugin (Debian: orthanc, orthanc-dicomweb) are absent"
        )
    server = start_orthanc(tmp_path_factory.mktemp("orthanc"), binary)
    try:
        server.upload(export)
        yield server
    finally:
        server.stop()


@dataclass
class Outcome:
    """How a fetch ended and what it printed."""

    code: int
    out: str
    err: str


class Fetching:
    """A place to fetch to: ``folder``; the server file and the table lie beside it."""

    def __init__(self, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = place / "images"
        self._place, self._capsys = place, capsys

    def command(self, server: dict[str, Any], rows: str) -> list[str]:
        """Write the server file and the table; return the arguments of the command."""
        file, table = self._place / "server.yaml", self._place / "private.csv"
        file.write_text(yaml.safe_dump(server))
        table.write_text(rows)
        return ["fetch", str(file), str(table), str(self.folder)]

    def run(self, server: dict[str, Any], rows: str) -> Outcome:
        code = main(self.command(server, rows))
        printed = self._capsys.readouterr()
        return Outcome(code, printed.out, printed.err)


@pytest.fixture
def fetching(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Fetching:
    monkeypatch.setenv(USER_VARIABLE, USER)
    monkeypatch.setenv(PASSWORD_VARIABLE, PASSWORD)
    return Fetching(tmp_path, capsys)
