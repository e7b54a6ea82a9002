"""Slices lost at the ends of a series, where no gap shows."""

from __future__ import annotations

import pytest

from tests.images.kinds import convert_series
from tests.images.writer import SAGITTAL, ct_series, t2_series


def doubts(folder, kind="ct"):
    warnings = convert_series(folder, kind).sidecar["Warnings"]
    return [text for text in warnings if "may be lost" in text]


def counted(series):
    for dataset in series.datasets:
        dataset.ImagesInAcquisition = len(series.datasets)
    return series


@pytest.mark.parametrize("lost", [0, -1])
def test_a_lost_end_shows_by_the_images_of_the_acquisition(tmp_path, lost):
    series = counted(ct_series())
    del series.datasets[lost]
    (doubt,) = doubts(series.write(tmp_path))
    assert "ImagesInAcquisition is 12 but the series holds 11" in doubt


@pytest.mark.parametrize("reverse", [False, True])
def test_lost_first_slices_show_by_their_numbers(tmp_path, reverse):
    series = ct_series()
    for index, dataset in enumerate(series.datasets):
        dataset.InstanceNumber = 12 - index if reverse else index + 1
    series.datasets = series.datasets[:-2] if reverse else series.datasets[2:]
    (doubt,) = doubts(series.write(tmp_path))
    assert "InstanceNumber begins at 3: 2 slices" in doubt


def test_a_copied_slice_does_not_stand_for_a_lost_one(tmp_path):
    series = counted(ct_series())
    del series.datasets[0]
    series.write(tmp_path / "A")
    series.datasets[:] = series.datasets[3:4]
    (doubt,) = doubts(series.write(tmp_path / "B").parent)
    assert "holds 11" in doubt


@pytest.mark.parametrize("first", [0, 1, 14, 501])
def test_a_whole_series_may_count_from_elsewhere(tmp_path, first):
    series = ct_series()
    for index, dataset in enumerate(series.datasets):
        dataset.InstanceNumber = first + index
    assert doubts(series.write(tmp_path)) == []


def test_numbers_that_do_not_follow_the_positions_says_nothing(tmp_path):
    series = ct_series()
    for index, dataset in enumerate(series.datasets):
        dataset.InstanceNumber = (index * 5) % 12 + 3
    assert doubts(series.write(tmp_path / "shuffled")) == []
    for dataset in series.datasets:
        dataset.InstanceNumber = None
    assert doubts(series.write(tmp_path / "absent")) == []


def test_a_localizer_may_take_the_first_number(tmp_path):
    series = counted(ct_series())
    scout = ct_series(n=1, orientation=SAGITTAL, uid=series.uid)
    scout.datasets[0].ImageType = ["ORIGINAL", "PRIMARY", "LOCALIZER"]
    for dataset in series.datasets:
        dataset.InstanceNumber += 1
    series.write(tmp_path, "A")
    assert doubts(scout.write(tmp_path, "B")) == []


def test_two_echoes_share_the_numbers_and_the_count(tmp_path):
    proton, t2 = t2_series(), t2_series()
    for dataset in proton.datasets:
        dataset.EchoTime, dataset.SeriesInstanceUID = 12, t2.uid
    for index, dataset in enumerate([*proton.datasets, *t2.datasets]):
        dataset.InstanceNumber, dataset.ImagesInAcquisition = index + 1, 18
    proton.write(tmp_path, "A")
    assert doubts(t2.write(tmp_path, "B"), "t2_sagittal") == []
