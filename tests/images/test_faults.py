"""The silent faults of DICOM series, one at a time."""

from __future__ import annotations

import copy
import zipfile

import numpy as np
import pytest
from pydicom import dcmwrite
from pydicom.uid import generate_uid

from bonecohort.faults import DataFault
from bonecohort.images.convert import convert_series
from bonecohort.study.series import uid_label
from tests.images.writer import (
    AXIAL,
    INTERCEPT,
    SAGITTAL,
    ct_series,
    same_in_world,
    secondary_capture,
    set_pixels,
    t2_series,
)


def assert_converted(converted, series):
    assert same_in_world(converted.volume, series.truth).max() == 0


def refused(folder, kind="ct", series_uid=None):
    with pytest.raises(DataFault) as caught:
        convert_series(folder, kind, series_uid)
    return caught.value.reason


def test_a_plain_series_is_right_in_place_and_value(tmp_path):
    series = ct_series()
    converted = convert_series(series.write(tmp_path / "ct"), "ct")
    assert_converted(converted, series)
    assert converted.volume.array.dtype == np.int16
    assert converted.files.used == 12
    assert converted.files.not_used == {}
    assert converted.sidecar["Warnings"] == []
    assert converted.sidecar["KVP"] == 120
    assert converted.sidecar["ConvolutionKernel"] == "STANDARD"


@pytest.mark.parametrize(
    ("position", "orientation"),
    [
        ("HFS", (1, 0, 0, 0, 1, 0)),
        ("HFP", (-1, 0, 0, 0, -1, 0)),
        ("FFS", (-1, 0, 0, 0, 1, 0)),
        ("FFP", (1, 0, 0, 0, -1, 0)),
        ("HFDL", (0, -1, 0, 1, 0, 0)),
        ("HFDR", (0, 1, 0, -1, 0, 0)),
        ("FFDL", (0, -1, 0, -1, 0, 0)),
        ("FFDR", (0, 1, 0, 1, 0, 0)),
    ],
)
def test_patient_positions_are_placed_by_their_orientation(tmp_path, position, orientation):
    series = ct_series(orientation=orientation)
    for dataset in series.datasets:
        dataset.PatientPosition = position
    assert_converted(convert_series(series.write(tmp_path), "ct"), series)


def test_a_wrong_patient_position_changes_nothing(tmp_path):
    series = ct_series()
    for dataset in series.datasets:
        dataset.PatientPosition = "FFP"
    assert_converted(convert_series(series.write(tmp_path), "ct"), series)


def test_shuffled_instance_numbers_change_nothing(tmp_path):
    series = ct_series()
    for index, dataset in enumerate(series.datasets):
        dataset.InstanceNumber = (index * 5) % 12 + 1
    assert_converted(convert_series(series.write(tmp_path), "ct"), series)


def test_three_slices_are_enough_and_two_are_not(tmp_path):
    three = ct_series(n=3)
    assert_converted(convert_series(three.write(tmp_path / "three"), "ct"), three)
    assert "only 2 slices" in refused(ct_series(n=2).write(tmp_path / "two"))


@pytest.mark.parametrize("lost", [1, 5, 10])
def test_a_missing_slice_is_refused(tmp_path, lost):
    series = ct_series()
    del series.datasets[lost]
    assert "1 slice is missing" in refused(series.write(tmp_path))


def test_three_missing_slices_are_counted(tmp_path):
    series = ct_series()
    del series.datasets[6:8], series.datasets[2]
    assert "3 slices are missing" in refused(series.write(tmp_path))


def test_uneven_spacing_is_refused(tmp_path):
    series = ct_series()
    for dataset in series.datasets[6:]:
        dataset.ImagePositionPatient[2] += 0.7
    assert "Uneven slice spacing" in refused(series.write(tmp_path))


def test_slightly_uneven_spacing_is_noted(tmp_path):
    series = ct_series()
    series.datasets[5].ImagePositionPatient[2] += 0.05
    converted = convert_series(series.write(tmp_path), "ct")
    assert any("spacing varies" in note for note in converted.sidecar["Notes"])


def test_spacing_that_drifts_by_half_a_slice_is_refused(tmp_path):
    series = ct_series(n=100)
    for index, dataset in enumerate(series.datasets):
        dataset.ImagePositionPatient[2] += 0.0007 * index * index
    assert "off an even grid" in refused(series.write(tmp_path))


