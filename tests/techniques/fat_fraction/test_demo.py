"""The demo study: its DICOM maps give its truth; it holds no study of anybody else."""

from __future__ import annotations

import csv

import numpy as np
import pydicom
import pytest

from bonecohort.annotations.labels.read import read_label_map
from bonecohort.faults import StudyFault
from bonecohort.measures.mr.bodies import find_bodies
from bonecohort.techniques.fat_fraction.demo import write_fat_fraction_study
from bonecohort.techniques.fat_fraction.settings import MrFatSettings
from bonecohort.techniques.fat_fraction.sources import (
    SIGNAL,
    VENDOR_MAP,
    from_map,
    from_pair,
    r2star_values,
)
from tests.techniques.fat_fraction.conftest import LEVELS
from tests.techniques.fat_fraction.test_maps import converted

pytestmark = pytest.mark.slow
SETTINGS = MrFatSettings()


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    write_fat_fraction_study(folder, 3, seed=11)
    return folder


def rows_of(path, delimiter):
    with path.open(newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


def truth(study, participant, measure):
    return {
        row["level"]: float(row["value"])
        for row in rows_of(study / "demo_mr" / "truth.csv", ",")
        if (row["participant_id"], row["measure"]) == (participant, measure)
    }


def means(outcomes):
    return {level: one.values.mean for level, one in outcomes.items()}


def test_series_tsv_lists_what_is_there(study):
    rows = rows_of(study / "config" / "series.tsv", "\t")
    assert all((study / row["path"]).exists() for row in rows)
    kinds = {}
    for row in rows:
        kinds.setdefault(row["participant_id"], []).append(row["kind"])
    assert kinds == {
        "P001": ["fat_fraction", "r2star", "mr_vertebrae"],
        "P002": ["fat_fraction", "r2star", "mr_vertebrae"],
        "P003": ["water_image", "fat_image", "r2star", "mr_vertebrae"],
    }


@pytest.mark.parametrize("participant", ["P001", "P002", "P003"])
def test_the_images_give_the_truth(study, participant):
    folder = study / "demo_mr" / participant
    labels = read_label_map(folder / "mr_vertebrae.nii.gz")
    bodies = find_bodies(labels.volume, labels.numbers("totalsegmentator_mr"), LEVELS)
    image = {path.name: converted(path, path.name) for path in folder.iterdir() if path.is_dir()}
    if "water_image" in image:
        measure = "fat_fraction_signal"
        measured = from_pair(image["water_image"], image["fat_image"], bodies, SETTINGS)
    else:
        measure = "pdff"
        measured = from_map(image["fat_fraction"], bodies, SETTINGS)
    assert measured.method == (SIGNAL if measure == "fat_fraction_signal" else VENDOR_MAP)
    assert means(measured.outcomes) == pytest.approx(truth(study, participant, measure), abs=0.5)
    r2star = r2star_values(image["r2star"], "r2star", bodies, SETTINGS)
    assert means(r2star) == pytest.approx(truth(study, participant, "r2star"), abs=1)


def test_maps_are_stored_as_two_vendors_do(study):
    first, second = (
        pydicom.dcmread(study / "demo_mr" / name / "fat_fraction" / "0001.dcm")
        for name in ("P001", "P002")
    )
    assert "RescaleSlope" not in first
    assert np.percentile(first.pixel_array, 99) > 500
    assert (second.RescaleSlope, second.RescaleType) == (0.05, "%")


def test_nothing_is_overwritten(study):
    with pytest.raises(StudyFault, match="holds a study already"):
        write_fat_fraction_study(study, 3, seed=12)
