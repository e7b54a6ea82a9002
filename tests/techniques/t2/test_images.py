"""Echoes and maps as scanners and converters write them: the times and the values are right."""

from __future__ import annotations

import json

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import generate_uid

from bonecohort.faults import DataFault
from bonecohort.images.nifti import write_nifti
from bonecohort.images.volume import Volume
from tests.images.diffusion_writer import enhanced, private, volume
from tests.images.diffusion_writer import series as dicom_series
from tests.images.kinds import convert_series
from tests.images.test_volumes import written

TIMES_MS = (12.0, 24.0, 36.0, 48.0, 60.0)


def echo(time_ms, at, **header):
    """Return the images of one echo; the values of each echo are 1000 above the last's."""
    header.setdefault("uid", generate_uid())
    return volume(
        0, number=at, ImageType=["ORIGINAL", "PRIMARY", "M", "SE"], EchoTime=time_ms, **header
    )


def times_of(made):
    return [one["EchoTime"] for one in made.sidecar["Volumes"]]


def in_s(times_ms):
    return pytest.approx([time / 1000 for time in times_ms])


def test_a_series_an_echo_with_the_map_beside_them(tmp_path):
    echoes = [echo(time, at, series=at) for at, time in enumerate(TIMES_MS)]
    maps = dicom_series((0,), ImageType=["DERIVED", "PRIMARY", "T2 MAP"], EchoTime=12.0, series=9)
    made = convert_series(written(tmp_path / "se", *echoes[::-1], maps), "multi_echo_se")
    assert times_of(made) == in_s(TIMES_MS)
    assert made.volume.array.shape[3] == len(TIMES_MS)
    means = made.volume.array.mean(axis=(0, 1, 2))
    assert np.all(np.diff(means) == 1000)  # each echo has its own values


def test_one_series_of_all_echoes(tmp_path):
    uid = generate_uid()
    echoes = [echo(time, at, uid=uid) for at, time in enumerate(TIMES_MS)]
    made = convert_series(written(tmp_path / "se", *echoes), "multi_echo_se")
    assert times_of(made) == in_s(TIMES_MS)


def test_one_multi_frame_object_of_all_echoes(tmp_path):
    uid = generate_uid()
    planes = [plane for at, time in enumerate(TIMES_MS) for plane in echo(time, at, uid=uid)]
    made = convert_series(written(tmp_path / "se", [enhanced(planes, echo=True)]), "multi_echo_se")
    assert times_of(made) == in_s(TIMES_MS)
    assert np.all(np.diff(made.volume.array.mean(axis=(0, 1, 2))) == 1000)


def test_a_missing_image_of_an_echo_is_refused(tmp_path):
    echoes = [echo(time, at, series=at) for at, time in enumerate(TIMES_MS)]
    del echoes[2][1]
    with pytest.raises(DataFault, match="echo time 36 ms are missing"):
        convert_series(written(tmp_path / "se", *echoes), "multi_echo_se")


def nifti_echoes(folder, times_ms, **more):
    folder.mkdir()
    for at, time in enumerate(times_ms, start=1):
        stem = folder / f"sub-1_acq-x_echo-{at}_MESE"
        array = np.full((4, 5, 3), 1000.0 * np.exp(-time / 70), np.float32)
        write_nifti(stem.with_suffix(".nii.gz"), Volume(array, np.eye(4)))
        sidecar = {"Modality": "MR", "ScanningSequence": "SE", "EchoTime": time / 1000} | more
        stem.with_suffix(".json").write_text(json.dumps(sidecar))
    return folder


def test_bids_files_of_echoes_are_stacked_by_their_json(tmp_path):
    times = (*(12.0 * at for at in range(1, 11)), 130.0)  # echo-10 sorts before echo-2 by name
    made = convert_series(nifti_echoes(tmp_path / "se", times), "multi_echo_se")
    assert times_of(made) == in_s(times)
    expected = 1000 * np.exp(-np.array(times) / 70)
    assert made.volume.array[0, 0, 0] == pytest.approx(expected, rel=1e-6)


