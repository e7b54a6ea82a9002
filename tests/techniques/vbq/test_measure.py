"""Scores of regions that a label map places: known truth, CSF by level, bands, refusals."""

from __future__ import annotations

import json
from dataclasses import replace
from statistics import median

import numpy as np
import pytest

from bonecohort.annotations.labels.read import read_label_map
from bonecohort.faults import DataFault
from bonecohort.images.nifti import read_nifti
from bonecohort.images.volume import Volume
from bonecohort.measures.mr.bodies import find_bodies
from bonecohort.measures.mr.outcome import MeasuredBody
from bonecohort.techniques.vbq.band import body_directions, endplate_bands
from bonecohort.techniques.vbq.measure import measure_bodies
from bonecohort.techniques.vbq.regions import fluid_region, marrow_region, mid_sagittal
from bonecohort.techniques.vbq.settings import VbqSettings
from tests.techniques.vbq.conftest import LEVELS, SCORES

SETTINGS = VbqSettings()


def measured(spine, image=None, canal=None, bodies=None, settings=SETTINGS):
    return measure_bodies(
        image or spine.image, canal or spine.canal, bodies or spine.bodies, "spin echo", settings
    )


def values_of(outcomes, measure):
    return {
        row.site: row.value
        for one in outcomes.values()
        if isinstance(one, MeasuredBody)
        for row in one.rows
        if row.measure == measure
    }


def test_another_programs_image_gives_its_truth(fixtures):
    truth = json.loads((fixtures / "truth.json").read_text())
    labels = read_label_map(fixtures / "labels.nii.gz")
    bodies = find_bodies(labels.volume, labels.numbers(truth["label_scheme"]), LEVELS)
    canal = Volume(labels.volume.array == truth["canal_label"], labels.volume.affine_lps)
    found = measure_bodies(read_nifti(fixtures / "t1.nii.gz"), canal, bodies, "spin echo", SETTINGS)
    expected = {
        level: signal / truth["csf_signal_L3"] for level, signal in truth["marrow_signal"].items()
    }
    levels = values_of(found, "vbq_level")
    assert levels == pytest.approx(expected, abs=0.01)
    of_four = [levels[level] for level in ("L1", "L2", "L3", "L4")]
    assert median(of_four) == pytest.approx(truth["vbq"], abs=0.01)
    assert np.mean(of_four) == pytest.approx(2.6417, abs=0.01)


def test_the_phantom_gives_its_truth(spine):
    found = measured(spine)
    assert values_of(found, "vbq_level") == pytest.approx(SCORES, rel=0.02)
    assert all(one.details["csf"]["level"] == "L3" for one in found.values())
    assert {row.method for row in found["L1"].rows} == {
        "vbq.auto.v1", "ebq.csf.v1", "ebq.marrow.v1",
    }  # fmt: skip


def test_scores_do_not_depend_on_the_unit_of_the_signal(spine):
    scaled = measured(spine, spine.changed(1e-3 * spine.image.array))
    assert values_of(scaled, "vbq_level") == pytest.approx(
        values_of(measured(spine), "vbq_level"), rel=1e-6
    )


@pytest.mark.parametrize("order", [(2, 0, 1), (1, 2, 0)])
def test_the_order_of_the_axes_does_not_count(spine, order):
    def turned(volume):
        affine = volume.affine_lps.copy()
        affine[:, :3] = affine[:, list(order)]
        return Volume(volume.array.transpose(order), affine)

    found = measured(spine, turned(spine.image), turned(spine.canal))
    assert values_of(found, "ebq") == pytest.approx(values_of(measured(spine), "ebq"), rel=1e-9)


def test_the_vein_is_left_out(spine):
    slab = mid_sagittal(spine.image, list(spine.bodies.values()))
    region = marrow_region(slab, spine.bodies["L3"], 5.0)
    outcome = measured(spine)["L3"]
    assert outcome.details["n_voxels"] < region.sum()
    assert slab.image.array[region].min() < 0.7 * outcome.details["signal"]


