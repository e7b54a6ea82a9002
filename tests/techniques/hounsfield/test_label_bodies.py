"""One label number on two vertebrae, or two numbers on one (TotalSegmentator #291, #373)."""

from __future__ import annotations

import json
import shutil

import nibabel
import numpy as np
import pytest

from bonecohort.annotations.labels.label_map import LabelMap
from bonecohort.annotations.labels.read import read_label_map
from bonecohort.annotations.labels.schemes import SCHEMES
from bonecohort.demo.phantom import VertebraModel, render_ct
from bonecohort.faults import DataFault
from bonecohort.images.nifti import read_nifti
from bonecohort.images.volume import Volume
from bonecohort.measures.vertebra.crops import VertebraCrop, load_crop, prepare_crops
from bonecohort.study.settings import LUMBAR_LEVELS
from bonecohort.techniques.hounsfield.jobs import crop as crop_job
from tests.techniques.hounsfield.spoils import dilated

V2 = SCHEMES["totalsegmentator_v2"]
TILTS_DEG = (-10.0, -5.0, 0.0, 12.0, 32.0)
BESIDE_L2 = "the label of L2, next to this vertebra, holds more than one body"


def spine_of(heights_mm, coronal_deg=0.0, sideways_mm=0.0):
    """Return CT and labels of L1 to L5, their discs 9 mm high."""
    models, top_mm = [], 100.0
    for k, (level, height_mm) in enumerate(zip(LUMBAR_LEVELS, heights_mm, strict=True)):
        centre = (sideways_mm * k, 10.0 - 0.9 * (k - 2) ** 2, top_mm - height_mm / 2)
        top_mm -= height_mm + 9.0
        models.append(
            VertebraModel(
                level,
                centre,
                height_mm=height_mm,
                sagittal_tilt_deg=TILTS_DEG[k],
                coronal_tilt_deg=coronal_deg,
            )
        )
    affine = np.diag([1.5, 1.5, 2.0, 1.0])
    affine[:3, 3] = -66, -40, top_mm - 15
    return render_ct(models, affine, (100, 82, int((130 - top_mm) / 2)))


@pytest.fixture(scope="module")
def spine():
    return spine_of([27.0] * 5)


def crops_of(spine, change=None):
    ct, labels = spine
    array = labels.array.copy()
    if change:
        change(array)
    return prepare_crops(ct, LabelMap(Volume(array, labels.affine_lps)), V2, LUMBAR_LEVELS)


def part_of(labels, level, upper):
    """Return the upper or lower half of a level's body and arch."""
    index = np.argwhere(labels.array == V2[level])
    above = index[:, 2] >= np.median(index[:, 2])
    return tuple(index[above if upper else ~above].T)


def test_two_bodies_in_one_label_are_refused_and_the_neighbours_flagged(spine):
    def double(array):
        array[array == V2["L3"]] = V2["L2"]

    crops = crops_of(spine, double)
    assert "L2 (30) holds 2 vertebral bodies, their middles 37 mm apart" in crops["L2"]
    assert "Its body may be in the label of L2, which is refused" in crops["L3"]
    for level in ("L1", "L4"):
        (flag,) = crops[level].flags
        assert flag.startswith(BESIDE_L2)
    assert crops["L5"].flags == ()


def test_two_bodies_with_the_disc_between_are_refused(spine):
    def double(array):
        found = np.isin(array, [V2["L2"], V2["L3"]])
        array[dilated(found, (1.5, 1.5, 2.0), 6.0) & (array == 0)] = V2["L2"]
        array[found] = V2["L2"]

    assert "reaches over" in crops_of(spine, double)["L2"]


@pytest.mark.parametrize(("taken", "upper"), [("L3", True), ("L1", False)])
def test_a_label_of_one_and_a_half_bodies_is_refused(spine, taken, upper):
    part = part_of(spine[1], taken, upper)

    def take(array):
        array[part] = V2["L2"]

    crops = crops_of(spine, take)
    assert "holds several vertebral bodies" in crops["L2"] or "holds 2" in crops["L2"]
    assert "next to this vertebra" in crops[taken].flags[0]


def test_two_labels_on_one_vertebra_are_both_refused(spine):
    part = part_of(spine[1], "L2", upper=False)

    def share(array):
        array[array == V2["L3"]] = 0
        array[part] = V2["L3"]

    crops = crops_of(spine, share)
    assert "L2 and L3 lie" in crops["L2"]
    assert "share one vertebra" in crops["L3"]


def test_a_vertebra_without_a_label_between_two_successive_numbers_is_flagged(spine):
    """The numbering is one off on one side of the gap: this is not a doubled label."""

    def skip(array):
        array[array == V2["L3"]] = 0
        array[array == V2["L2"]] = V2["L3"]
        array[array == V2["L1"]] = V2["L2"]

    crops = crops_of(spine, skip)
    for level in ("L3", "L4"):
        assert "a vertebra between them may have no label" in crops[level].flags[0]
    assert crops["L5"].flags == ()


