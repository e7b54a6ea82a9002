"""What converters make of a CT series with one fault, measured; the page of docs about it.

``uv run python -m tests.images.conversion_faults`` runs them all and writes the page again.
"""

from __future__ import annotations

import contextlib
import copy
import os
import subprocess
import sys
import warnings
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
from pydicom.uid import RLELossless, generate_uid

from bonecohort.faults import DataFault
from bonecohort.images.nifti import read_nifti
from bonecohort.images.volume import Volume
from tests.images.kinds import convert_series
from tests.images.writer import ct_series, same_in_world, secondary_capture, set_pixels, t2_series

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.images.writer import Series

PAGE = Path(__file__).resolve().parents[2] / "docs" / "conversion-faults.md"
SLICES, STEP_MM = 28, 5.0
TILT_DEG = 18.5
SERIES_UID = "1.2.3.1"
INTRODUCTION = """# Faults of a CT series, and what converters do

One synthetic axial CT ({slices} slices, {step:g} mm apart) is written with one fault at a time and
given to bonecohort and to three other converters. "True" means that every voxel has the value
and the place that it has without the fault. Where a tag is wrong in one slice, a converter that
does not look at it may give the true volume by luck. Versions: {versions}.

The column of bonecohort is held to this page by `tests/images/test_conversion_faults.py`; the
others may change with their versions. The page is written again by

```console
uv run python -m tests.images.conversion_faults
```

"""


def made(n=SLICES, **changes):
    """Return a noisy series, so that an interpolated slice differs from a true one."""
    series = ct_series(n, **{"spacing_mm": (0.75, 0.5, STEP_MM), "uid": SERIES_UID} | changes)
    series.hu += np.random.default_rng(1).integers(-20, 21, series.hu.shape, np.int32)
    for dataset, hu in zip(series.datasets, series.hu, strict=True):
        set_pixels(dataset, hu + 1024)
    return series


@dataclass(frozen=True)
class Fault:
    """A fault; ``named`` is what the reason must say, None for what is no fault."""

    name: str
    harm: Callable[[Series], None]
    named: str | None
    series: Callable[[], Series] = made


def _missing(series):
    del series.datasets[13]


def _duplicate(series):
    series.datasets.append(_copy(series.datasets[13]))


def _differing(series):
    twin = _copy(series.datasets[13])
    set_pixels(twin, series.hu[14] + 1024)
    series.datasets.append(twin)


def _copy(dataset):
    twin = copy.deepcopy(dataset)
    twin.SOPInstanceUID = twin.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    return twin


def _unscaled(series):
    for dataset in series.datasets:
        del dataset.RescaleSlope, dataset.RescaleIntercept


def _other_intercept(series):
    series.datasets[13].RescaleIntercept = 0


def _padding(series):
    series.hu[:, :3, :3] = -2000 - 1024
    for dataset, hu in zip(series.datasets, series.hu, strict=True):
        set_pixels(dataset, hu + 1024)


def _shuffled(series):
    for index, dataset in enumerate(series.datasets):
        dataset.InstanceNumber = (index * 5) % SLICES + 1


def _turned(series):
    series.datasets[13].ImageOrientationPatient = [0, 1, 0, 0, 0, -1]


def _reformat(series):
    twin = _copy(series.datasets[13])
    twin.ImageType = ["DERIVED", "SECONDARY", "REFORMATTED"]
    twin.ImageOrientationPatient = [0, 1, 0, 0, 0, -1]
    series.datasets.append(twin)


def _other_matrix(series):
    set_pixels(series.datasets[13], series.hu[13, ::2, ::2] + 1024)


def _two_kernels(series):
    others = made(offset=30)
    for dataset in others.datasets:
        dataset.ConvolutionKernel = "BONE"
        x, y, z = dataset.ImagePositionPatient
        dataset.ImagePositionPatient = [x, y, z + 2]
    series.datasets.extend(others.datasets)


def _wrong_position(series):
    for dataset in series.datasets:
        dataset.PatientPosition = "FFP"