def test_where_l3_has_no_fluid_l2_stands_for_it(spine):
    slab = mid_sagittal(spine.image, list(spine.bodies.values()))
    rows = fluid_region(slab, spine.canal, spine.bodies["L3"], 0.0).any(axis=(0, 2))
    image = spine.image.array.copy()
    canal = spine.canal.array.copy()
    canal[:, rows] = False
    image[:, : int(np.flatnonzero(rows)[0])] *= 1.25  # a surface coil: brighter above
    found = measured(spine, spine.changed(image), spine.changed(canal))
    assert {one.details["csf"]["level"] for one in found.values()} == {"L2"}
    assert all("csf_level: L2" in one.flags for one in found.values())
    assert found["L1"].rows[0].value == pytest.approx(SCORES["L1"], rel=0.02)
    assert found["L4"].rows[0].value == pytest.approx(SCORES["L4"] / 1.25, rel=0.02)


def test_nerve_roots_make_fluid_unfit(spine):
    slab = mid_sagittal(spine.image, list(spine.bodies.values()))
    rows = fluid_region(slab, spine.canal, spine.bodies["L3"], 0.0).any(axis=(0, 2))
    image = spine.image.array.copy()
    striped = spine.canal.array & rows[None, :, None]
    striped[::2] = False
    image[striped] *= 3
    found = measured(spine, spine.changed(image))
    assert {one.details["csf"]["level"] for one in found.values()} == {"L2"}


def test_without_fluid_anywhere_the_reasons_are_told(spine):
    none = spine.changed(np.zeros_like(spine.canal.array))
    with pytest.raises(DataFault, match=r"L3: 0 voxels .*; L2: 0 voxels .*; L4: 0 voxels"):
        measured(spine, canal=none)


def test_a_missing_level_stops_no_other(spine):
    bodies = spine.bodies | {"L3": "L3 (label 43) is absent from the label map."}
    found = measured(spine, bodies=bodies)
    assert found["L3"].reason == "L3 (label 43) is absent from the label map."
    assert found["L1"].details["csf"]["level"] == "L2"
    assert values_of(found, "vbq_level").keys() == {"L1", "L2", "L4", "L5"}


def test_a_void_of_metal_is_refused(spine):
    image = spine.image.array.copy()
    image[spine.labels.array == 44] = 0
    found = measured(spine, spine.changed(image))
    assert "holds 0 voxels" in found["L4"].reason
    assert found["L4"].flags[-1] == "few_voxels"
    assert values_of(found, "vbq_level").keys() == {"L1", "L2", "L3", "L5"}


def test_no_body_at_all_is_a_fault(spine):
    with pytest.raises(DataFault, match="absent"):
        measured(spine, bodies=dict.fromkeys(LEVELS, "It is absent."))


def test_labels_beside_the_image_are_refused(spine):
    affine = spine.image.affine_lps.copy()
    affine[0, 3] += 200
    with pytest.raises(DataFault, match="outside the T1-weighted image"):
        measured(spine, Volume(spine.image.array, affine))


def test_a_body_that_the_image_cuts_has_no_endplates(spine):
    cut = Volume(spine.image.array[:, 33:], spine.image.affine_lps.copy())
    cut.affine_lps[:3, 3] = spine.image.to_lps(np.array([0.0, 33, 0]))
    found = measured(spine, cut)
    assert any(flag.startswith("partly_outside") for flag in found["L1"].flags)
    assert [row.measure for row in found["L1"].rows] == ["vbq_level"]


