"""Fat fraction, R2*, water and fat images of three makers: which is taken, and on what scale."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace

import dcm2niix
import numpy as np
import pytest
from pydicom import dcmwrite
from pydicom.sequence import Sequence
from scipy.ndimage import binary_erosion

from bonecohort.faults import DataFault
from bonecohort.images.convert import convert_series
from bonecohort.images.nifti import read_nifti, write_nifti
from bonecohort.techniques.image import Image
from tests.images.water_fat import (
    CONTENTS,
    FAT,
    FAT_FRACTION,
    R2STAR,
    WATER,
    enhanced,
    mapping,
    one_part_a_content,
    series,
    stored_values,
)
from tests.images.writer import same_in_world

PHILIPS = "Philips Medical Systems"
DISPLAY, SCALE_SLOPE = (0.025, -5.0), 0.41


def values(converted):
    """Return the voxels in the order in which they were stored; shape (slices, rows, columns)."""
    return converted.volume.array.transpose(2, 1, 0)


def run_dcm2niix(folder, target, *options):
    """Convert with dcm2niix, which writes Philips's "floating point" values unless ``-p n``."""
    target.mkdir()
    command = [dcm2niix.bin, "-z", "n", "-b", "y", *options, "-f", "map", "-o", target, folder]
    subprocess.run(command, check=True, capture_output=True)
    (image,) = target.glob("*.nii")
    return image


def test_a_siemens_map_keeps_its_per_mille_and_says_how_it_was_made(tmp_path):
    made = series(stored_values(), ["FAT_FRACTION"], "t1_vibe_q-dixon_FF DOEXX")
    converted = convert_series(made.write(tmp_path), FAT_FRACTION)
    assert np.array_equal(values(converted), stored_values())
    sidecar = converted.sidecar
    assert sidecar["ScaleApplied"] == "none: values as stored"
    assert "RealWorldValueUnit" not in sidecar
    assert sidecar["ImageType"] == ["DERIVED", "PRIMARY", "M", "FAT_FRACTION"]
    assert (sidecar["FlipAngle"], sidecar["RepetitionTime"]) == (4, 0.009)
    assert sidecar["EchoTime"] == pytest.approx(0.0011)
    assert (sidecar["Manufacturer"], sidecar["QuantitativeSequence"]) == ("SIEMENS", "q-Dixon")
    assert sidecar["Warnings"] == []
    assert "DOEXX" not in json.dumps(sidecar)


def test_a_map_of_philips_has_the_displayed_values_not_the_floating_point_ones(tmp_path):
    made = series(
        stored_values(), ["FF"], "mDIXON-Quant_BH", PHILIPS, slope=DISPLAY, scale_slope=SCALE_SLOPE
    )
    folder = made.write(tmp_path / "map")
    converted = convert_series(folder, FAT_FRACTION)
    assert converted.volume.array.dtype == np.float32
    assert np.allclose(values(converted), stored_values() * 0.025 - 5, rtol=1e-6)
    shown = read_nifti(run_dcm2niix(folder, tmp_path / "shown", "-p", "n"))
    assert same_in_world(converted.volume, shown).max() < 1e-5
    sidecar = converted.sidecar
    assert sidecar["ScaleApplied"] == "RescaleSlope and RescaleIntercept"
    assert sidecar["UsePhilipsFloatNotDisplayScaling"] == 0
    assert sidecar["PhilipsScaleSlope"] == pytest.approx(SCALE_SLOPE)
    assert sidecar["QuantitativeSequence"] == "mDIXON Quant"


@pytest.mark.parametrize("options", [[], ["-p", "y"], ["-p", "n"]])
def test_a_nifti_of_a_philips_map_is_turned_back_into_displayed_values(tmp_path, options):
    made = series(stored_values(), ["FF"], "FF", PHILIPS, slope=DISPLAY, scale_slope=SCALE_SLOPE)
    image = run_dcm2niix(made.write(tmp_path / "map"), tmp_path / "niix", *options)
    converted = convert_series(image, FAT_FRACTION)
    from_dicom = convert_series(tmp_path / "map", FAT_FRACTION)
    assert same_in_world(converted.volume, from_dicom.volume).max() < 1e-4
    assert converted.sidecar["UsePhilipsFloatNotDisplayScaling"] == 0


