"""Several stacks, series, phases or echoes in one folder: one is meant, or none is guessed."""

from __future__ import annotations

import pytest

from bonecohort.study.uid_labels import uid_label
from tests.images.expect import assert_converted, refused
from tests.images.kinds import convert_series
from tests.images.writer import (
    AXIAL,
    SAGITTAL,
    ct_series,
    t2_series,
)


@pytest.mark.parametrize("shift_mm", [0.0, 1.0, 0.9])
def test_two_reconstructions_in_one_series_are_refused_by_kernel(tmp_path, shift_mm):
    soft = ct_series()
    sharp = ct_series(uid=soft.uid, offset=11, origin_mm=(-40.0, -60.0, 100.0 + shift_mm))
    for dataset in sharp.datasets:
        dataset.ConvolutionKernel = "BONE"
    soft.write(tmp_path, "A")
    reason = refused(sharp.write(tmp_path, "B"))
    assert "One series holds 2 stacks or reconstructions" in reason
    assert "STANDARD" in reason
    assert "BONE" in reason


def test_two_phases_in_one_series_are_refused_by_acquisition(tmp_path):
    first = ct_series()
    second = ct_series(uid=first.uid, offset=11)
    for dataset in second.datasets:
        dataset.AcquisitionNumber = 2
    first.write(tmp_path, "A")
    assert "AcquisitionNumber" in refused(second.write(tmp_path, "B"))


def test_two_image_sets_that_nothing_says_apart_are_refused(tmp_path):
    first = ct_series()
    first.write(tmp_path, "A")
    reason = refused(ct_series(uid=first.uid, offset=11).write(tmp_path, "B"))
    assert "at 12 of 12 positions" in reason


def test_acquisition_numbers_may_change_along_a_stack(tmp_path):
    series = ct_series()
    for index, dataset in enumerate(series.datasets):
        dataset.AcquisitionNumber = index
    assert_converted(convert_series(series.write(tmp_path), "ct"), series)


def test_two_series_need_a_series_uid(tmp_path):
    soft, sharp = ct_series(), ct_series(offset=11)
    for dataset in sharp.datasets:
        dataset.ConvolutionKernel = "BONE"
    soft.write(tmp_path, "A")
    sharp.write(tmp_path, "B")
    reason = refused(tmp_path)
    for uid in (soft.uid, sharp.uid):
        assert uid not in reason
        assert f"series_uid {uid_label(uid)}" in reason
    assert_converted(convert_series(tmp_path, "ct", uid_label(soft.uid)), soft)
    assert_converted(convert_series(tmp_path, "ct", sharp.uid), sharp)
    assert "not among the series found" in refused(tmp_path, series_uid="1.2.3")


def test_an_original_goes_before_a_reformat(tmp_path):
    series = ct_series()
    reformat = ct_series(orientation=SAGITTAL, offset=9)
    for dataset in reformat.datasets:
        dataset.ImageType = ["DERIVED", "SECONDARY", "MPR"]
    series.write(tmp_path, "A")
    converted = convert_series(reformat.write(tmp_path, "B"), "ct")
    assert_converted(converted, series)
    assert converted.files.not_used == {"another stack or series": 12}


@pytest.mark.parametrize("orientation", [AXIAL, (1, 0, 0, 0, 0, -1)])
def test_a_t2_that_is_not_sagittal_is_refused(tmp_path, orientation):
    series = t2_series(orientation=orientation)
    assert "not sagittal" in refused(series.write(tmp_path), "t2_sagittal")


def test_the_t2_is_found_among_sagittal_series(tmp_path):
    t1, t2, stir = t2_series(), t2_series(), t2_series()
    for dataset in t1.datasets:
        dataset.EchoTime, dataset.RepetitionTime = 10, 600
    for dataset in stir.datasets:
        dataset.InversionTime, dataset.ScanningSequence = 160, ["SE", "IR"]
    for name, series in {"A": t1, "B": t2, "C": stir}.items():
        series.write(tmp_path, name)
    converted = convert_series(tmp_path, "t2_sagittal")
    assert converted.sidecar["EchoTime"] == 0.1
    assert "InversionTime" not in converted.sidecar
    assert len(converted.sidecar["Notes"]) >= 2


def test_a_description_can_says_the_t2_and_stays_inside(tmp_path):
    t1, t2 = t2_series(), t2_series()
    for dataset in t1.datasets:
        dataset.EchoTime, dataset.RepetitionTime, dataset.SeriesDescription = 10, 600, "T1 NAME"
    for dataset in t2.datasets:
        dataset.EchoTime, dataset.InversionTime, dataset.SeriesDescription = 75, 0, "sag t2 NAME"
    t1.write(tmp_path, "A")
    converted = convert_series(t2.write(tmp_path, "B"), "t2_sagittal")
    assert converted.sidecar["EchoTime"] == 0.075
    assert converted.sidecar["Warnings"] == []
    assert "NAME" not in str(converted.sidecar)


def test_another_weighting_is_warned_of(tmp_path):
    series = t2_series()
    for dataset in series.datasets:
        dataset.EchoTime, dataset.RepetitionTime = 10, 600
    (warning,) = convert_series(series.write(tmp_path), "t2_sagittal").sidecar["Warnings"]
    assert "EchoTime 0.01 s" in warning


def test_the_second_echo_of_a_double_echo_series_is_taken(tmp_path):
    proton, t2 = t2_series(), t2_series()
    for dataset in proton.datasets:
        dataset.EchoTime, dataset.SeriesInstanceUID = 12, t2.uid
    proton.write(tmp_path, "A")
    converted = convert_series(t2.write(tmp_path, "B"), "t2_sagittal")
    assert converted.sidecar["EchoTime"] == 0.1