@pytest.mark.parametrize("tilt", [-30, 0, 17])
def test_bands_lie_under_the_endplates_of_a_tilted_body(tilt):
    """A rectangle of 34 x 26 mm, 0.5 mm pixels: each band is 3 mm x 23.8 mm."""
    step = 0.5
    affine = np.array([[0, 0, 4.0, 0], [step, 0, 0, -30], [0, -step, 0, 30], [0, 0, 0, 1]])
    grid = Volume(np.zeros((120, 120, 1), dtype=bool), affine)
    places = grid.to_lps(np.moveaxis(np.indices((120, 120, 1), dtype=float), 0, -1))
    angle = np.deg2rad(tilt)
    back = np.cos(angle) * places[..., 1] + np.sin(angle) * places[..., 2]
    up = np.cos(angle) * places[..., 2] - np.sin(angle) * places[..., 1]
    body = Volume((np.abs(back) < 17) & (np.abs(up) < 13), affine)
    bands = endplate_bands(body, 2, 3.0, 0.7)
    for side, sign in (("superior", 1), ("inferior", -1)):
        band = bands[side]
        assert band.sum() * step**2 == pytest.approx(3 * 0.7 * 34, rel=0.08)
        assert (sign * up[band]).min() > 13 - 3 - step
        assert np.abs(back[band]).max() < 0.35 * 34 + step
    turned_back, turned_up = body_directions(body, np.argwhere(body.array), 2)
    assert np.ptp(turned_up) == pytest.approx(26, abs=1.5)
    assert np.ptp(turned_back) == pytest.approx(34, abs=1.5)


def test_bright_endplates_are_seen_by_ebq_alone(spine):
    plain = measured(spine)
    index = np.moveaxis(np.indices(spine.image.array.shape, dtype=float), 0, -1)
    height = spine.image.to_lps(index)[..., 2]
    top = spine.bodies["L3"].points_lps_mm[:, 2].max()
    near = (height > top - 5) & (spine.labels.array == 43)
    image = np.where(near, 2 * spine.image.array, spine.image.array)
    found = measured(spine, spine.changed(image))
    before, after = values_of(plain, "ebq"), values_of(found, "ebq")
    assert after["L3.superior"] > 1.7 * before["L3.superior"]
    assert after["L3.inferior"] == pytest.approx(before["L3.inferior"], rel=1e-9)
    assert values_of(found, "vbq_level")["L3"] == pytest.approx(SCORES["L3"], rel=0.03)
    assert any(flag.startswith("endplate_apart: superior") for flag in found["L3"].flags)


def test_fluid_lies_deep_in_the_canal_and_in_the_rows_of_the_body(spine):
    slab = mid_sagittal(spine.image, list(spine.bodies.values()))
    region = fluid_region(slab, spine.canal, spine.bodies["L3"], 2.0)
    values = slab.image.array[region]
    assert len(values) > 100
    assert np.median(values) == pytest.approx(150, abs=1)
    assert values.max() < 190
    z = slab.image.to_lps(np.argwhere(region).astype(float))[:, 2]
    own = spine.bodies["L3"].points_lps_mm[:, 2]
    assert z.min() >= own.min() - 1.2
    assert z.max() <= own.max() + 1.2


def test_flags_of_outliers_have_a_limit(spine):
    strict = replace(SETTINGS, max_outlier_fraction=0.0)
    flags = measured(spine, settings=strict)["L3"].flags
    assert any(flag.startswith("outliers: ") for flag in flags)


def test_roots_in_a_third_of_the_fluid_make_it_unfit(spine):
    """The median absolute deviation would not see them."""
    slab = mid_sagittal(spine.image, list(spine.bodies.values()))
    region = fluid_region(slab, spine.canal, spine.bodies["L3"], SETTINGS.csf_erosion_mm)
    places = slab.image.to_lps(np.argwhere(region).astype(float))
    index = np.rint(spine.image.to_index(places)).astype(int)
    roots = index[np.random.default_rng(3).random(len(index)) < 0.4]
    array = spine.image.array.copy()
    array[tuple(roots.T)] = 350.0
    found = measured(spine, image=spine.changed(array))
    assert found["L2"].details["csf"]["level"] == "L2"
    assert values_of(found, "vbq_level") == pytest.approx(SCORES, rel=0.02)


def test_slices_beside_those_measured_may_be_missing(spine):
    """Of nine slices the image has five, which cut the bodies at both sides."""
    affine = spine.image.affine_lps.copy()
    affine[:3, 3] += 2 * affine[:3, 2]
    few = Volume(spine.image.array[..., 2:7], affine)
    found = measured(spine, image=few)
    assert values_of(found, "ebq") == pytest.approx(values_of(measured(spine), "ebq"))
    assert found["L3"].flags == ()
