"""What the tests of images share."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import dcm2niix
import pytest

from bonecohort.images.nifti import read_nifti

if TYPE_CHECKING:
    from pathlib import Path

    from bonecohort.images.volume import Volume


@pytest.fixture
def dcm2niix_volume(tmp_path):
    """Return a function that converts a folder with dcm2niix, by DICOM's own rescale."""

    def convert(folder: Path) -> Volume:
        target = tmp_path / "dcm2niix"
        target.mkdir()
        command = [dcm2niix.bin, "-z", "n", "-b", "n", "-p", "n", "-f", "%s", "-o", target, folder]
        subprocess.run(command, check=True, capture_output=True)
        (image,) = target.glob("*.nii")
        return read_nifti(image)

    return convert