def _uneven(series):
    for index, dataset in enumerate(series.datasets):
        x, y, z = dataset.ImagePositionPatient
        dataset.ImagePositionPatient = [x, y, z + (index % 4) * 0.4 * STEP_MM]


def _whole_study(series):
    localizer = made(3, spacing_mm=(0.75, 0.5, 50.0), uid="1.2.3.2").datasets
    for dataset in localizer:
        dataset.ImageType = ["ORIGINAL", "PRIMARY", "LOCALIZER"]
    capture = _copy(series.datasets[0])
    secondary_capture(capture)
    series.datasets.extend([*localizer, capture, *t2_series(uid="1.2.3.3").datasets])


def _compressed(series):
    for dataset in series.datasets:
        dataset.compress(RLELossless, generate_instance_uid=False)
        del dataset.SOPClassUID, dataset.file_meta.MediaStorageSOPClassUID


def _nothing(_series):
    pass


def _tilted():
    shear_mm = (0.0, STEP_MM * float(np.tan(np.deg2rad(TILT_DEG))), 0.0)
    return made(shear_mm=shear_mm)


def _three_slices():
    return made(3)


def _two_slices():
    return made(2)


FAULTS = (
    Fault("no fault", _nothing, None),
    Fault("one slice missing", _missing, "1 slice is missing"),
    Fault("one slice twice, identical", _duplicate, None),
    Fault("two different slices at one position", _differing, "Different images lie at one"),
    Fault("rescale tags removed", _unscaled, "RescaleSlope or RescaleIntercept is absent"),
    Fault("intercept wrong in one slice", _other_intercept, "the tag is wrong"),
    Fault("padding of -2000 stored", _padding, None),
    Fault("InstanceNumber shuffled", _shuffled, None),
    Fault("one slice of another orientation", _turned, "another orientation"),
    Fault("one derived reformat beside the slices", _reformat, None),
    Fault("one slice of another matrix", _other_matrix, "another matrix size"),
    Fault("two reconstructions in one series", _two_kernels, "ConvolutionKernel"),
    Fault("PatientPosition text wrong", _wrong_position, None),
    Fault("gantry tilt of 18.5 degrees", _nothing, "tilt", _tilted),
    Fault("tilt, and uneven spacing", _uneven, "tilt", _tilted),
    Fault("uneven spacing", _uneven, "Uneven slice spacing"),
    Fault("localizer, screen capture and MR beside", _whole_study, None),
    Fault("three slices", _nothing, None, _three_slices),
    Fault("two slices", _nothing, "at least 3", _two_slices),
    Fault("RLE compressed, no SOPClassUID", _compressed, None),
)


def write_fault(fault: Fault, folder: Path) -> Volume:
    """Write a series with a fault; return the volume it would be without."""
    series = fault.series()
    fault.harm(series)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        for index, dataset in enumerate(series.datasets):
            dataset.StudyInstanceUID = dataset.get("StudyInstanceUID", "1.2.3")
            dataset.save_as(folder / f"IM{(index * 7) % 10007:05d}", enforce_file_format=False)
    return series.truth


def run_bonecohort(folder: Path, truth: Volume) -> str:
    """Return what bonecohort does, as the page states it."""
    try:
        converted = convert_series(folder, "ct")
    except DataFault as fault:
        return f"refused: {fault.reason}"
    notes = [note for note in converted.sidecar["Notes"] if note]
    return " ".join([f"{compared(converted.volume, truth)}.", *notes])


def compared(volume: Volume, truth: Volume) -> str:
    """Say how a volume differs from the truth."""
    told = f"{volume.array.shape[2]} slices at {volume.spacing_mm[2]:.3f} mm"
    try:
        difference = float(same_in_world(volume, truth).max())
    except (AssertionError, IndexError, ValueError):
        return f"{told}, on another grid"
    return f"{told}, true" if difference == 0 else f"{told}, off by up to {difference:g} HU"