def test_water_and_fat_of_philips_have_one_scale(tmp_path):
    for kind, word, slope, scale_slope in (
        (WATER, "W", (0.5, 0.0), 0.02), (FAT, "F", (0.125, 0.0), 0.02),
    ):  # fmt: skip
        made = series(stored_values(), [word], word, PHILIPS, slope=slope, scale_slope=scale_slope)
        folder = made.write(tmp_path / word)
        converted = convert_series(folder, kind)
        float_point = read_nifti(run_dcm2niix(folder, tmp_path / f"niix_{word}", "-p", "y"))
        assert same_in_world(converted.volume, float_point).max() < 1e-2
        assert np.allclose(values(converted), stored_values() / 0.02, rtol=1e-6)
        assert converted.sidecar["UsePhilipsFloatNotDisplayScaling"] == 1


def test_a_real_world_value_goes_before_the_rescale(tmp_path):
    made = series(stored_values(), ["FAT_FRACTION"], slope=(1, 0))
    for dataset in made.datasets:
        dataset.RealWorldValueMappingSequence = Sequence(
            [mapping("ms", 7), mapping("1", 0.0005, -0.05), mapping("%", 0.05, -5)]
        )
    converted = convert_series(made.write(tmp_path), FAT_FRACTION)
    assert np.allclose(values(converted), stored_values() * 0.05 - 5)
    assert converted.sidecar["RealWorldValueUnit"] == "%"
    assert converted.sidecar["ScaleApplied"] == "real world value mapping"


def test_a_real_world_value_in_another_unit_is_not_used(tmp_path):
    made = series(stored_values(), ["R2_STAR"], slope=(0.5, 0))
    for dataset in made.datasets:
        dataset.RealWorldValueMappingSequence = Sequence([mapping("DOEXX", 3), mapping("%", 3)])
    converted = convert_series(made.write(tmp_path), R2STAR)
    assert np.allclose(values(converted), stored_values() * 0.5)
    assert "RealWorldValueUnit" not in converted.sidecar


@pytest.mark.parametrize("what", ["real world value", "RescaleSlope", "Scale Slope"])
def test_slices_of_different_scales_are_refused(tmp_path, what):
    kind = WATER if what == "Scale Slope" else FAT_FRACTION
    made = series(stored_values(), ["W" if kind is WATER else "FF"])
    for dataset in made.datasets[:2]:
        match what:
            case "real world value":
                dataset.RealWorldValueMappingSequence = Sequence([mapping("%", 0.1)])
            case "RescaleSlope":
                dataset.RescaleSlope, dataset.RescaleIntercept = 0.1, 0
            case "Scale Slope":
                dataset.private_block(0x2005, "Philips MR Imaging DD 001", create=True).add_new(
                    0x0E, "FL", 0.1
                )
    with pytest.raises(DataFault, match=f"Of 5 slices only 2 have .*{what}"):
        convert_series(made.write(tmp_path), kind)


@pytest.mark.parametrize(
    ("kind", "index"), [(WATER, 0), (FAT, 1), (FAT_FRACTION, 2)], ids=lambda one: str(one)[:20]
)
def test_the_frames_of_one_content_are_taken_from_a_multi_frame_object(tmp_path, kind, index):
    parts = one_part_a_content()
    dcmwrite(tmp_path / "one file", enhanced(parts))
    converted = convert_series(tmp_path, kind)
    slope, intercept = parts[index][2]
    shown = parts[index][1] * slope + intercept
    expected = shown if kind.scale == "quantity" else shown / (slope * 0.04)
    assert np.allclose(values(converted), expected, rtol=1e-6)
    assert converted.sidecar["ImageType"][3] == CONTENTS[index]


def test_a_real_world_value_of_a_frame_is_applied(tmp_path):
    dataset = enhanced([("FAT_FRACTION", stored_values(), (1.0, 0.0), 0.04)])
    for frame in dataset.PerFrameFunctionalGroupsSequence:
        frame.RealWorldValueMappingSequence = Sequence([mapping("ms", 2), mapping("1", 0.001)])
    dcmwrite(tmp_path / "one file", dataset)
    converted = convert_series(tmp_path, FAT_FRACTION)
    assert np.allclose(values(converted), stored_values() * 0.001)
    assert converted.sidecar["RealWorldValueUnit"] == "1"


