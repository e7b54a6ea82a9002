"""Images derived from several X-ray energies look like a CT and are none (PS3.17, JJJJ.4)."""

from __future__ import annotations

import copy
import json

import nibabel
import numpy as np
import pytest
from pydicom import dcmwrite
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import generate_uid

from bonecohort.faults import DataFault
from bonecohort.images.energy import SpectralImage, spectral_image
from tests.images.expect import assert_converted, refused
from tests.images.kinds import convert_series
from tests.images.test_multiframe import enhanced, group
from tests.images.writer import ct_series

AXIAL = ["ORIGINAL", "PRIMARY", "AXIAL"]


def vmi(kev):
    return SpectralImage("virtual monoenergetic", kev)


def characteristics(kev):
    item = Dataset()
    item.MonoenergeticEnergyEquivalent = kev
    return Sequence([item])


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        # The standard's own words (PS3.3, C.8.2.1.1.1 and C.8.15.3.12).
        ({"ImageType": [*AXIAL, "VMI"], "MultienergyCTCharacteristicsSequence":
            characteristics(40.0)}, vmi(40)),
        ({"ImageType": [*AXIAL, "VMI"]}, vmi(None)),
        ({"ImageType": [*AXIAL, "EFF_ATOMIC_NUM"]}, SpectralImage("effective atomic number")),
        ({"ImageType": [*AXIAL, "ELECTRON_DENSITY"]}, SpectralImage("electron density")),
        ({"ImageType": [*AXIAL, "MAT_SPECIFIC"]}, SpectralImage("material map")),
        ({"ImageType": [*AXIAL, "MAT_REMOVED"]}, SpectralImage("material-removed")),
        ({"ImageType": [*AXIAL, "MAT_MODIFIED"]}, SpectralImage("material-modified")),
        ({"ImageType": AXIAL, "RescaleType": "10^-2 MGML"}, SpectralImage("material map")),
        # Siemens: the energy in ImageType, in a comment, in the name of the series.
        ({"ImageType": ["DERIVED", "SECONDARY", "AXIAL", "CT_SOM5 DUAL", "MONO_40"]}, vmi(40)),
        ({"SeriesDescription": "Abd 1.0 Q30f Monoenergetic Plus 60 keV#0"}, vmi(60)),
        ({"SeriesDescription": "MonoEnergeticPlus 70 keV"}, vmi(70)),
        ({"SeriesDescription": "Mono+ 55 keV"}, vmi(55)),
        ({"SeriesDescription": "MonoPlus_150keV"}, vmi(150)),
        ({"SeriesDescription": "Abdomen", "ImageComments": "40 keV"}, vmi(40)),
        ({"SeriesDescription": "Caput Q30s RhoZ Rho#1"}, SpectralImage("electron density")),
        ({"SeriesDescription": "DE LiverVNC_1.5"}, SpectralImage("virtual non-contrast")),
        ({"SeriesDescription": "Abd VNC 3.0"}, SpectralImage("virtual non-contrast")),
        # GE.
        ({"SeriesDescription": "GSI MONO 70 KEV"}, vmi(70)),
        ({"SeriesDescription": "40 keV 0.625mm"}, vmi(40)),
        ({"SeriesDescription": "VUE"}, SpectralImage("virtual non-contrast")),
        ({"SeriesDescription": "Iodine(Water)"}, SpectralImage("material map")),
        ({"SeriesDescription": "HAP (Water)"}, SpectralImage("material map")),
        ({"SeriesDescription": "MD Iodine"}, SpectralImage("material map")),
        ({"SeriesDescription": "MD-Water 1.25"}, SpectralImage("material map")),
        ({"SeriesDescription": "GSI Mono"}, vmi(None)),
        ({"ImageType": ["DERIVED", "PRIMARY", "AXIAL", "DE_MONO"]}, vmi(None)),
        ({"SeriesDescription": "Eff-Z"}, SpectralImage("effective atomic number")),
        # Philips.
        ({"SeriesDescription": "MonoE 40keV[HU]"}, vmi(40)),
        ({"SeriesDescription": "Iodine no Water[mg/ml*]"}, SpectralImage("material map")),
        ({"SeriesDescription": "Z Effective"}, SpectralImage("effective atomic number")),
        ({"SeriesDescription": "Electron Density[%EDW]"}, SpectralImage("electron density")),
        ({"SeriesDescription": "Calcium Suppression 75 Index[HU*]"},
         SpectralImage("material-modified")),
        # Chinese consoles; a protocol's name where there is no description.
        ({"SeriesDescription": "单能 50keV"}, vmi(50)),
        ({"SeriesDescription": "虚拟平扫"}, SpectralImage("virtual non-contrast")),
        ({"ProtocolName": "Lumbar MonoE 65keV"}, vmi(65)),
    ],
)  # fmt: skip
def test_a_derivative_is_known_by_any_of_its_marks(header, expected):
    assert spectral_image(header) == expected


