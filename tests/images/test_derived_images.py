"""A derived image within a series of original ones is left out, and the series kept.

After rse-panimg #126: one DERIVED\\SECONDARY reformat cost the whole CT.
"""

from __future__ import annotations

import copy

import pytest
from pydicom.uid import generate_uid

from bonecohort.images.volume import Volume
from tests.images.expect import assert_converted, refused
from tests.images.kinds import convert_series
from tests.images.writer import (
    INTERCEPT,
    SAGITTAL,
    ct_series,
    same_in_world,
    set_pixels,
    t2_series,
    truth_hu,
)

DERIVED = ["DERIVED", "SECONDARY", "REFORMATTED"]


def reformat(series, **changes):
    """Return one derived image of the series."""
    (image,) = ct_series(n=1, uid=series.uid, **changes).datasets
    image.ImageType = DERIVED
    return image


@pytest.fixture
def series():
    return ct_series()


def check_left_out(folder, series, count=1):
    converted = convert_series(folder, "ct")
    assert_converted(converted, series)
    assert converted.files.not_used == {"another stack or series": count}
    noun = "image was" if count == 1 else "images were"
    note = f"{count} derived {noun} left out from among the original ones of the series."
    assert note in converted.sidecar["Notes"]


@pytest.mark.parametrize(
    "changes", [{"orientation": SAGITTAL}, {"rows": 40}, {"spacing_mm": (1.0, 1.0, 2.0)}]
)
def test_one_derived_image_of_another_kind_costs_nothing(tmp_path, series, changes):
    series.datasets.append(reformat(series, **changes))
    check_left_out(series.write(tmp_path), series)


def test_a_derived_image_without_a_place_costs_nothing(tmp_path, series):
    image = reformat(series)
    del image.ImagePositionPatient
    series.datasets.append(image)
    check_left_out(series.write(tmp_path), series)


@pytest.mark.parametrize("height_mm", [103.1, 104.0, 300.0])
def test_a_derived_image_among_the_slices_costs_nothing(tmp_path, series, height_mm):
    image = reformat(series)
    image.ImagePositionPatient = [-40.0, -60.0, height_mm]
    set_pixels(image, truth_hu(1, 24, 20, offset=50)[0] - INTERCEPT)
    series.datasets.append(image)
    check_left_out(series.write(tmp_path), series)


def test_two_derived_images_cost_nothing(tmp_path, series):
    series.datasets.append(reformat(series, orientation=SAGITTAL))
    series.datasets.append(reformat(series, orientation=(1, 0, 0, 0, 0, -1)))
    check_left_out(series.write(tmp_path), series, count=2)


def test_an_original_image_of_another_kind_is_a_slice_that_may_be_lost(tmp_path, series):
    image = reformat(series, orientation=SAGITTAL)
    image.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    series.datasets.append(image)
    assert "another orientation" in refused(series.write(tmp_path))


def test_a_slice_lost_beside_a_derived_image_is_missed(tmp_path, series):
    series.datasets.append(reformat(series, orientation=SAGITTAL))
    del series.datasets[5]
    assert "1 slice is missing" in refused(series.write(tmp_path))


@pytest.mark.parametrize("which", [slice(8, 12), slice(0, 12, 2), slice(5, 6)])
def test_derived_slices_of_the_stack_itself_stay(tmp_path, series, which):
    """A scanner that marks some of its slices: the stack is even with them."""
    for dataset in series.datasets[which]:
        dataset.ImageType = ["DERIVED", "PRIMARY", "AXIAL"]
    converted = convert_series(series.write(tmp_path), "ct")
    assert_converted(converted, series)
    assert converted.files.used == 12


def dixon(*words, offset=0):
    series = t2_series()
    for dataset in series.datasets:
        dataset.ImageType = ["DERIVED", "PRIMARY", "M", *words]
        dataset.ContrastBolusAgent = ""
        dataset.SequenceVariant = ["SK", "SP"]
    return series


def assert_same(converted, series):
    """An MR has no rescale: its values are those stored."""
    truth = Volume(series.truth.array - INTERCEPT, series.affine_lps)
    assert same_in_world(converted.volume, truth).max() == 0


@pytest.mark.parametrize("words", [["IN_PHASE"], ["DIXON", "IN_PHASE"], ["IP"]])
def test_the_in_phase_t2_of_a_dixon_is_converted(tmp_path, words):
    """Siemens calls all series of a Dixon derived; in-phase is plain T2 weighting."""
    series = dixon(*words)
    converted = convert_series(series.write(tmp_path), "t2_sagittal")
    assert_same(converted, series)
    assert any("DERIVED" in text for text in converted.sidecar["Warnings"])


@pytest.mark.parametrize("others", [["DIXON", "WATER"], ["FAT"], ["OPP_PHASE"], ["W"], ["OP"]])
def test_the_in_phase_series_is_taken_among_those_of_a_dixon(tmp_path, others):
    series, other = dixon("DIXON", "IN_PHASE"), copy.deepcopy(dixon(*others))
    uid = generate_uid()
    for dataset in other.datasets:
        dataset.SeriesInstanceUID = uid
        set_pixels(dataset, truth_hu(1, 24, 20, offset=9)[0] - INTERCEPT)
    series.write(tmp_path / "a")
    other.write(tmp_path / "b")
    assert_same(convert_series(tmp_path, "t2_sagittal"), series)


def test_a_stack_of_derived_images_that_lacks_one_gives_the_reason(tmp_path):
    series = ct_series()
    for dataset in series.datasets:
        dataset.ImageType = ["DERIVED", "PRIMARY", "AXIAL"]
    del series.datasets[5]
    assert "1 slice is missing" in refused(series.write(tmp_path))
