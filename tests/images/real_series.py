"""Every series of real DICOM that is there, and how two converters do on it."""

from __future__ import annotations

import gzip
import io
import subprocess
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import dcm2niix
import nibabel
import pydicom.data
from pydicom import dcmread

from bonecohort.faults import DataFault
from bonecohort.images.headers import UNREADABLE, lenient_reading
from bonecohort.images.nifti import read_nifti
from tests.images.kinds import convert_series
from tests.images.writer import match_in_world

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bonecohort.images.volume import Volume

PYDICOM = Path(pydicom.data.__file__).parent
SAMPLES = PYDICOM / "test_files"
NIBABEL = Path(nibabel.__file__).parent
NIBABEL_SAMPLES = NIBABEL / "nicom/tests/data"
ALONE = (SAMPLES, NIBABEL_SAMPLES)  # unrelated samples that share UIDs: each file stands alone
NOT_DICOM = {".nii", ".py", ".json", ".md", ".txt", ".icc", ".dump", ".pyc"}


@dataclass(frozen=True)
class RealSeries:
    """Files of one SeriesInstanceUID in one folder."""

    name: str
    files: tuple[Path, ...]
    kind: str

    def copy_to(self, folder: Path) -> Path:
        folder.mkdir()
        for index, file in enumerate(self.files):
            (folder / f"{index:04d}").write_bytes(opened(file).read())
        return folder


@dataclass(frozen=True)
class Difference:
    """How far two volumes lie apart."""

    mm: float
    units: float


def shared_series(shared_data: Path) -> Iterator[RealSeries]:
    """Yield the series of the development data."""
    for part in ("real_ct_dicom", "dicom", "annotations/highdicom"):
        yield from series_under(shared_data / part, shared_data)


def pydicom_series() -> Iterator[RealSeries]:
    """Yield the series of pydicom's own test files."""
    yield from series_under(PYDICOM, PYDICOM)


def nibabel_series() -> Iterator[RealSeries]:
    """Yield the series of nibabel's test files: mosaics of Siemens, an enhanced MR of Philips."""
    yield from series_under(NIBABEL_SAMPLES, NIBABEL)


def opened(file: Path) -> io.BytesIO:
    """Return a file's content, unpacked where its name says gzip."""
    data = file.read_bytes()
    return io.BytesIO(gzip.decompress(data) if file.suffix == ".gz" else data)


def series_under(root: Path, named_from: Path) -> Iterator[RealSeries]:
    """Yield every series, named by folder and, where a folder holds several, by a file of it."""
    groups: dict[tuple[Path, str], list[Path]] = defaultdict(list)
    kinds: dict[tuple[Path, str], str] = {}
    for file in sorted(path for path in root.rglob("*") if path.is_file()):
        if NOT_DICOM.intersection(file.suffixes) or file.name.startswith("README"):
            continue
        uid, kind = _uid_and_kind(file)
        key = (file.parent, file.name if file.parent in ALONE else uid)
        groups[key].append(file)
        kinds[key] = kind
    several = defaultdict(int)
    for folder, _ in groups:
        several[folder] += 1
    for key, files in groups.items():
        named = files[0] if several[key[0]] > 1 else key[0]
        yield RealSeries(str(named.relative_to(named_from)), tuple(files), kinds[key])


def _uid_and_kind(file: Path) -> tuple[str, str]:
    try:
        with lenient_reading():
            dataset = dcmread(opened(file), stop_before_pixels=True, force=True)
            uid = str(dataset.get("SeriesInstanceUID") or "")
            return uid, "t2_sagittal" if dataset.get("Modality") == "MR" else "ct"
    except UNREADABLE:
        return file.name, "ct"


def by_bonecohort(folder: Path, kind: str) -> Volume | str:
    """Return the volume, or the reason for refusing."""
    try:
        return convert_series(folder, kind).volume
    except DataFault as fault:
        return fault.reason


def by_dcm2niix(folder: Path, target: Path) -> list[Volume | str]:
    """Return dcm2niix's images, by DICOM's own rescale; text where one is no placed 3-D image."""
    target.mkdir()
    command = [dcm2niix.bin, "-z", "n", "-b", "n", "-p", "n", "-f", "%s_%p", "-o", target, folder]
    subprocess.run(command, check=False, capture_output=True)  # it fails on what is no image
    images: list[Volume | str] = []
    for file in sorted(target.glob("*.nii")):
        try:
            images.append(read_nifti(file))
        except DataFault as fault:
            images.append(fault.reason.removeprefix(f"{file.name} "))
    return images


def difference(found: Volume, others: list[Volume | str]) -> Difference | None:
    """Return how far the nearest of the other program's images lies; None when none matches."""
    nearest = None
    for other in others:
        if isinstance(other, str):
            continue
        matched = match_in_world(found, other)
        if matched is not None:
            mm, units = matched[0], float(matched[1].max())
            if nearest is None or (mm, units) < (nearest.mm, nearest.units):
                nearest = Difference(mm, units)
    return nearest


def told(outcome: Volume | str | list[Volume | str]) -> str:
    """Say an outcome in a few words."""
    if isinstance(outcome, list):
        return "; ".join(told(one) for one in outcome) or "nothing"
    if isinstance(outcome, str):
        return outcome
    return " × ".join(str(count) for count in outcome.array.shape)


def table_row(
    series: RealSeries,
    ours: Volume | str,
    theirs: list[Volume | str],
    apart: Difference | None,
) -> tuple[str, ...]:
    """Return a row of the table at the end of the tests' output."""
    numbers = (f"{apart.mm:.1e}", f"{apart.units:.1e}") if apart else ("", "")
    outcome = told(ours) if isinstance(ours, str) else f"converted: {told(ours)}"
    return (series.name, str(len(series.files)), outcome, told(theirs), *numbers)