@pytest.mark.parametrize(
    "header",
    [
        # A dual-source scanner at one energy, and the mixed image of a dual-energy scan.
        {"ImageType": [*AXIAL, "CT_SOM7 SPI DUAL", "STD", "SNRG", "DET_AB"]},
        {"SeriesDescription": "DE_Abdomen 1.0 Q30f 3 M_0.5", "ProtocolName": "DE VNC Mono 40 keV"},
        {"SeriesDescription": "Abdomen T3D Br40 Q3", "MultienergyCTAcquisition": "YES"},
        {"SeriesDescription": "Conventional[HU]"},
        {"SeriesDescription": "Abdomen, iodine contrast 370 mg I/ml"},
        {"SeriesDescription": "CT for attenuation 511 keV"},
        {"SeriesDescription": "L-spine 120 kV"},
        {"SeriesDescription": "Monochrome, kidney stone"},
        {"DerivationCodeSequence": group(CodeValue="113097", CodingSchemeDesignator="DCM",
                                         CodeMeaning="Multi-energy proportional weighting")},
        {"RealWorldValueMappingSequence": group(
            MeasurementUnitsCodeSequence=group(CodeValue="[hnsf'U]"))},
        {},
    ],
)  # fmt: skip
def test_a_conventional_image_is_none(header):
    assert spectral_image(header) is None


def coded(dataset):
    dataset.DerivationCodeSequence = group(CodeValue="129326", CodingSchemeDesignator="DCM")


def mapped(dataset):
    unit = group(CodeValue="mg/cm3", CodingSchemeDesignator="UCUM")
    dataset.RealWorldValueMappingSequence = group(MeasurementUnitsCodeSequence=unit)


def decomposed(dataset):
    dataset.MultienergyCTAcquisition = "YES"
    dataset.MultienergyCTProcessingSequence = group(DecompositionMethod="PROJECTION_BASED")


def described(dataset):
    dataset.SeriesDescription = "VNC 3.0"


@pytest.mark.parametrize(
    ("harm", "kind"),
    [
        (coded, "material-modified"),
        (mapped, "material map"),
        (decomposed, "decomposed"),
        (described, "virtual non-contrast"),
    ],
)
def test_a_derivative_is_refused_whatever_energy_is_allowed(tmp_path, harm, kind):
    series = ct_series()
    for dataset in series.datasets:
        harm(dataset)
    folder = series.write(tmp_path)
    reason = refused(folder)
    assert f"{kind} image" in reason
    assert "conventional" in reason
    with pytest.raises(DataFault, match=kind):
        convert_series(folder, "ct", monoenergetic_kev=(30, 200))


def monoenergetic(kev=40.0):
    series = ct_series()
    for dataset in series.datasets:
        dataset.ImageType = [*AXIAL, "VMI"]
        dataset.SeriesDescription = "Doe MonoE"
        dataset.MultienergyCTAcquisition = "YES"
        dataset.MultienergyCTCharacteristicsSequence = characteristics(kev)
    return series


