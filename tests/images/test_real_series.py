"""Real series against dcm2niix, and against the ground truth beside them, in world space.

Every series of the development data and of pydicom's and nibabel's test files is tried. Each is
converted as dcm2niix does, or refused with a reason that names the cause. The table of all of them
stands at the end of the tests' output.
"""

from __future__ import annotations

import re
from fnmatch import fnmatch

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.uid import CTImageStorage, MRImageStorage

import tests.conftest
from bonecohort.images.headers import lenient_reading
from bonecohort.images.nifti import read_nifti
from tests.images.kinds import convert_series
from tests.images.real_series import (
    SAMPLES,
    RealSeries,
    by_bonecohort,
    by_dcm2niix,
    difference,
    nibabel_series,
    opened,
    pydicom_series,
    shared_series,
    table_row,
)
from tests.images.writer import same_in_world

TOLERANCE_MM, TOLERANCE_UNITS = 1e-3, 0.5
CONVERTED = "converted"
# The first pattern that a series's name matches says what must come of it: converted, or refused
# with these words. Objects that are no CT or MR image must be refused with what they are.
EXPECTED = {
    "real_ct_dicom": CONVERTED,
    "dicom/generic/anatomical/002_non_isotropic": "not sagittal",
    "dicom/generic/*": CONVERTED,
    "dicom/philips_enhanced/*": CONVERTED,
    "dicom/refuse_or_explain/gantrytilting/*": "Gantry tilt: the slices are sheared by 14.0 deg",
    "dicom/refuse_or_explain/notavolume/*": "4 images lie at one position",
    "dicom/refuse_or_explain/slicecount/*": "only 2 slices",
    "annotations/highdicom/ct_image.dcm": "only 1 slice",
    "test_files/dicomdirtests/98892001/CT5N": CONVERTED,
    "test_files/dicomdirtests/98892001/CT2N": "2 × localizer",
    "test_files/dicomdirtests/77654033/CT2": "161 slices are missing",
    "test_files/dicomdirtests/98892003/MR1/*": "only 1 slice",
    "test_files/dicomdirtests/98892003/MR2/15970": "only 1 slice",
    "test_files/dicomdirtests/98892003/MR2/*": "only 3 slices, at 1 position",
    "test_files/dicomdirtests/98892003/MR700": "7 × projection",
    "test_files/dicomdirtests/TINY_ALPHA/PT*": "50 × no image: Rows or Columns absent",
    "test_files/dicomdirtests": "7 × DICOMDIR",
    "test_files/dicomdirtests/TINY_ALPHA": "DICOMDIR",
    "test_files/UN_sequence.dcm": "no image: Rows or Columns absent",
    "test_files/*priv_SQ.dcm": "modality MR|neither SOPClassUID nor Modality",
    "test_files/empty_charset_LEI.dcm": "neither SOPClassUID nor Modality",
    "test_files/meta_missing_tsyntax.dcm": "neither SOPClassUID nor Modality",
    "test_files/no_meta.dcm": "not DICOM",
    "nicom/tests/data/philips_mprage.dcm.gz": CONVERTED,
    "nicom/tests/data/decimal_rescale.dcm": "only 1 slice",
    "nicom/tests/data/slicethickness_empty_string.dcm": "1 × projection",
    "nicom/tests/data/*.bin*": "not DICOM",
    "nicom/tests/data/*": "1 × Siemens mosaic",
    "charset_files/chrSQEncoding*": "modality MR",
    "charset_files/chr[!JK]*": "secondary capture",
}
ONE_SLICE = "makes no volume: it has only 1 slice"
# What may be said of a series of CT or MR that is not listed above.
CAUSES = (
    "slices? (is|are) missing|Uneven slice spacing|Gantry tilt|only [0-9]+ slices?|at one position|"
    "not sagittal|fit equally well|cut short|cannot be decoded|is absent|RescaleType is|have "
    "another|aside of|localizer|projection"
)
PYDICOM_SERIES = list(pydicom_series())
NIBABEL_SERIES = list(nibabel_series())
THERE = tests.conftest.SHARED_DATA.is_dir()
SHARED_SERIES = list(shared_series(tests.conftest.SHARED_DATA)) if THERE else []
absent = pytest.mark.skipif(not THERE, reason="the development data are absent")


def expected_of(series: RealSeries) -> str:
    listed = (cause for name, cause in EXPECTED.items() if fnmatch(series.name, name))
    return next(listed, None) or _expected_of_class(series)


def _expected_of_class(series: RealSeries) -> str:
    with lenient_reading():
        dataset = dcmread(opened(series.files[0]), stop_before_pixels=True, force=True)
    declared = dataset.get("SOPClassUID") or dataset.file_meta.get("MediaStorageSOPClassUID")
    if declared in (CTImageStorage, MRImageStorage):
        return ONE_SLICE if series.files[0].parent == SAMPLES else f"{CONVERTED}|{CAUSES}"
    return "secondary capture" if "Secondary" in declared.name else re.escape(declared.name)


