"""The internal calibration, against the values of its public implementation."""

from __future__ import annotations

import csv

import pytest

from bonecohort.faults import DataFault
from bonecohort.techniques.qct.attenuation import ENERGY_KEV, MASS_ATTENUATION_CM2_G
from bonecohort.techniques.qct.fitted import Sample
from bonecohort.techniques.qct.internal import calibrate_by_tissues, fit_tissues
from bonecohort.techniques.qct.settings import EVERY_TISSUE

TISSUES = {"adipose": -102.0, "air": -1000.0, "blood": 42.0, "bone": 1250.0, "muscle": 58.0}
DENSITY = {0: 34.685, 50: 58.929, 100: 85.185, 150: 113.453, 200: 143.732}


def samples(**hu):
    return {name: Sample(name, value) for name, value in (TISSUES | hu).items()}


def test_density_is_that_of_the_public_implementation():
    found = calibrate_by_tissues(samples(), EVERY_TISSUE)
    assert found.details["energy_kev"] == 97.5
    assert found.calibration.r2 == pytest.approx(0.99726481, abs=5e-9)
    assert found.calibration.density(list(DENSITY)) == pytest.approx(
        list(DENSITY.values()), abs=5.1e-4
    )
    assert found.calibration.method == "qct.internal.k2hpo4.afbcm"
    assert found.flags == ()


def test_without_bone_the_density_is_another():
    without = {name: one for name, one in samples().items() if name != "bone"}
    found, _ = fit_tissues(without)
    assert found.density(200) == pytest.approx(101.7, abs=0.05)
    assert found.method == "qct.internal.k2hpo4.afbm"


def test_blood_is_left_out_by_the_setting_alone():
    tissues = tuple(name for name in EVERY_TISSUE if name != "blood")
    found = calibrate_by_tissues(samples(blood=180.0), tissues).calibration
    assert found.method == "qct.internal.k2hpo4.afcm"
    without = {name: one for name, one in samples().items() if name != "blood"}
    assert found == fit_tissues(without)[0]


REFUSED = {
    "contrast agent": ({"blood": 180.0}, "sample of blood has 180 HU; -20 to 60.*contrast agent"),
    "water for fat": ({"adipose": 0.0}, "sample of adipose has 0 HU"),
    "clipped air": ({"air": -900.0}, "sample of air has -900 HU; -1030 to -980"),
    "fat for muscle": ({"muscle": -80.0}, "sample of muscle has -80 HU"),
    "marrow for bone": ({"bone": 40.0}, "sample of bone has 40 HU, no more than that of muscle"),
}


@pytest.mark.parametrize(("hu", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_sample_that_is_not_its_tissue_is_refused(hu, reason):
    with pytest.raises(DataFault, match=reason):
        calibrate_by_tissues(samples(**hu), EVERY_TISSUE)


def test_every_tissue_is_needed():
    given = samples()
    del given["muscle"], given["air"]
    with pytest.raises(DataFault, match="no sample of air and muscle"):
        calibrate_by_tissues(given, EVERY_TISSUE)


def test_the_attenuation_is_that_of_the_published_table(shared_data):
    with (shared_data.parent / "modalities/ct_data/bmd/nist_mass_attenuation.csv").open() as file:
        published = {
            (row["material"], float(row["energy_kev"])): float(row["mu_rho_cm2_g"])
            for row in csv.DictReader(file)
        }
    for material, values in MASS_ATTENUATION_CM2_G.items():
        assert values == tuple(published[material, energy] for energy in ENERGY_KEV), material