def test_a_monoenergetic_series_is_refused_unless_its_energy_is_allowed(tmp_path):
    series = monoenergetic()
    folder = series.write(tmp_path)
    reason = refused(folder)
    for part in ("virtual monoenergetic image at 40 keV", "images.monoenergetic_kev", "now none"):
        assert part in reason
    with pytest.raises(DataFault, match="now 65 to 75 keV"):
        convert_series(folder, "ct", monoenergetic_kev=(65, 75))
    converted = convert_series(folder, "ct", monoenergetic_kev=(40, 40))
    assert_converted(converted, series)
    assert converted.sidecar["SpectralImage"] == "virtual monoenergetic"
    assert converted.sidecar["MonoenergeticEnergy"] == 40
    assert any("monoenergetic image at 40 keV" in text for text in converted.sidecar["Warnings"])
    assert "Doe" not in json.dumps(converted.sidecar)


def test_an_energy_that_is_not_recorded_is_refused_although_some_are_allowed(tmp_path):
    series = ct_series()
    for dataset in series.datasets:
        dataset.ImageType = [*AXIAL, "VMI"]
    folder = series.write(tmp_path)
    with pytest.raises(DataFault, match="at an energy that is not recorded"):
        convert_series(folder, "ct", monoenergetic_kev=(30, 200))


def test_the_conventional_series_of_a_folder_goes_before_its_derivative(tmp_path):
    conventional = ct_series(offset=20)
    derivative = monoenergetic()
    derivative.write(tmp_path / "a")
    conventional.write(tmp_path / "b")
    assert_converted(convert_series(tmp_path, "ct"), conventional)
    allowed = convert_series(tmp_path, "ct", monoenergetic_kev=(30, 200))
    assert_converted(allowed, conventional)


def test_energies_in_one_series_are_distinguished(tmp_path):
    series = monoenergetic()
    higher = copy.deepcopy(series.datasets)
    for dataset in higher:
        dataset.MultienergyCTCharacteristicsSequence = characteristics(70.0)
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    series.write(tmp_path / "a")
    series.datasets = higher
    series.write(tmp_path / "b")
    reason = refused(tmp_path)
    assert "MonoenergeticEnergy" in reason
    assert "70 keV" in reason


def test_functional_groups_says_a_derivative(tmp_path):
    dataset = enhanced(ct_series())
    shared = dataset.SharedFunctionalGroupsSequence[0]
    shared.CTImageFrameTypeSequence = group(FrameType=[*AXIAL, "VMI"])
    shared.MultienergyCTCharacteristicsSequence = characteristics(55.0)
    tmp_path.mkdir(exist_ok=True)
    dcmwrite(tmp_path / "IM1", dataset)
    assert "virtual monoenergetic image at 55 keV" in refused(tmp_path)


@pytest.mark.parametrize(
    "values",
    [
        {"SeriesDescription": "MonoE 40keV[HU]"},  # as dcm2niix writes it
        {"ImageType": ["DERIVED", "PRIMARY", "AXIAL", "VMI"], "SeriesDescription": "40 keV"},
        {"SpectralImage": "virtual monoenergetic", "MonoenergeticEnergy": 40},  # our own
    ],
)
def test_the_sidecar_of_a_nifti_image_says_it(tmp_path, values):
    path = tmp_path / "ct.nii.gz"
    series = ct_series()
    image = nibabel.Nifti1Image(series.truth.array.astype(np.int16), series.affine_lps)
    nibabel.save(image, path)
    (tmp_path / "ct.json").write_text(json.dumps(values), encoding="utf-8")
    with pytest.raises(DataFault, match="virtual monoenergetic image at 40 keV"):
        convert_series(path, "ct")
    sidecar = convert_series(path, "ct", monoenergetic_kev=(35, 45)).sidecar
    assert sidecar["MonoenergeticEnergy"] == 40