def assert_agrees_or_refused(series, tmp_path, record_property):
    folder = series.copy_to(tmp_path / "in")
    ours, theirs = by_bonecohort(folder, series.kind), by_dcm2niix(folder, tmp_path / "out")
    apart = None if isinstance(ours, str) else difference(ours, theirs)
    record_property("real_series", table_row(series, ours, theirs, apart))
    expected = expected_of(series)
    assert re.search(expected, ours if isinstance(ours, str) else CONVERTED)
    if not isinstance(ours, str):
        assert apart is not None, "none of dcm2niix's images has this grid"
        assert apart.mm < TOLERANCE_MM
        assert apart.units <= TOLERANCE_UNITS


def names(series):
    return [one.name for one in series]


@pytest.mark.parametrize(
    "series", PYDICOM_SERIES + NIBABEL_SERIES, ids=names(PYDICOM_SERIES + NIBABEL_SERIES)
)
def test_a_sample_series_agrees_or_is_refused(series, tmp_path, record_property):
    assert_agrees_or_refused(series, tmp_path, record_property)


@absent
@pytest.mark.parametrize("series", SHARED_SERIES, ids=names(SHARED_SERIES))
def test_a_shared_series_agrees_or_is_refused(series, tmp_path, record_property):
    assert_agrees_or_refused(series, tmp_path, record_property)


IMAGES = [one for one in PYDICOM_SERIES if expected_of(one) == ONE_SLICE]
# The J2K codestream says unsigned, the header signed 13-bit: pydicom's own tests give the values.
SIGN_IN_HEADER = "test_files/J2K_pixelrep_mismatch.dcm"
TRUE_VALUES = [621, 412, 138, -193, -520, -767, -907, -966, -988, -995]  # rows 47-56, column 279


@pytest.mark.parametrize("sample", IMAGES, ids=names(IMAGES))
def test_a_stack_made_of_a_sample_agrees(sample, tmp_path, record_property):
    """The samples of every encoding hold one slice each: three copies of it make a volume."""
    folder = tmp_path / "in"
    folder.mkdir()
    dataset = dcmread(opened(sample.files[0]))
    normal = [1.0, 0.0, 0.0] if dataset.Modality == "MR" else [0.0, 0.0, 1.0]
    plane = [0, 1, 0, 0, 0, -1] if dataset.Modality == "MR" else [1, 0, 0, 0, 1, 0]
    dataset.ImageOrientationPatient = plane
    for index in range(3):
        dataset.ImagePositionPatient = [2.5 * index * part for part in normal]
        dataset.InstanceNumber = index + 1
        dataset.save_as(folder / f"{index}")
    ours, theirs = by_bonecohort(folder, sample.kind), by_dcm2niix(folder, tmp_path / "out")
    apart = None if isinstance(ours, str) else difference(ours, theirs)
    made = f"3 × {sample.name}"
    if sample.name == SIGN_IN_HEADER:
        made += " (dcm2niix loses the sign)"
    row = table_row(RealSeries(made, sample.files, sample.kind), ours, theirs, apart)
    record_property("real_series", row)
    if "truncated" in sample.name:
        assert "cut short" in ours
        return
    assert apart is not None
    assert apart.mm < TOLERANCE_MM
    if sample.name == SIGN_IN_HEADER:
        assert ours.array[279, 47:57, 1].tolist() == TRUE_VALUES
    else:
        assert apart.units <= TOLERANCE_UNITS


def test_the_values_of_a_siemens_ct_are_those_of_three_converters(shared_data):
    converted = convert_series(shared_data / "real_ct_dicom", "ct")
    array = converted.volume.array
    assert array.mean() == pytest.approx(-624.13, abs=0.01)
    assert (array.min(), array.max()) == (-1024, 1839)
    assert converted.sidecar["KVP"] == 120
    assert converted.sidecar["ConvolutionKernel"] == "Br38f\\3"
    assert converted.sidecar["ExposureTime"] == 0.33
    assert any("contrast" in text for text in converted.sidecar["Warnings"])


@absent
@pytest.mark.parametrize(
    "series", [one for one in SHARED_SERIES if "/generic/" in one.name or "enhanced" in one.name]
)
def test_a_series_agrees_with_its_ground_truth(series, tmp_path):
    """An oblique MR passes as a CT, of which no sagittal direction but a rescale is demanded."""
    folder = tmp_path / "in"
    folder.mkdir()
    sagittal = expected_of(series) == CONVERTED
    for file in series.files:
        dataset = dcmread(file)
        if not sagittal:
            dataset.Modality, dataset.SOPClassUID = "CT", CTImageStorage
            dataset.file_meta.MediaStorageSOPClassUID = CTImageStorage
        dataset.save_as(folder / file.name)
    volume = convert_series(folder, "t2_sagittal" if sagittal else "ct").volume
    source = series.files[0].parent
    truth = read_nifti(source.with_name(f"{source.name}_ground_truth.nii.gz"))
    assert same_in_world(volume, truth).max() <= TOLERANCE_UNITS


def test_a_real_nifti_ct_is_taken_as_it_is(shared_data):
    converted = convert_series(shared_data / "real_ct_lumbar/ct.nii.gz", "ct")
    assert converted.volume.array.shape == (122, 101, 112)
    assert np.allclose(converted.volume.spacing_mm, 3)
    # RAS on disk, so LPS points the other way in the first two axes.
    assert np.all(np.sign(np.diag(converted.volume.affine_lps)[:3]) == (-1, -1, 1))
