"""Echoes of magnitudes alone: the truth of each body by one fit, or a reason for none."""

from __future__ import annotations

import json

import numpy as np
import pytest

from bonecohort.images.volume import Volume
from bonecohort.measures.mr.bodies import disc_places
from bonecohort.techniques.fat_fraction.magnitudes import MagnitudeEchoes, disc_fat_fractions
from tests.measures.mr.echoes import AT_3T, TIMES_MS, echoes, with_noise
from tests.measures.mr.test_magnitude import model
from tests.techniques.fat_fraction.conftest import LEVELS, PDFF, R2STAR
from tests.techniques.fat_fraction.test_echoes import (
    measured,
    parts,
    put,
    results,
    signals,
    values,
)

__all__ = ["results", "signals"]
NOISE_SD = 12.0
"""Of the real and the imaginary part."""
PDFF_ROW, R2STAR_ROW = ("pdff", "pdff.magnitude.v1"), ("r2star", "r2star.magnitude.v1")


def magnitudes(array, volumes):
    """Return the magnitudes of a stack of magnitudes and phases."""
    return array[..., ::2], volumes[::2]


def put_magnitudes(results, spine, signals, **sidecar):
    put(results, *magnitudes(*parts(signals)), spine.water.affine_lps, **sidecar)


def fit_record(results):
    return json.loads((results / "participants/P1/fat_fraction/echoes.json").read_text())


def in_air(spine, signals):
    """Return the signals with noise alone where there is no tissue."""
    air = (spine.water.array + spine.fat.array < 100)[..., None]
    return np.where(air, with_noise(np.zeros(signals.shape), NOISE_SD, 7), signals)


def test_magnitudes_give_the_true_fat_fraction_and_r2star(spine, signals, results):
    put_magnitudes(results, spine, in_air(spine, signals))
    for level, record in measured(spine, results, shown=True).items():
        found = values(record)
        assert (record["status"], record["flags"]) == ("measured", [])
        assert found[PDFF_ROW] == pytest.approx(PDFF[level], abs=1)
        assert found[R2STAR_ROW] == pytest.approx(R2STAR[level], abs=4)
        assert found["t2star", "r2star.magnitude.v1"] == pytest.approx(1000 / found[R2STAR_ROW])
        assert {measure for measure, _ in found} == {"pdff", "r2star", "t2star"}
        assert record["regions"]["fat_fraction"]["sd"] is None
    fit = fit_record(results)
    assert (fit["status"], fit["volumes"], fit["fat_spectrum"]) == ("fitted", [], "liver")
    assert fit["noise_power"] == pytest.approx(2 * NOISE_SD**2, rel=0.02)
    folder = results / "participants/P1"
    assert not (folder / "fat_fraction/echoes.nii.gz").exists()
    assert (folder / "qc/fat_fraction.png").is_file()


def test_a_fit_of_complex_echoes_before_leaves_no_maps_behind(spine, signals, results):
    put(results, *parts(signals), spine.water.affine_lps)
    measured(spine, results)
    put_magnitudes(results, spine, signals)
    assert values(measured(spine, results)["L2"])[PDFF_ROW] == pytest.approx(PDFF["L2"], abs=1)
    assert not (results / "participants/P1/fat_fraction/echoes.nii.gz").exists()


def test_the_discs_are_lean(spine, signals):
    stack = Volume(np.abs(signals), spine.water.affine_lps)
    found_echoes = MagnitudeEchoes(stack, model(AT_3T, TIMES_MS), 2 * NOISE_SD**2)
    found = disc_fat_fractions(found_echoes, disc_places(list(spine.bodies.values())))
    assert sorted(found) == list(LEVELS)
    assert all(0 <= percent < 12 for percent in found.values())


def test_a_swapped_vertebra_has_a_reason(spine, signals, results):
    """Its echoes are those of a body of 78% between neighbours of about 20%."""
    changed = signals.copy()
    for level in ("L1", "L2", "L4", "L5"):
        changed[spine.label(level)] = tissue(20)
    changed[spine.label("L3")] = tissue(78)
    put_magnitudes(results, spine, changed)
    records = measured(spine, results)
    assert values(records["L2"])[PDFF_ROW] == pytest.approx(20, abs=1)
    assert PDFF_ROW not in values(records["L3"])
    assert any("Water-fat swap suspected" in flag for flag in records["L3"]["flags"])


def tissue(percent):
    return 700 * echoes(percent, 90.0, 10.0)


def test_labels_beside_the_vertebrae_are_refused(spine, signals, results):
    put_magnitudes(results, spine, np.roll(signals, 9, axis=1))
    for record in measured(spine, results).values():
        assert (record["status"], record["measurements"]) == ("excluded", [])
        assert "The labels do not lie on the vertebrae" in record["reason"]


def test_another_fat_fraction_that_fits_as_well_is_flagged(spine, signals, results):
    """A wrong second echo makes two fits about as bad."""
    odd = signals * np.array([1, 1, 1, 0.75, 1, 1.2])
    put_magnitudes(results, spine, odd)
    flags = [flag for one in measured(spine, results).values() for flag in one["flags"]]
    assert any(flag.startswith("residual: ") for flag in flags)


def test_a_body_without_signal_has_a_reason(spine, signals, results):
    empty = signals.copy()
    empty[spine.label("L4")] = 0
    put_magnitudes(results, spine, empty)
    record = measured(spine, results)["L4"]
    assert (record["status"], record["measurements"]) == ("excluded", [])
    assert record["reason"] == "The echoes of the region hold no signal above the noise."


def test_the_spectrum_is_that_of_the_settings(spine, signals, results):
    put_magnitudes(results, spine, signals)
    measured(spine, results, settings={"fat_spectrum": "marrow"})
    fit = fit_record(results)
    assert (fit["fat_spectrum"], fit["fat_peaks"][:19]) == ("marrow", "ten peaks of marrow")
