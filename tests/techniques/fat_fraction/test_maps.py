"""Fat fractions of vendor maps: the truth of the phantom, whatever the scale; and refusals."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from bonecohort.annotations.labels.read import read_label_map
from bonecohort.annotations.labels.schemes import SCHEMES
from bonecohort.faults import DataFault
from bonecohort.images.volume import Volume
from bonecohort.measures.mr.bodies import find_bodies
from bonecohort.measures.mr.labelled import LabelledBodies
from bonecohort.techniques.fat_fraction.facts import ImageFacts, facts_of
from bonecohort.techniques.fat_fraction.outcome import MeasuredBody, RefusedBody
from bonecohort.techniques.fat_fraction.settings import MrFatSettings
from bonecohort.techniques.fat_fraction.sources import (
    VENDOR_MAP,
    Image,
    from_map,
    r2star_values,
)
from tests.images.kinds import convert_series
from tests.techniques.fat_fraction.conftest import LEVELS, PDFF, R2STAR

SETTINGS = MrFatSettings()
NUMBERS = SCHEMES["totalsegmentator_mr"]


def means(measured):
    return {level: outcome.values.mean for level, outcome in measured.outcomes.items()}


@pytest.mark.parametrize("factor", [1.0, 0.01, 10.0], ids=["percent", "fraction", "per mille"])
def test_a_map_gives_the_true_fat_fractions_at_any_scale(spine, factor):
    measured = from_map(spine.image(factor), spine.bodies, SETTINGS)
    assert measured.method == VENDOR_MAP
    assert means(measured) == pytest.approx(PDFF, abs=0.3)
    assert all(outcome.flags == () for outcome in measured.outcomes.values())


def test_the_vein_is_left_out(spine):
    """About 2% of the inside is the basivertebral vein, of 3%: with it the mean would be lower."""
    measured = from_map(spine.image(), spine.bodies, SETTINGS).outcomes["L3"]
    assert 0.005 < measured.values.left_out < 0.05
    assert measured.values.values.min() > 40


@pytest.mark.parametrize(("unit", "factor"), [("%", 1.0), ("1", 0.01), ("[ppth]", 10.0)])
def test_a_declared_unit_is_taken(spine, unit, factor):
    measured = from_map(spine.image(factor, unit=unit), spine.bodies, SETTINGS)
    assert means(measured) == pytest.approx(PDFF, abs=0.3)


def test_a_declared_unit_that_the_tissues_contradict_is_refused(spine):
    with pytest.raises(DataFault, match=r"no fat fractions: read as a fraction.*declares a fracti"):
        from_map(spine.image(1.0, unit="1"), spine.bodies, SETTINGS)


def without_skin_fat(spine):
    """Cut the images off in front of the fat of the back."""
    index = round(spine.percent.to_index(np.array([0.0, 70.0, 0.0]))[0])
    return Volume(spine.percent.array[:index], spine.percent.affine_lps)


def test_without_subcutaneous_fat_a_scale_must_be_declared(spine):
    cut = without_skin_fat(spine)
    with pytest.raises(DataFault, match="no fat fractions"):
        from_map(Image(cut, ImageFacts()), spine.bodies, SETTINGS)
    measured = from_map(Image(cut, ImageFacts(unit="%")), spine.bodies, SETTINGS)
    assert means(measured) == pytest.approx(PDFF, abs=0.3)
    assert {outcome.flags for outcome in measured.outcomes.values()} == {("scale_unproven",)}


def test_a_map_of_something_else_is_refused(spine):
    signal = Volume(spine.water.array + spine.fat.array, spine.water.affine_lps)
    with pytest.raises(DataFault, match=r"discs should lie the fat fraction is 6\d%"):
        from_map(Image(signal, ImageFacts()), spine.bodies, SETTINGS)
    with pytest.raises(DataFault, match="no fat fractions"):
        from_map(Image(spine.r2star, ImageFacts()), spine.bodies, SETTINGS)


@pytest.mark.parametrize("unit", ["", "%"])
def test_exchanged_water_and_fat_are_refused(spine, unit):
    mirrored = spine.with_percent(100 - spine.percent.array)
    with pytest.raises(DataFault, match=r"Water and fat are exchanged\. The discs"):
        from_map(mirrored.image(unit=unit), spine.bodies, SETTINGS)


def test_exchanged_water_and_fat_are_refused_of_one_vertebra(spine):
    mirrored = spine.with_percent(100 - spine.percent.array)
    with pytest.raises(DataFault, match="Water and fat are exchanged"):
        from_map(mirrored.image(), {"L3": spine.bodies["L3"]}, SETTINGS)


@pytest.mark.parametrize(
    "moved_mm",
    [(0, 0, 8), (0, 0, 18.5), (0, 0, -10), (0, -25, 0)],
    ids=["8 mm up", "half a vertebra up", "down", "in front"],
)
def test_labels_beside_the_vertebrae_are_refused(spine, moved_mm):
    """Discs then lie on marrow, or bodies in muscle."""
    affine = spine.labels.affine_lps.copy()
    affine[:3, 3] += moved_mm
    moved = find_bodies(Volume(spine.labels.array, affine), NUMBERS, LEVELS)
    with pytest.raises(DataFault, match="labels do not lie on the vertebrae"):
        from_map(spine.image(), moved, SETTINGS)


def test_labels_a_little_behind_the_vertebrae_are_flagged(spine):
    """Half in the body, half in the canal: by the many outliers, or the SD."""
    affine = spine.labels.affine_lps.copy()
    affine[1, 3] += 20
    moved = find_bodies(Volume(spine.labels.array, affine), NUMBERS, LEVELS)
    outcomes = from_map(spine.image(), moved, SETTINGS).outcomes
    for outcome in outcomes.values():
        assert {"outliers", "high_sd"} & {flag.partition(":")[0] for flag in outcome.flags}


def test_a_voxel_that_is_no_number_is_missing(spine):
    array = spine.percent.array.copy()
    holes = np.random.default_rng(2).random(array.shape) < 0.02
    array[holes] = np.nan
    whole = from_map(spine.image(), spine.bodies, SETTINGS)
    measured = from_map(spine.with_percent(array).image(), spine.bodies, SETTINGS)
    assert means(measured) == pytest.approx(PDFF, abs=0.3)
    assert measured.outcomes["L2"].values.n_voxels < whole.outcomes["L2"].values.n_voxels


def test_impossible_values_refuse_a_level_and_no_other(spine):
    array = spine.percent.array.copy()
    inside = np.argwhere(spine.label("L2"))
    array[tuple(inside[::20].T)] = 410.0  # as stored integers that overflow
    outcomes = from_map(spine.with_percent(array).image(), spine.bodies, SETTINGS).outcomes
    assert isinstance(outcomes["L2"], RefusedBody)
    assert "outside -5 to 105%" in outcomes["L2"].reason
    assert isinstance(outcomes["L3"], MeasuredBody)


def test_a_swapped_vertebra_is_refused_and_never_mirrored(spine):
    array = spine.percent.array.copy()
    for level in LEVELS:  # leaner marrow: near 50% a swap does not show
        array[spine.label(level)] = np.maximum(array[spine.label(level)] - 15, 0)
    array[spine.label("L1")] = 100 - array[spine.label("L1")]
    outcomes = from_map(spine.with_percent(array).image(), spine.bodies, SETTINGS).outcomes
    assert "swap suspected: L1 has a fat fraction of 80%" in outcomes["L1"].reason
    assert outcomes["L1"].flags == ("swap_suspected",)
    assert [isinstance(outcomes[level], MeasuredBody) for level in LEVELS[1:]] == [True] * 4


def test_half_a_swapped_vertebra_is_flagged(spine):
    array = spine.percent.array.copy()
    half = spine.label("L2")
    half[:, :, spine.labels.array.shape[2] // 2 :] = False
    array[half] = array[half] + 50  # 41% and 91%: too high to mirror about 50%
    outcomes = from_map(spine.with_percent(array).image(), spine.bodies, SETTINGS).outcomes
    assert "partial_swap" not in outcomes["L2"].flags
    array = spine.percent.array.copy()
    array[spine.label("L2")] = np.maximum(array[spine.label("L2")] - 16, 0)  # 25%, and 75%
    array[half] = 100 - array[half]
    outcomes = from_map(spine.with_percent(array).image(), spine.bodies, SETTINGS).outcomes
    assert "partial_swap" in outcomes["L2"].flags


def test_unusual_fat_and_a_large_flip_angle_are_flagged(spine):
    array = spine.percent.array.copy()
    array[spine.label("L5")] = np.maximum(array[spine.label("L5")] - 52, 0)
    outcomes = from_map(
        spine.with_percent(array).image(flip_angle_deg=12.0), spine.bodies, SETTINGS
    ).outcomes
    unusual, angle = outcomes["L5"].flags
    assert re.fullmatch(r"unusual_fat_fraction: \d\.\d% \(limits 10 and 90%\)", unusual)
    assert angle == "flip_angle: 12 degrees (limit 5)"
    assert outcomes["L4"].flags == (angle,)


def test_many_outliers_are_flagged(spine):
    array = spine.percent.array.copy()
    spots = spine.label("L3") & (np.random.default_rng(3).random(array.shape) < 0.25)
    array[spots] += 25
    outcome = from_map(spine.with_percent(array).image(), spine.bodies, SETTINGS).outcomes["L3"]
    (flag,) = outcome.flags
    assert re.fullmatch(r"outliers: \d+\.\d% \(limit 15%\)", flag)
    assert outcome.values.mean == pytest.approx(PDFF["L3"], abs=0.6)


def test_a_level_without_a_label_is_reported(spine):
    bodies = find_bodies(spine.labels, {"L1": 6, "L2": 5, "L3": 40}, ("L1", "L2", "L3", "L4"))
    outcomes = from_map(spine.image(), bodies, SETTINGS).outcomes
    assert outcomes["L3"].reason == "L3 (label 40) is absent from the label map."
    assert outcomes["L4"].reason == "The label scheme gives no number for L4."


@pytest.mark.parametrize(
    ("labels", "image", "flags"),
    [("a1", "a1", ()), ("a1", "b2", ("frame_of_reference",)), ("", "b2", ()), ("a1", "", ())],
)
def test_labels_of_another_frame_of_reference_are_flagged(labels, image, flags):
    assert LabelledBodies({}, labels).frame_flags({"FrameOfReferenceDigest": image}) == flags


def test_r2star_and_t2star_maps_give_one_truth(spine):
    as_t2star = Volume(1000 / np.maximum(spine.r2star.array, 1e-3), spine.r2star.affine_lps)
    for kind, image in (("r2star", spine.r2star), ("t2star", as_t2star)):
        found = r2star_values(Image(image, ImageFacts()), kind, spine.bodies, SETTINGS)
        assert {level: one.values.mean for level, one in found.items()} == pytest.approx(
            R2STAR, abs=0.5
        )
    in_seconds = Volume(as_t2star.array / 1000, as_t2star.affine_lps)
    found = r2star_values(Image(in_seconds, ImageFacts(unit="s")), "t2star", spine.bodies, SETTINGS)
    assert found["L1"].values.mean == pytest.approx(70, abs=0.5)


def test_an_r2star_map_listed_as_t2star_is_refused(spine):
    found = r2star_values(Image(spine.r2star, ImageFacts()), "t2star", spine.bodies, SETTINGS)
    assert all("R2* of" in outcome.reason for outcome in found.values())
    with pytest.raises(DataFault, match="declares the unit '%'"):
        r2star_values(Image(spine.r2star, ImageFacts(unit="%")), "r2star", spine.bodies, SETTINGS)


def converted(path, kind):
    """Return the image of a kind that a DICOM folder or NIfTI file holds."""
    series = convert_series(path, kind)
    return Image(series.volume, facts_of(series.sidecar))


@pytest.mark.parametrize("folder", ["ff_per_mille", "ff_philips_rescale"])
def test_maps_of_another_program_give_their_truth(fixtures, folder):
    truth = json.loads((fixtures / "truth.json").read_text())
    labels = read_label_map(fixtures / "vertebrae_mr.nii.gz")
    bodies = find_bodies(labels.volume, labels.numbers(truth["label_scheme"]), LEVELS)
    measured = from_map(converted(fixtures / folder, "fat_fraction"), bodies, SETTINGS)
    assert means(measured) == pytest.approx(truth["pdff_percent"], abs=1.0)


def test_an_exchanged_map_of_another_program_is_refused(fixtures):
    labels = read_label_map(fixtures / "vertebrae_mr.nii.gz")
    bodies = find_bodies(labels.volume, labels.numbers("verse"), LEVELS)
    image = converted(fixtures / "ff_exchanged.nii.gz", "fat_fraction")
    with pytest.raises(DataFault, match="Water and fat are exchanged"):
        from_map(image, bodies, SETTINGS)