def test_an_identical_duplicate_is_dropped_and_counted(tmp_path):
    series = ct_series()
    dcmwrite(series.write(tmp_path) / "copy of IM", series.datasets[4])
    converted = convert_series(tmp_path, "ct")
    assert_converted(converted, series)
    assert converted.files.used == 12
    assert converted.files.not_used == {"identical duplicate": 1}
    assert any("identical duplicate" in note for note in converted.sidecar["Notes"])


def test_a_folder_copied_into_itself_converts_once(tmp_path):
    series = ct_series()
    series.write(tmp_path)
    series.write(tmp_path / "copy")
    converted = convert_series(tmp_path, "ct")
    assert_converted(converted, series)
    assert converted.files.not_used == {"identical duplicate": 12}


def test_a_differing_duplicate_is_refused(tmp_path):
    series = ct_series()
    twin = copy.deepcopy(series.datasets[4])
    set_pixels(twin, series.hu[4] + 7 - INTERCEPT)
    series.datasets.append(twin)
    assert "Different images lie at one position" in refused(series.write(tmp_path))


@pytest.mark.parametrize("tag", ["RescaleSlope", "RescaleIntercept"])
@pytest.mark.parametrize("everywhere", [True, False])
def test_an_absent_rescale_is_refused(tmp_path, tag, everywhere):
    series = ct_series()
    for dataset in series.datasets if everywhere else series.datasets[3:4]:
        delattr(dataset, tag)
    assert "RescaleSlope or RescaleIntercept is absent" in refused(series.write(tmp_path))


def test_mr_needs_no_rescale(tmp_path):
    series = t2_series()
    converted = convert_series(series.write(tmp_path), "t2_sagittal")
    assert np.array_equal(converted.volume.array + INTERCEPT, series.truth.array)
    assert converted.sidecar["EchoTime"] == 0.1
    assert converted.sidecar["Warnings"] == []


def test_another_rescale_type_is_refused(tmp_path):
    series = ct_series()
    for dataset in series.datasets:
        dataset.RescaleType = "Z_EFF"
    assert "RescaleType is Z_EFF" in refused(series.write(tmp_path))


