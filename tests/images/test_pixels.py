"""Voxels are the same whether they are read again from their files or held in memory."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from bonecohort.faults import DataFault
from bonecohort.images.hounsfield_scale import judge_scale
from bonecohort.images.nifti import read_nifti, write_nifti
from bonecohort.images.scale_sample import sample_of
from bonecohort.images.volume import Volume
from bonecohort.jobs import convert
from bonecohort.techniques.registry import images
from tests.images.kinds import convert_series
from tests.images.writer import ct_series, t2_series


def as_written(_):
    pass


def fractional_slope(series):
    for dataset in series.datasets:
        dataset.RescaleSlope, dataset.RescaleIntercept = 0.5, 0.25


def changing_rescale(series):
    for index, dataset in enumerate(series.datasets):
        dataset.RescaleIntercept = -1024 - index


def reversed_positions(series):
    positions = [dataset.ImagePositionPatient for dataset in series.datasets]
    for dataset, position in zip(series.datasets, positions[::-1], strict=True):
        dataset.ImagePositionPatient = position


CHANGES = [as_written, fractional_slope, changing_rescale, reversed_positions]


@pytest.mark.parametrize("kind", ["ct", "t2_sagittal"])
@pytest.mark.parametrize("change", CHANGES)
def test_a_folder_and_a_zip_of_it_give_the_same_image(tmp_path, kind, change):
    series = ct_series() if kind == "ct" else t2_series()
    change(series)
    folder = series.write(tmp_path / "dicom")
    shutil.make_archive(str(tmp_path / "dicom"), "zip", folder)
    read_again = convert_series(folder, kind, hold=False)
    held = convert_series(folder, kind)
    zipped = convert_series(tmp_path / "dicom.zip", kind, hold=False)
    for converted in (read_again, held, zipped):
        assert converted.sidecar == held.sidecar
        assert np.array_equal(converted.volume.array, held.volume.array)
        planes = np.stack([*converted.volume.planes()], axis=-1)
        assert np.array_equal(planes, converted.volume.array)
        assert planes.dtype == converted.volume.array.dtype
        write_nifti(tmp_path / "image.nii.gz", converted.volume)
        assert np.array_equal(read_nifti(tmp_path / "image.nii.gz").array, planes)


def test_the_scale_is_judged_alike_on_planes_and_on_a_whole_volume(tmp_path):
    series = ct_series(40, 96, 80)
    converted = convert_series(series.write(tmp_path), "ct", hold=False)
    whole = Volume(np.ascontiguousarray(converted.volume.array), converted.volume.affine_lps)
    assert judge_scale(sample_of(whole)).record() == converted.sidecar["HounsfieldScale"]


def test_block_means_and_single_voxels_are_those_of_the_definition():
    generator = np.random.default_rng(3)
    array = generator.integers(-1024, 2000, (203, 211, 99), dtype=np.int16)
    sample = sample_of(Volume(array, np.diag([1.0, 2.0, 5.0, 1.0])))
    blocks = array[:200, :210].reshape(40, 5, 105, 2, 99).mean(axis=(1, 3))
    slabs = np.unique(np.linspace(0, 98, 40).astype(int))
    assert np.allclose(np.sort(sample.block_means()), np.sort(blocks[:, :, slabs].ravel()))
    assert np.array_equal(sample.voxels(), array.ravel(order="F")[:: 1 + array.size // 4_000_000])
    assert (sample.lowest, sample.highest) == (array.min(), array.max())


def test_an_image_that_is_cut_short_while_it_is_converted_is_a_reason(tmp_path, monkeypatch):
    folder = ct_series().write(tmp_path / "dicom")

    convert_whole = convert.convert_series

    def convert_and_cut(*arguments, **settings):
        converted = convert_whole(*arguments, **settings)
        last = max(folder.iterdir())
        last.write_bytes(last.read_bytes()[:-100])
        return converted

    monkeypatch.setattr(convert, "convert_series", convert_and_cut)
    task = {
        "participant_id": "P1",
        "kind": "ct",
        "image": images()["ct"].record(),
        "settings": {},
        "files": {"ct": [{"path": str(folder)}]},
    }
    convert.run(task, tmp_path / "results")
    (record,) = (tmp_path / "results").rglob("ct.json")
    assert "cut short" in json.loads(record.read_text())["reason"]
    assert not [*record.parent.glob("*nii*")]
    with pytest.raises(DataFault, match="cut short"):
        convert_series(folder, "ct")
