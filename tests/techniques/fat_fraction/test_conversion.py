"""Maps and pairs as scanners and converters write them give the phantom's truth."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from pydicom import dcmwrite
from pydicom.dataset import Dataset

from bonecohort.annotations.labels.schemes import SCHEMES
from bonecohort.demo.cohort import draw_cohort
from bonecohort.demo.dicom import write_series
from bonecohort.images.nifti import write_nifti
from bonecohort.images.volume import Volume
from bonecohort.measures.mr.bodies import find_bodies
from bonecohort.techniques.fat_fraction import demo
from bonecohort.techniques.fat_fraction.settings import MrFatSettings
from bonecohort.techniques.fat_fraction.sources import SIGNAL, WATER_FAT, from_map, from_pair
from tests.images.water_fat import enhanced
from tests.techniques.fat_fraction.conftest import PDFF
from tests.techniques.fat_fraction.test_maps import converted, means

SETTINGS = MrFatSettings()


def write(folder, acquisition, image, values, **header):
    """Write an image as DICOM, with values as stored, and further header values."""
    described = replace(acquisition, values=acquisition.values | header)
    (participant,) = draw_cohort(1, seed=3)
    stored = Volume(np.rint(values).astype(np.int16), image.affine_lps)
    write_series(folder, stored, described, thickness_mm=4.0, participant=participant, seed=3)
    return folder


def real_world(unit, slope, intercept):
    """Return a real world value mapping (PS3.3, C.7.6.16.2.11)."""
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = unit, "UCUM", "unit"
    item = Dataset()
    item.MeasurementUnitsCodeSequence = [code]
    item.RealWorldValueSlope, item.RealWorldValueIntercept = slope, intercept
    item.RealWorldValueFirstValueMapped, item.RealWorldValueLastValueMapped = 0, 4095
    item.LUTLabel = item.LUTExplanation = "PDFF"
    return [item]


def test_percent_as_ge_stores_it(spine, tmp_path):
    folder = write(
        tmp_path / "map", demo.PER_MILLE_MAP, spine.percent, spine.percent.array,
        Manufacturer="GE MEDICAL SYSTEMS", SeriesDescription="FatFrac: Ax IDEAL IQ",
        ImageType=["DERIVED", "PRIMARY", "IDEAL", "FATFRAC"],
    )  # fmt: skip
    measured = from_map(converted(folder, "fat_fraction"), spine.bodies, SETTINGS)
    assert means(measured) == pytest.approx(PDFF, abs=0.3)


@pytest.mark.parametrize(("unit", "in_unit"), [("%", 1.0), ("1", 0.01)])
def test_a_real_world_value_mapping_goes_before_the_rescale(spine, tmp_path, unit, in_unit):
    """The rescale is for display; the mapping gives 0.025 % a step, from -2.5 %."""
    folder = write(
        tmp_path / "map", demo.PER_MILLE_MAP, spine.percent, (spine.percent.array + 2.5) / 0.025,
        RescaleSlope="3", RescaleIntercept="-7",
        RealWorldValueMappingSequence=real_world(unit, 0.025 * in_unit, -2.5 * in_unit),
    )  # fmt: skip
    image = converted(folder, "fat_fraction")
    assert image.facts.unit == unit
    assert means(from_map(image, spine.bodies, SETTINGS)) == pytest.approx(PDFF, abs=0.3)


def test_a_vendor_s_quantitative_pair_is_pdff(spine, tmp_path):
    pair = [
        converted(
            write(
                tmp_path / kind, acquisition, signal, signal.array,
                FlipAngle="4", SeriesDescription=f"t1_vibe_q-dixon_{word}",
            ),
            kind,
        )
        for kind, acquisition, signal, word in (
            ("water_image", demo.WATER, spine.water, "W"),
            ("fat_image", demo.FAT, spine.fat, "F"),
        )
    ]  # fmt: skip
    measured = from_pair(*pair, spine.bodies, SETTINGS)
    assert measured.method == WATER_FAT
    assert means(measured) == pytest.approx(PDFF, abs=0.3)


def test_a_nifti_map_of_philips_floating_point_values(spine, tmp_path):
    """Dcm2niix by default writes DV / (RS · SS); its sidecar has both slopes."""
    rescale, scale = 0.025, 0.41
    path = tmp_path / "map.nii.gz"
    write_nifti(path, Volume(spine.percent.array / (rescale * scale), spine.percent.affine_lps))
    sidecar = {
        "Modality": "MR",
        "ImageType": ["ORIGINAL", "PRIMARY", "FF", "FF"],
        "UsePhilipsFloatNotDisplayScaling": 1,
        "PhilipsRescaleSlope": rescale,
        "PhilipsScaleSlope": scale,
    }
    (tmp_path / "map.json").write_text(json.dumps(sidecar))
    measured = from_map(converted(path, "fat_fraction"), spine.bodies, SETTINGS)
    assert means(measured) == pytest.approx(PDFF, abs=0.3)


def test_one_multi_frame_object_of_philips_holds_map_and_pair(spine, tmp_path):
    """Frames of every content in one file, signals each with a display scale of its own."""

    def stored(values):
        return np.rint(values).astype(np.int16).transpose(2, 1, 0)

    dataset = enhanced(
        [
            ("WATER", stored(spine.water.array), (1.7, 0.0), 0.02),
            ("FAT", stored(spine.fat.array), (0.4, 0.0), 0.02),
            ("FAT_FRACTION", stored((spine.percent.array + 5) / 0.05), (0.05, -5.0), 0.41),
            ("IN_PHASE", stored(spine.water.array + spine.fat.array), (1.0, 0.0), 0.02),
        ]
    )
    dataset.Columns, dataset.Rows = spine.percent.array.shape[:2]
    path = tmp_path / "all.dcm"
    dcmwrite(path, dataset)
    vendor_map, water, fat = (
        converted(tmp_path / "all.dcm", kind)
        for kind in ("fat_fraction", "water_image", "fat_image")
    )
    labels = Volume(spine.labels.array, vendor_map.volume.affine_lps)
    bodies = find_bodies(labels, SCHEMES["totalsegmentator_mr"], tuple(PDFF))
    assert means(from_map(vendor_map, bodies, SETTINGS)) == pytest.approx(PDFF, abs=0.3)
    measured = from_pair(water, fat, bodies, SETTINGS)
    assert measured.method == SIGNAL  # no description names a quantitative sequence
    assert means(measured) == pytest.approx(PDFF, abs=0.3)