def test_each_slice_is_rescaled_by_its_own_tags(tmp_path):
    series = ct_series()
    for index, dataset in enumerate(series.datasets):
        slope, intercept = (2, -1000 - index) if index % 2 else (1, INTERCEPT)
        even = (series.hu[index] - intercept) // slope * slope + intercept
        series.hu[index] = even
        dataset.RescaleSlope, dataset.RescaleIntercept = slope, intercept
        set_pixels(dataset, (even - intercept) // slope)
    converted = convert_series(series.write(tmp_path), "ct")
    assert_converted(converted, series)
    assert any("Rescale changes" in text for text in converted.sidecar["Warnings"])


def test_a_fractional_slope_gives_float_values(tmp_path):
    series = ct_series()
    for index, dataset in enumerate(series.datasets):
        dataset.RescaleSlope = 0.5
        set_pixels(dataset, (series.hu[index] - INTERCEPT) * 2)
    converted = convert_series(series.write(tmp_path), "ct")
    assert converted.volume.array.dtype == np.float32
    assert_converted(converted, series)


def test_one_wrong_intercept_is_told_from_a_true_one(tmp_path):
    series = ct_series()
    series.datasets[5].RescaleIntercept = 0
    reason = refused(series.write(tmp_path))
    assert "slice number 6" in reason
    assert "intercept 0" in reason


def test_padding_is_kept_and_counted(tmp_path):
    series = ct_series()
    for index, dataset in enumerate(series.datasets):
        series.hu[index, 0, :5] = -2000 + INTERCEPT
        set_pixels(dataset, series.hu[index] - INTERCEPT)
        dataset.add_new("PixelPaddingValue", "US", 65536 - 2000)
    converted = convert_series(series.write(tmp_path), "ct")
    assert_converted(converted, series)
    assert converted.sidecar["PaddingVoxels"] == 12 * 5
    assert converted.sidecar["PaddingValuesHU"] == [-3024]


def test_padding_without_its_tag_is_counted(tmp_path):
    series = ct_series()
    series.hu[3, 0, 0] = -3024
    set_pixels(series.datasets[3], series.hu[3] - INTERCEPT)
    assert convert_series(series.write(tmp_path), "ct").sidecar["PaddingVoxels"] == 1


def test_bits_above_those_stored_are_cleared(tmp_path):
    series = ct_series()
    for index, dataset in enumerate(series.datasets):
        dataset.PixelRepresentation, dataset.BitsStored, dataset.HighBit = 0, 12, 11
        set_pixels(dataset, (series.hu[index] - INTERCEPT) + 0x8000)
    assert_converted(convert_series(series.write(tmp_path), "ct"), series)


@pytest.mark.parametrize("index", [0, 5, 11])
def test_one_slice_of_another_orientation_is_refused(tmp_path, index):
    series = ct_series()
    series.datasets[index].ImageOrientationPatient = [1, 0, 0, 0, 0.98, -0.19899749]
    assert "another orientation (ImageOrientationPatient)" in refused(series.write(tmp_path))


@pytest.mark.parametrize("index", [0, 5])
def test_one_slice_of_another_matrix_is_refused(tmp_path, index):
    series = ct_series()
    set_pixels(series.datasets[index], series.hu[index, :12, :10] - INTERCEPT)
    reason = refused(series.write(tmp_path))
    assert "another matrix size: 12 × 10" in reason
    assert "24 × 20" in reason


@pytest.mark.parametrize("tag", ["ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing"])
def test_a_slice_that_lies_nowhere_is_refused(tmp_path, tag):
    series = ct_series()
    delattr(series.datasets[0], tag)
    assert tag in refused(series.write(tmp_path))


@pytest.mark.parametrize("shift_mm", [0.0, 1.0, 0.9])
def test_two_reconstructions_in_one_series_are_refused_by_kernel(tmp_path, shift_mm):
    soft = ct_series()
    sharp = ct_series(uid=soft.uid, offset=11, origin_mm=(-40.0, -60.0, 100.0 + shift_mm))
    for dataset in sharp.datasets:
        dataset.ConvolutionKernel = "BONE"
    soft.write(tmp_path, "A")
    reason = refused(sharp.write(tmp_path, "B"))
    assert "One series holds 2 stacks or reconstructions" in reason
    assert "STANDARD" in reason
    assert "BONE" in reason


def test_two_phases_in_one_series_are_refused_by_acquisition(tmp_path):
    first = ct_series()
    second = ct_series(uid=first.uid, offset=11)
    for dataset in second.datasets:
        dataset.AcquisitionNumber = 2
    first.write(tmp_path, "A")
    assert "AcquisitionNumber" in refused(second.write(tmp_path, "B"))


def test_two_image_sets_that_nothing_tells_apart_are_refused(tmp_path):
    first = ct_series()
    first.write(tmp_path, "A")
    reason = refused(ct_series(uid=first.uid, offset=11).write(tmp_path, "B"))
    assert "at 12 of 12 positions" in reason


def test_acquisition_numbers_may_change_along_a_stack(tmp_path):
    series = ct_series()
    for index, dataset in enumerate(series.datasets):
        dataset.AcquisitionNumber = index
    assert_converted(convert_series(series.write(tmp_path), "ct"), series)


def test_two_series_need_a_series_uid(tmp_path):
    soft, sharp = ct_series(), ct_series(offset=11)
    for dataset in sharp.datasets:
        dataset.ConvolutionKernel = "BONE"
    soft.write(tmp_path, "A")
    sharp.write(tmp_path, "B")
    reason = refused(tmp_path)
    for uid in (soft.uid, sharp.uid):
        assert uid not in reason
        assert f"series_uid {uid_label(uid)}" in reason
    assert_converted(convert_series(tmp_path, "ct", uid_label(soft.uid)), soft)
    assert_converted(convert_series(tmp_path, "ct", sharp.uid), sharp)
    assert "not among the series found" in refused(tmp_path, series_uid="1.2.3")


def test_an_original_goes_before_a_reformat(tmp_path):
    series = ct_series()
    reformat = ct_series(orientation=SAGITTAL, offset=9)
    for dataset in reformat.datasets:
        dataset.ImageType = ["DERIVED", "SECONDARY", "MPR"]
    series.write(tmp_path, "A")
    converted = convert_series(reformat.write(tmp_path, "B"), "ct")
    assert_converted(converted, series)
    assert converted.files.not_used == {"another stack or series": 12}


@pytest.mark.parametrize("tilt_mm", [0.1, -0.66])
def test_gantry_tilt_is_refused(tmp_path, tilt_mm):
    series = ct_series(shear_mm=(0.0, tilt_mm, 0.0))
    assert "Gantry tilt" in refused(series.write(tmp_path))


def test_a_tilt_of_a_quarter_degree_is_kept_in_the_affine(tmp_path):
    series = ct_series(shear_mm=(0.0, 0.009, 0.0))
    assert_converted(convert_series(series.write(tmp_path), "ct"), series)


@pytest.mark.parametrize("same_series", [True, False])
def test_a_localizer_beside_is_left_out(tmp_path, same_series):
    series = ct_series()
    scout = ct_series(n=1, rows=40, orientation=SAGITTAL)
    scout.datasets[0].ImageType = ["ORIGINAL", "PRIMARY", "LOCALIZER"]
    if same_series:
        scout.datasets[0].SeriesInstanceUID = series.uid
    series.write(tmp_path, "A")
    converted = convert_series(scout.write(tmp_path, "B"), "ct")
    assert_converted(converted, series)
    assert converted.files.not_used == {"localizer": 1}


def test_a_whole_study_gives_its_one_volume(tmp_path):
    series, mr = ct_series(), t2_series()
    capture, bolus = ct_series(n=1), ct_series(n=4, spacing_mm=(0.75, 0.5, 0.0))
    secondary_capture(capture.datasets[0])
    for name, part in {"A": series, "B": mr, "C": capture, "D": bolus}.items():
        part.write(tmp_path / name)
    converted = convert_series(tmp_path, "ct")
    assert_converted(converted, series)
    assert converted.files.not_used == {
        "another stack or series": 4,
        "modality MR": 9,
        "secondary capture": 1,
    }
    assert any("lie at one position" in note for note in converted.sidecar["Notes"])
    assert convert_series(tmp_path, "t2_sagittal").files.used == 9


def test_two_patients_in_one_folder_are_refused(tmp_path):
    series = ct_series()
    for index, dataset in enumerate(series.datasets):
        dataset.PatientID = f"SECRET{index // 6}"
    reason = refused(series.write(tmp_path))
    assert "2 different patients" in reason
    assert "SECRET" not in reason


def test_stray_files_are_noted(tmp_path):
    series = ct_series()
    series.write(tmp_path / "a" / "b")
    (tmp_path / "readme.txt").write_text("not an image")
    (tmp_path / "empty").touch()
    (tmp_path / ".DS_Store").write_bytes(bytes(range(256)) * 4)
    dcmwrite(tmp_path / "DICOMDIR", series.datasets[0])
    converted = convert_series(tmp_path, "ct")
    assert_converted(converted, series)
    assert converted.files.not_used == {"DICOMDIR": 1, "empty file": 1, "not DICOM": 2}
    assert any("1 empty or unreadable file" in text for text in converted.sidecar["Warnings"])


def test_a_file_whose_header_is_cut_is_noted(tmp_path):
    series = ct_series()
    folder = series.write(tmp_path)
    extra = folder / "IMcut"
    extra.write_bytes(min(folder.iterdir()).read_bytes()[:150])
    converted = convert_series(folder, "ct")
    assert_converted(converted, series)
    assert sum(converted.files.not_used.values()) == 1


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
def test_a_truncated_slice_is_refused(tmp_path, share):
    series = ct_series()
    series.write(tmp_path)
    file = sorted(tmp_path.iterdir())[5]
    data = file.read_bytes()
    file.write_bytes(data[: int(len(data) * share)])
    reason = refused(tmp_path)
    assert "cut short" in reason or "missing" in reason
    if share == 0:
        assert "1 empty or unreadable file" in reason


def test_nothing_to_convert_is_a_reason(tmp_path):
    assert "does not exist" in refused(tmp_path / "absent")
    (tmp_path / "empty").mkdir()
    assert "holds no file" in refused(tmp_path / "empty")
    (tmp_path / "text.txt").write_text("hello")
    assert "1 × not DICOM" in refused(tmp_path)
    assert "modality MR" in refused(t2_series().write(tmp_path / "mr"))


def test_a_zip_is_read_in_place(tmp_path):
    series = ct_series()
    folder = series.write(tmp_path / "ct")
    archive = tmp_path / "ct.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("study/notes.txt", "stray")
        for file in folder.iterdir():
            packed.write(file, f"study/series/{file.name}")
    converted = convert_series(archive, "ct")
    assert_converted(converted, series)
    assert converted.files.not_used == {"not DICOM": 1}
    archive.write_bytes(archive.read_bytes()[:500])
    assert "not a readable zip" in refused(archive)


@pytest.mark.parametrize("orientation", [AXIAL, (1, 0, 0, 0, 0, -1)])
def test_a_t2_that_is_not_sagittal_is_refused(tmp_path, orientation):
    series = t2_series(orientation=orientation)
    assert "not sagittal" in refused(series.write(tmp_path), "t2_sagittal")


def test_the_t2_is_found_among_sagittal_series(tmp_path):
    t1, t2, stir = t2_series(), t2_series(), t2_series()
    for dataset in t1.datasets:
        dataset.EchoTime, dataset.RepetitionTime = 10, 600
    for dataset in stir.datasets:
        dataset.InversionTime, dataset.ScanningSequence = 160, ["SE", "IR"]
    for name, series in {"A": t1, "B": t2, "C": stir}.items():
        series.write(tmp_path, name)
    converted = convert_series(tmp_path, "t2_sagittal")
    assert converted.sidecar["EchoTime"] == 0.1
    assert "InversionTime" not in converted.sidecar
    assert len(converted.sidecar["Notes"]) >= 2


def test_a_description_can_tell_the_t2_and_stays_inside(tmp_path):
    t1, t2 = t2_series(), t2_series()
    for dataset in t1.datasets:
        dataset.EchoTime, dataset.RepetitionTime, dataset.SeriesDescription = 10, 600, "T1 NAME"
    for dataset in t2.datasets:
        dataset.EchoTime, dataset.InversionTime, dataset.SeriesDescription = 75, 0, "sag t2 NAME"
    t1.write(tmp_path, "A")
    converted = convert_series(t2.write(tmp_path, "B"), "t2_sagittal")
    assert converted.sidecar["EchoTime"] == 0.075
    assert converted.sidecar["Warnings"] == []
    assert "NAME" not in str(converted.sidecar)


def test_another_weighting_is_warned_of(tmp_path):
    series = t2_series()
    for dataset in series.datasets:
        dataset.EchoTime, dataset.RepetitionTime = 10, 600
    (warning,) = convert_series(series.write(tmp_path), "t2_sagittal").sidecar["Warnings"]
    assert "EchoTime 0.01 s" in warning


def test_the_second_echo_of_a_double_echo_series_is_taken(tmp_path):
    proton, t2 = t2_series(), t2_series()
    for dataset in proton.datasets:
        dataset.EchoTime, dataset.SeriesInstanceUID = 12, t2.uid
    proton.write(tmp_path, "A")
    converted = convert_series(t2.write(tmp_path, "B"), "t2_sagittal")
    assert converted.sidecar["EchoTime"] == 0.1


def test_warnings_name_what_shifts_hu(tmp_path):
    series = ct_series(spacing_mm=(0.75, 0.5, 5.0))
    for dataset in series.datasets:
        dataset.KVP = 100
        dataset.ContrastBolusAgent = "OMNIPAQUE"
        dataset.LossyImageCompression = "01"
    warnings = " ".join(convert_series(series.write(tmp_path), "ct").sidecar["Warnings"])
    for part in ("KVP is 100", "contrast agent", "5 mm thick", "with loss"):
        assert part in warnings


def test_a_field_of_view_without_air_is_warned_of_not_refused(tmp_path):
    series = ct_series()
    for index, dataset in enumerate(series.datasets):
        series.hu[index] = 40 + index
        set_pixels(dataset, series.hu[index] - INTERCEPT)
    converted = convert_series(series.write(tmp_path), "ct")
    assert_converted(converted, series)
    assert any("No air" in text for text in converted.sidecar["Warnings"])


def test_the_class_of_object_may_be_absent(tmp_path):
    series = ct_series()
    for dataset in series.datasets:
        dataset.SOPClassUID = ""
        dataset.file_meta.MediaStorageSOPClassUID = ""
        dataset.SeriesInstanceUID = ""
    for index, dataset in enumerate(series.datasets):
        dcmwrite(tmp_path / f"IM{index}", dataset, enforce_file_format=False)
    assert_converted(convert_series(tmp_path, "ct"), series)


def test_a_bolus_series_at_one_position_is_no_volume(tmp_path):
    series = ct_series(n=5, spacing_mm=(0.75, 0.5, 0.0), uid=generate_uid())
    assert "lie at one position" in refused(series.write(tmp_path))