SIEMENS = {f"t1_vibe_{word}": [] for word in ("W", "F", "FF", "in", "opp", "R2s")}
GE = {"WATER: Ax": [], "FAT: Ax": [], "FatFrac: Ax": [], "InPhase: Ax": [], "OutPhase: Ax": [],
      "R2*: Ax": []}  # fmt: skip
TYPED = {"a": ["WATER"], "b": ["FAT"], "c": ["FAT_FRACTION"], "d": ["IN_PHASE"],
         "e": ["OPP_PHASE"], "f": ["R2_STAR_MAP"]}  # fmt: skip


@pytest.mark.parametrize("acquisition", [SIEMENS, GE, TYPED], ids=["siemens", "ge", "by type"])
def test_of_the_series_of_one_acquisition_the_one_asked_for_is_taken(tmp_path, acquisition):
    for number, (description, shows) in enumerate(acquisition.items()):
        made = series(stored_values(offset=number), shows, description)
        made.write(tmp_path, f"S{number}")
    for kind, number in ((WATER, 0), (FAT, 1), (FAT_FRACTION, 2), (R2STAR, 5)):
        converted = convert_series(tmp_path, kind)
        assert np.array_equal(values(converted), stored_values(offset=number))
        assert converted.sidecar["Warnings"] == []


def test_two_maps_of_one_kind_ask_for_the_series(tmp_path):
    first, second = (series(stored_values(offset=one), ["FF"]) for one in (0, 1))
    first.write(tmp_path, "A")
    second.write(tmp_path, "B")
    with pytest.raises(DataFault, match=r"2 fat_fraction series fit equally well.*series_uid"):
        convert_series(tmp_path, FAT_FRACTION)
    assert np.array_equal(
        values(convert_series(tmp_path, FAT_FRACTION, second.uid)), stored_values(offset=1)
    )


def test_a_series_of_something_else_is_refused(tmp_path):
    water, fat = series(stored_values(), ["WATER"]), series(stored_values(), [], "vibe_F")
    water.write(tmp_path, "A")
    fat.write(tmp_path, "B")
    with pytest.raises(DataFault, match=r"No series shows fat fraction: .* says fat, water"):
        convert_series(tmp_path, FAT_FRACTION)
    with pytest.raises(DataFault, match="says water"):
        convert_series(tmp_path, FAT_FRACTION, water.uid)
    (warning,) = convert_series(tmp_path, FAT_FRACTION, fat.uid).sidecar["Warnings"]
    assert warning == "The description of the series says fat, not fat fraction."


ADC = Image("adc_map", "ADC map", "MR", shows="ADC", derived=True, scale="quantity")


@pytest.mark.parametrize(
    ("words", "description", "shown"),
    [
        (["DIFFUSION", "TRACEW", "ND"], "ep2d_diff_b50_b800_TRACEW DOEXX", "the trace"),
        (["DIFFUSION", "FA", "ND"], "ep2d_diff_FA DOEXX", "fractional anisotropy"),
        (["DIFFUSION", "COLFA"], "", "fractional anisotropy"),
        (["DIFFUSION", "TENSOR"], "", "a diffusion tensor"),
        (["DIFFUSION", "CALC_BVALUE"], "", "a computed b value"),
        (["COMBINED"], "Exponential Apparent Diffusion Coefficient", "exponential ADC"),
    ],
)
def test_what_else_is_made_of_diffusion_images_is_no_adc(tmp_path, words, description, shown):
    made = series(stored_values(), words, description)
    with pytest.raises(DataFault, match=f"No series shows ADC: .* says {shown}"):
        convert_series(made.write(tmp_path), ADC)


@pytest.mark.parametrize(
    ("words", "description"),
    [
        (["DIFFUSION", "ADC", "ND"], "ep2d_diff_b50_b800_TRACEW_ADC"),
        (["COMBINED"], "Apparent Diffusion Coefficient (mm2/s)"),
        (["M", "ADC"], ""),
    ],
)
def test_an_adc_map_is_taken(tmp_path, words, description):
    made = series(stored_values(), words, description)
    assert convert_series(made.write(tmp_path), ADC).sidecar["Warnings"] == []


