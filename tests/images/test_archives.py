"""Zips as PACS, Windows and macOS make them, and files that came only in part."""

from __future__ import annotations

import shutil
import zipfile

import pytest
from pydicom.data import get_testdata_file

from tests.images.expect import assert_converted, refused
from tests.images.kinds import convert_series
from tests.images.writer import ct_series

APPLE_DOUBLE = b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X        " + bytes(64)
LOCAL_FLAGS, CENTRAL_FLAGS = 6, 8  # where the flags stand in a zip's two kinds of header


def zipped(folder, archive, inside="study/series", compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(archive, "w", compression) as packed:
        for file in sorted(folder.iterdir()):
            packed.write(file, f"{inside}/{file.name}")
    return archive


@pytest.fixture
def series():
    return ct_series()


@pytest.fixture
def folder(tmp_path, series):
    return series.write(tmp_path / "ct")


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_of_nested_folders_is_read(tmp_path, series, folder, compression):
    archive = zipped(folder, tmp_path / "ct.ZIP", "a/b c/d", compression)
    assert_converted(convert_series(archive, "ct"), series)


def test_the_resource_forks_of_a_mac_are_left_out(tmp_path, series, folder):
    archive = zipped(folder, tmp_path / "ct.zip")
    with zipfile.ZipFile(archive, "a") as packed:
        packed.writestr("study/.DS_Store", bytes(range(256)))
        for file in folder.iterdir():
            packed.writestr(f"__MACOSX/study/series/._{file.name}", APPLE_DOUBLE)
    converted = convert_series(archive, "ct")
    assert_converted(converted, series)
    assert converted.files.not_used == {"not DICOM": 13}


def test_a_zip_with_a_password_is_refused(tmp_path, folder):
    archive = zipped(folder, tmp_path / "ct.zip")
    data = bytearray(archive.read_bytes())
    for signature, offset in ((b"PK\x03\x04", LOCAL_FLAGS), (b"PK\x01\x02", CENTRAL_FLAGS)):
        start = data.find(signature)
        while start >= 0:
            data[start + offset] |= 1
            start = data.find(signature, start + 1)
    archive.write_bytes(data)
    assert "encrypted: give one without a password" in refused(archive)


def test_a_damaged_member_of_a_zip_is_refused(tmp_path):
    folder = ct_series(n=3, rows=128, columns=128).write(tmp_path / "ct")
    archive = zipped(folder, tmp_path / "ct.zip", compression=zipfile.ZIP_STORED)
    data = bytearray(archive.read_bytes())
    data[20000] ^= 0xFF  # amid the pixels of the first file
    archive.write_bytes(data)
    assert "the zip that holds it is damaged" in refused(archive)


def test_a_zip_cut_short_is_refused(tmp_path, folder):
    archive = zipped(folder, tmp_path / "ct.zip")
    archive.write_bytes(archive.read_bytes()[:-2000])
    assert "not a readable zip" in refused(archive)


@pytest.mark.parametrize("name", ["DICOMDIR", "dicomdir", "index.dcm"])
def test_a_dicomdir_is_known_by_its_name_or_what_it_is(tmp_path, series, folder, name):
    shutil.copy(get_testdata_file("DICOMDIR"), folder / name)
    converted = convert_series(folder, "ct")
    assert_converted(converted, series)
    assert converted.files.not_used == {"DICOMDIR": 1}


def test_a_slice_may_have_a_directorys_name(tmp_path, series):
    assert_converted(convert_series(series.write(tmp_path, "DICOMDIR_"), "ct"), series)


@pytest.mark.parametrize("share", [0.2, 0.95])
def test_the_part_of_a_file_beside_the_whole_is_reported(tmp_path, series, folder, share):
    """An interrupted transfer, begun again under another name."""
    whole = min(folder.iterdir())
    data = whole.read_bytes()
    whole.with_suffix(".part").write_bytes(data[: int(len(data) * share)])
    if share > 0.9:  # the header is whole, so it is a slice, whose pixels are not
        assert "cut short" in refused(folder)
    else:
        converted = convert_series(folder, "ct")
        assert_converted(converted, series)
        assert any("1 empty or unreadable file" in text for text in converted.sidecar["Warnings"])