def test_two_files_of_one_echo_are_refused(tmp_path):
    folder = nifti_echoes(tmp_path / "se", (12.0, 24.0, 24.0, 36.0))
    with pytest.raises(DataFault, match="Several NIfTI volumes hold echo time 24 ms"):
        convert_series(folder, "multi_echo_se")


def test_a_file_without_its_echo_time_is_refused(tmp_path):
    folder = nifti_echoes(tmp_path / "se", (12.0, 24.0))
    (folder / "sub-1_acq-x_echo-2_MESE.json").unlink()
    with pytest.raises(DataFault, match="no echo time"):
        convert_series(folder, "multi_echo_se")


def t2_map(**header):
    return dicom_series((0,), ImageType=["DERIVED", "PRIMARY", "T2 MAP"], EchoTime=12.0, **header)


def real_world(unit, slope):
    item, code = Dataset(), Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = unit, "UCUM", unit
    item.MeasurementUnitsCodeSequence = Sequence([code])
    item.RealWorldValueSlope, item.RealWorldValueIntercept = slope, 0.0
    return Sequence([item])


@pytest.mark.parametrize(
    ("header", "factor", "unit"),
    [
        ({}, 1.0, None),
        ({"RescaleSlope": 0.1, "RescaleIntercept": 0}, 0.1, None),
        ({"RealWorldValueMappingSequence": real_world("ms", 0.25)}, 0.25, "ms"),
        ({"RealWorldValueMappingSequence": real_world("s", 0.001)}, 0.001, "s"),
        (
            {
                "RescaleSlope": 7.0,
                "RescaleIntercept": 0,
                "RealWorldValueMappingSequence": real_world("us", 100.0),
            },
            100.0,
            "us",
        ),
    ],
)
def test_the_scale_of_a_map_is_that_of_its_header(tmp_path, header, factor, unit):
    stored = convert_series(written(tmp_path / "stored", t2_map()), "t2_map").volume.array
    made = convert_series(written(tmp_path / "map", t2_map(**header)), "t2_map")
    assert made.volume.array == pytest.approx(factor * stored)
    assert made.sidecar.get("RealWorldValueUnit") == unit


def test_a_map_of_philips_as_floating_point_values_is_given_its_scale(tmp_path):
    """The values of dcm2niix are DV / (RS · SS)."""
    array = np.full((4, 5, 3), 20.0, np.float32)
    path = tmp_path / "map.nii.gz"
    write_nifti(path, Volume(array, np.eye(4)))
    sidecar = {"Modality": "MR", "PhilipsRescaleSlope": 2.0, "PhilipsScaleSlope": 2.0,
               "UsePhilipsFloatNotDisplayScaling": 1}  # fmt: skip
    (tmp_path / "map.json").write_text(json.dumps(sidecar))
    assert convert_series(path, "t2_map").volume.array == pytest.approx(80.0)


def test_echoes_of_philips_have_one_scale(tmp_path):
    """Stored values of two echoes with slopes of their own are compared as floating point."""
    echoes = []
    for at, (time, slope) in enumerate(((12.0, 0.5), (24.0, 2.0))):
        own = echo(
            time, at, series=at, Manufacturer="Philips", RescaleSlope=1.0, RescaleIntercept=0
        )
        for one in own:
            private(one, 0x2005, "Philips MR Imaging DD 001", 0x0E, "FL", slope)
        echoes.append(own)
    plain = [echo(12.0 * (at + 1), at, series=at) for at in range(2)]
    stored = convert_series(written(tmp_path / "plain", *plain), "multi_echo_se").volume.array
    made = convert_series(written(tmp_path / "philips", *echoes), "multi_echo_se").volume.array
    assert made == pytest.approx(stored / np.array([0.5, 2.0]))