@pytest.mark.parametrize("unit", ["um2/ms", "10*-6.mm2.s-1", "mm2.s-1", "um2.s-1"])
def test_the_units_of_an_adc_are_read(tmp_path, unit):
    image = replace(ADC, units=(unit,))
    made = series(stored_values(), ["DIFFUSION", "ADC"], "")
    for dataset in made.datasets:
        dataset.RealWorldValueMappingSequence = Sequence([mapping(unit, 0.5)])
    converted = convert_series(made.write(tmp_path), image)
    assert converted.sidecar["RealWorldValueUnit"] == unit
    assert np.allclose(values(converted), 0.5 * stored_values())


def test_a_series_of_which_nothing_says_what_it_shows_is_taken_with_a_warning(tmp_path):
    converted = convert_series(series(stored_values()).write(tmp_path), FAT_FRACTION)
    (warning,) = converted.sidecar["Warnings"]
    assert warning.startswith("Neither ImageType nor the description says")


def test_the_words_of_a_kind_of_another_technique_are_known_to_it_alone(tmp_path):
    t1rho = replace(R2STAR, kind="t1rho", shows="T1rho", words=("T1RHO",))
    series(stored_values(), ["T1RHO"]).write(tmp_path, "A")
    series(stored_values(offset=1), ["FAT"]).write(tmp_path, "B")
    assert np.array_equal(values(convert_series(tmp_path, t1rho)), stored_values())


def test_a_nifti_that_shows_something_else_is_refused(tmp_path):
    made = series(stored_values(), ["WATER"], "W")
    image = run_dcm2niix(made.write(tmp_path / "water"), tmp_path / "niix")
    assert convert_series(image, WATER)
    with pytest.raises(DataFault, match="says water"):
        convert_series(image, FAT_FRACTION)


def test_a_voxel_that_is_no_number_is_a_missing_one(tmp_path):
    folder = series(stored_values(), ["FF"], slope=(0.05, 0)).write(tmp_path / "map")
    volume = convert_series(folder, FAT_FRACTION).volume
    volume.array[0, 0, 0] = np.nan
    write_nifti(tmp_path / "map.nii.gz", volume)
    converted = convert_series(tmp_path / "map.nii.gz", FAT_FRACTION)
    assert np.isnan(converted.volume.array).sum() == 1


@pytest.mark.parametrize("name", ["ff_per_mille", "ff_philips_rescale"])
def test_the_maps_of_a_phantom_have_the_planted_fat_fraction(shared_data, name):
    folder = shared_data.parent / "modalities/fixtures/pdff"
    if not folder.is_dir():
        pytest.skip("the fixtures of fat fraction maps are absent")
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))["pdff_percent"]
    converted = convert_series(folder / name, FAT_FRACTION)
    percent = converted.volume.array * (0.1 if name == "ff_per_mille" else 1.0)
    labels = read_nifti(folder / "vertebrae_mr.nii.gz")
    for number, (level, expected) in enumerate(truth.items(), start=20):  # VerSe: L1 is 20
        inside = binary_erosion(labels.array == number)
        index = converted.volume.to_index(labels.to_lps(np.argwhere(inside).astype(float)))
        found = percent[tuple(np.rint(index).astype(int).T)]
        assert float(np.median(found)) == pytest.approx(expected, abs=1.0), level


@pytest.mark.parametrize("name", ["001", "001_implicit"])
def test_signals_of_a_real_philips_object_are_those_of_dcm2niix(shared_data, tmp_path, name):
    folder = shared_data / "dicom/philips_enhanced/anatomical" / name
    signal = Image("signal", "signal", "MR", derived=True, scale="signal")
    converted = convert_series(folder, signal)
    float_point = read_nifti(run_dcm2niix(folder, tmp_path / "niix", "-p", "y"))
    away = same_in_world(converted.volume, float_point, tolerance_mm=0.01)
    assert away.max() < 1e-5 * float_point.array.max()
    assert converted.sidecar["UsePhilipsFloatNotDisplayScaling"] == 1