def run_simpleitk(folder: Path, truth: Volume) -> str:
    """Return what SimpleITK's ImageSeriesReader does with each series that it finds."""
    import SimpleITK

    told = []
    reader = SimpleITK.ImageSeriesReader()
    reader.GlobalWarningDisplayOn()
    with _caught_stderr(folder.parent / "stderr.txt") as log:
        for uid in reader.GetGDCMSeriesIDs(str(folder)):
            reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder), uid))
            try:
                image = reader.Execute()
            except RuntimeError as error:
                told.append(f"raises: {_last_line(str(error))}")
                continue
            affine = np.eye(4)
            directions = np.array(image.GetDirection()).reshape(3, 3)
            affine[:3, :3] = directions * np.array(image.GetSpacing())
            affine[:3, 3] = image.GetOrigin()
            array = SimpleITK.GetArrayFromImage(image)
            told.append(compared(Volume(array.transpose(2, 1, 0), affine), truth))
    warned = " (warns)" if "WARNING" in log.read_text(errors="replace") else ""
    return "; ".join(told or ["finds no series"]) + warned


@contextlib.contextmanager
def _caught_stderr(path):
    """Send what a C++ library writes to stderr to a file."""
    sys.stderr.flush()
    kept = os.dup(2)
    with path.open("wb") as stream:
        os.dup2(stream.fileno(), 2)
        try:
            yield path
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def _last_line(text: str) -> str:
    return text.strip().splitlines()[-1].split(": ")[-1][:90]


def run_dcm2niix(folder: Path, truth: Volume) -> str:
    """Return what dcm2niix does: one volume or more."""
    import dcm2niix

    target = folder.parent / "dcm2niix"
    target.mkdir()
    command = [dcm2niix.bin, "-z", "n", "-b", "n", "-f", "s%s", "-o", target, folder]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    told = []
    for path in sorted(target.glob("*.nii")):
        suffix = path.stem.partition("_")[2]
        told.append(_nifti_outcome(path, truth) + (f" (`_{suffix}`)" if suffix else ""))
    lines = [line for line in (done.stdout + done.stderr).splitlines() if "arning" in line]
    # It warns of every series of an unknown maker, and of one without a protocol's name.
    lines = [line for line in lines if "manufacturer (0008" not in line and "protocol" not in line]
    warned = " (warns)" if lines else ""
    return "; ".join(told or ["writes nothing"]) + warned


def _nifti_outcome(path: Path, truth: Volume) -> str:
    try:
        return compared(read_nifti(path), truth)
    except DataFault as fault:
        return f"writes a file that is refused: {fault.reason}"


def run_dicom2nifti(folder: Path, truth: Volume) -> str:
    """Return what dicom2nifti does with the folder as one series."""
    import dicom2nifti
    from dicom2nifti.exceptions import ConversionError, ConversionValidationError

    # What it raises itself, and what escapes it.
    failures = (ConversionError, ConversionValidationError, AttributeError, LookupError, ValueError)
    target = folder.parent / "dicom2nifti.nii"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            dicom2nifti.dicom_series_to_nifti(folder, target, reorient_nifti=False)
        except failures as error:
            return f"raises {type(error).__name__}: {_last_line(str(error) or '-')}"
    return _nifti_outcome(target, truth)


OTHERS = {
    "SimpleITK": run_simpleitk,
    "dcm2niix": run_dcm2niix,
    "dicom2nifti": run_dicom2nifti,
}


def row_of(fault: Fault) -> list[str]:
    """Measure all converters on one fault."""
    with TemporaryDirectory() as name:
        folder = Path(name) / "series"
        folder.mkdir()
        truth = write_fault(fault, folder)
        cells = [run_bonecohort(folder, truth)]
        cells += [run(folder, truth) for run in OTHERS.values()]
    return [fault.name, *(cell.replace("|", "/").replace(name, "") for cell in cells)]


def page() -> str:
    """Return the whole page."""
    versions = ", ".join(f"{name} {version(name.lower())}" for name in OTHERS)
    lines = [["fault", "bonecohort", *OTHERS], ["---"] * (2 + len(OTHERS)), *map(row_of, FAULTS)]
    table = "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
    return INTRODUCTION.format(slices=SLICES, step=STEP_MM, versions=versions) + table + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
