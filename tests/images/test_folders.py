"""What comes in a folder or a zip: copies, strays, damaged files, whole studies."""

from __future__ import annotations

import copy
import zipfile

import pytest
from pydicom import dcmwrite

from tests.images.expect import assert_converted, refused
from tests.images.kinds import convert_series
from tests.images.writer import (
    INTERCEPT,
    SAGITTAL,
    ct_series,
    secondary_capture,
    set_pixels,
    t2_series,
)


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


def test_the_class_of_object_may_be_absent(tmp_path):
    series = ct_series()
    for dataset in series.datasets:
        dataset.SOPClassUID = ""
        dataset.file_meta.MediaStorageSOPClassUID = ""
        dataset.SeriesInstanceUID = ""
    for index, dataset in enumerate(series.datasets):
        dcmwrite(tmp_path / f"IM{index}", dataset, enforce_file_format=False)
    assert_converted(convert_series(tmp_path, "ct"), series)


def test_slices_behind_a_link_to_a_folder_are_of_the_series(tmp_path):
    """Part of an export may lie on another disk."""
    series = ct_series()
    folder = series.write(tmp_path / "ct")
    (tmp_path / "disk").mkdir()
    for file in sorted(folder.iterdir())[1:9]:
        file.rename(tmp_path / "disk" / file.name)
    assert len(list(folder.iterdir())) == 4
    (folder / "more").symlink_to(tmp_path / "disk")
    (folder / "again").symlink_to(folder)
    converted = convert_series(folder, "ct")
    assert_converted(converted, series)
    assert converted.files.not_used == {}