@pytest.mark.parametrize(
    ("heights_mm", "coronal_deg", "sideways_mm"),
    [
        ([27.0, 16.0, 27.0, 27.0, 25.0], 0.0, 0.0),  # a crushed body: 40% lower
        ([16.0, 16.0, 27.0, 16.0, 27.0], 0.0, 0.0),
        ([25.0, 26.0, 27.0, 27.0, 19.0], 0.0, 0.0),  # a short L5
        ([27.0, 27.0, 27.0, 27.0, 34.0], 0.0, 0.0),
        ([27.0] * 5, 15.0, 9.0),  # scoliosis
    ],
)
def test_spines_of_unlike_bodies_are_not_refused(heights_mm, coronal_deg, sideways_mm):
    crops = crops_of(spine_of(heights_mm, coronal_deg, sideways_mm))
    for crop in crops.values():
        assert isinstance(crop, VertebraCrop), crop
        assert crop.flags == ()


@pytest.mark.parametrize("kept", [["L3"], ["L5"], ["L2", "L3"], ["L1", "L5"]])
def test_few_labelled_levels_are_not_refused(spine, kept):
    def only(array):
        array[~np.isin(array, [V2[level] for level in kept])] = 0

    crops = crops_of(spine, only)
    for level in kept:
        assert isinstance(crops[level], VertebraCrop), crops[level]
        assert crops[level].flags == ()


def test_swollen_labels_are_not_taken_for_two_bodies(spine):
    def swell(array):
        for number in range(V2["L5"], V2["L1"] + 1):
            array[dilated(array == number, (1.5, 1.5, 2.0), 3.0) & (array == 0)] = number

    assert all(isinstance(crop, VertebraCrop) for crop in crops_of(spine, swell).values())


def test_a_real_map_whose_l2_stands_on_l3_too_is_refused(shared_data):
    folder = shared_data / "field_cases" / "labels_doubled"
    ct = read_nifti(shared_data / "real_ct_lumbar" / "ct.nii.gz")
    doubled = prepare_crops(
        ct, read_label_map(folder / "L2_on_L2_and_L3.nii.gz"), V2, LUMBAR_LEVELS
    )
    assert "holds 2 vertebral bodies" in doubled["L2"]
    assert "absent" in doubled["L3"]
    for level in ("L1", "L4"):
        assert "next to this vertebra" in doubled[level].flags[0]
    right = prepare_crops(ct, read_label_map(folder / "right.nii.gz"), V2, LUMBAR_LEVELS)
    assert all(crop.flags == () for crop in right.values())


@pytest.mark.parametrize(
    "second",
    ["vertebrae_reader2_L1.nii.gz", "L1.nii", "vertebrae_L1 (1).nii.gz", "vertebrae_L1.nii (1).gz",
     "vertebrae_L1 - Copy.nii.gz", "vertebrae_L1_copy.nii", "VERTEBRAE_L1.NII"],
)  # fmt: skip
def test_two_files_of_one_level_are_refused(tmp_path, second):
    for name in ("vertebrae_L1.nii.gz", "vertebrae_L2.nii.gz"):
        nibabel.save(nibabel.Nifti1Image(np.ones((2, 2, 2), np.uint8), np.eye(4)), tmp_path / name)
    shutil.copy(tmp_path / "vertebrae_L1.nii.gz", tmp_path / second)
    with pytest.raises(DataFault, match="holds two files of L1"):
        read_label_map(tmp_path)


def test_what_an_operating_system_leaves_among_the_classes_is_none_of_them(tmp_path):
    for name in ("vertebrae_L1.nii.gz", "vertebrae_L2 (1).nii.gz"):
        nibabel.save(nibabel.Nifti1Image(np.ones((2, 2, 2), np.uint8), np.eye(4)), tmp_path / name)
        (tmp_path / f"._{name}").write_bytes(b"\x00\x05\x16\x07\x00\x02")
    assert read_label_map(tmp_path).names == {1: "L1", 2: "L2"}


def test_two_real_files_of_one_level_are_refused(shared_data):
    folder = shared_data / "field_cases" / "label_files" / "class_folder_twice"
    with pytest.raises(DataFault, match="holds two files of L1"):
        read_label_map(folder)


def test_the_crop_job_refuses_a_real_map_whose_l2_stands_on_l3_too(shared_data, tmp_path):
    folder = tmp_path / "participants" / "P1"
    folder.mkdir(parents=True)
    shutil.copy(shared_data / "real_ct_lumbar" / "ct.nii.gz", folder)
    (folder / "ct.json").write_text(json.dumps({"status": "ok", "flags": []}))
    doubled = shared_data / "field_cases" / "labels_doubled" / "L2_on_L2_and_L3.nii.gz"
    task = {
        "participant_id": "P1",
        "sites": LUMBAR_LEVELS,
        "files": {
            "ct": [{"path": "ct"}],
            "vertebrae": [{"path": str(doubled), "label_scheme": "totalsegmentator_v2"}],
        },
    }
    crop_job.run(task, tmp_path)
    for level, reason in (("L2", "holds 2 vertebral bodies"), ("L3", "label of L2, which is")):
        with pytest.raises(DataFault, match=reason):
            load_crop(folder / "crops" / f"{level}.npz")
    for level in ("L1", "L4"):
        assert BESIDE_L2 in load_crop(folder / "crops" / f"{level}.npz").flags[0]
    assert not load_crop(folder / "crops" / "L5.npz").flags
