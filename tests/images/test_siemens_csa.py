"""b values and directions of Siemens's binary header, where its plain elements are absent."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import nibabel as nib
import pytest
from pydicom import dcmread

from bonecohort.faults import DataFault
from bonecohort.images.convert import convert_series
from bonecohort.images.diffusion import diffusion_facts
from bonecohort.images.siemens_csa import csa_items
from tests.images.csa_writer import csa_header
from tests.images.diffusion_writer import AXES, B_VALUES, DWI, private, series, volume
from tests.images.test_volumes import b_values, written

REAL = Path(nib.__file__).parent / "nicom" / "tests" / "data"


def binary(b_value, direction=None, directionality=""):
    tags = {"EchoLinePosition": ("IS", ["64"]), "B_value": ("IS", [str(b_value)])}
    if directionality:
        tags["DiffusionDirectionality"] = ("CS", [directionality])
    if direction:
        tags["DiffusionGradientDirection"] = ("FD", [f"{part:.8f}" for part in direction])
    return csa_header(tags)


def with_binary(datasets, content):
    for dataset in datasets:
        if "DiffusionBValue" in dataset:
            del dataset.DiffusionBValue
        private(dataset, 0x0029, "SIEMENS CSA HEADER", 0x10, "OB", content)
    return datasets


def test_b_values_are_read(tmp_path):
    stacks = [
        with_binary(volume(b, number=at, uid="1.2.3"), binary(b, directionality="ISOTROPIC"))
        for at, b in enumerate(B_VALUES)
    ]
    made = convert_series(written(tmp_path / "dwi", *stacks), DWI)
    assert b_values(made) == list(B_VALUES)
    assert {one["DiffusionDirectionality"] for one in made.sidecar["Volumes"]} == {"isotropic"}


def test_directions_are_read(tmp_path):
    stacks = [with_binary(volume(0, uid="1.2.3"), binary(0, directionality="NONE"))]
    stacks += [
        with_binary(
            volume(400, number=at, uid="1.2.3"),
            binary(400, direction, "DIRECTIONAL"),
        )
        for at, direction in enumerate(AXES, start=1)
    ]
    made = convert_series(written(tmp_path / "dwi", *stacks), DWI)
    directions = [one.get("DiffusionGradientOrientation") for one in made.sidecar["Volumes"]]
    assert directions[0] is None
    assert sorted(directions[1:]) == sorted(map(list, AXES))


def test_a_plain_element_goes_before_it(tmp_path):
    datasets = series(vendor="siemens")
    for dataset in datasets:
        private(dataset, 0x0029, "SIEMENS CSA HEADER", 0x10, "OB", binary(1234))
    assert b_values(convert_series(written(tmp_path / "dwi", datasets), DWI)) == list(B_VALUES)


@pytest.mark.parametrize("cut", [0, 3, 12, 60, 120, 200])
def test_a_damaged_header_gives_no_b_value(tmp_path, cut):
    content = binary(400)[:cut] + b"\xff" * 40
    assert "B_value" not in csa_items(content)
    stacks = [
        with_binary(volume(b, number=at, uid="1.2.3"), content) for at, b in enumerate(B_VALUES)
    ]
    with pytest.raises(DataFault, match="has the b value"):
        convert_series(written(tmp_path / "dwi", *stacks), DWI)


@pytest.mark.parametrize("b_value", [0, 1000])
def test_the_header_of_a_scanner_says_what_its_plain_elements_say(b_value):
    path = REAL / f"siemens_dwi_{b_value}.dcm.gz"
    if not path.exists():
        pytest.skip("nibabel is installed without its test files")
    dataset = dcmread(io.BytesIO(gzip.decompress(path.read_bytes())), stop_before_pixels=True)
    expected = diffusion_facts(dataset, {})
    for element in list(dataset.group_dataset(0x0019)):
        del dataset[element.tag]
    assert diffusion_facts(dataset, {}) == expected
    assert expected["DiffusionBValue"] == b_value
