"""Files whose bytes were damaged: a reason, never another image."""

from __future__ import annotations

import zipfile

import pytest

from tests.images.expect import assert_converted, refused
from tests.images.kinds import convert_series
from tests.images.writer import ct_series


def nested(depth):
    opening = b"\xfe\xff\x00\xe0\xff\xff\xff\xff" + b"\x08\x00\x40\x11SQ\0\0\xff\xff\xff\xff"
    return b"\x08\x00\x40\x11SQ\0\0\xff\xff\xff\xff" + opening * depth


def test_a_file_nested_without_end_is_unreadable(tmp_path):
    series = ct_series()
    series.write(tmp_path)
    start = next(path.read_bytes() for path in tmp_path.iterdir())
    cut = start.index(b"\x08\x00\x70\x00LO")
    (tmp_path / "deep").write_bytes(start[:cut] + nested(2000))
    converted = convert_series(tmp_path, "ct")
    assert_converted(converted, series)
    assert converted.files.not_used == {"unreadable": 1}


def test_bytes_that_shift_the_pixels_are_refused(tmp_path):
    series = ct_series()
    series.write(tmp_path)
    path = sorted(tmp_path.iterdir())[4]
    content = path.read_bytes()
    path.write_bytes(content[:-100] + b"\xf5\x32\x94\xa5" + content[-100:])
    assert "what follows its pixel data" in refused(tmp_path)


@pytest.mark.parametrize("inserted", [1, 2, 8, 15])
def test_bytes_that_push_only_zeros_out_behind_the_pixels_are_refused(tmp_path, inserted):
    series = ct_series()
    series.write(tmp_path)
    path = sorted(tmp_path.iterdir())[4]
    content = path.read_bytes()
    content = content[:-20] + bytes(20)
    path.write_bytes(content[:-100] + b"\x32" * inserted + content[-100:])
    assert "what follows its pixel data" in refused(tmp_path)


@pytest.mark.parametrize(
    "tail",
    [b"\0" * 512, b"\xfc\xff\xfc\xffOB\0\0\x04\0\0\0\0\0\0\0", b"\xe1\x7f\x10\x00LO\x02\x00ab"],
)
def test_what_may_follow_the_pixels_is_no_fault(tmp_path, tail):
    series = ct_series()
    for path in series.write(tmp_path).iterdir():
        path.write_bytes(path.read_bytes() + tail)
    assert_converted(convert_series(tmp_path, "ct"), series)


def test_pixels_that_are_a_sequence_are_refused(tmp_path):
    for path in ct_series().write(tmp_path).iterdir():
        path.write_bytes(path.read_bytes().replace(b"\xe0\x7f\x10\x00OW", b"\xe0\x7f\x10\x00SQ"))
    assert "cannot be decoded" in refused(tmp_path)


def test_a_member_of_a_zip_without_a_name_is_left_out(tmp_path):
    series = ct_series()
    source = tmp_path / "ct.zip"
    with zipfile.ZipFile(source, "w") as archive:
        for index, path in enumerate(sorted(series.write(tmp_path / "ct").iterdir())):
            archive.write(path, str(index))
        archive.writestr(zipfile.ZipInfo(""), b"")
    assert_converted(convert_series(source, "ct"), series)


def test_digits_reported_as_a_binary_number_are_no_rescale(tmp_path):
    for path in ct_series().write(tmp_path).iterdir():
        content = path.read_bytes()
        at = content.index(b"\x28\x00\x53\x10DS") + 4
        length = content[at + 2]  # of "1" or "1.0", with its padding
        kind = {2: b"SS", 4: b"SL"}[length]
        path.write_bytes(content[:at] + kind + content[at + 2 :])
    assert "RescaleSlope or RescaleIntercept is absent or unusable" in refused(tmp_path)


def test_a_zip_of_another_version_is_refused(tmp_path):
    path = tmp_path / "ct.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a", b"")
    content = path.read_bytes()
    at = content.index(b"PK\x01\x02") + 6
    path.write_bytes(content[:at] + b"\x54" + content[at + 1 :])
    assert "not a readable zip" in refused(path)


@pytest.mark.parametrize("slope", ["1e300", "1e-300", "0"])
def test_a_rescale_that_no_pixel_can_take_is_refused(tmp_path, slope):
    series = ct_series()
    for dataset in series.datasets:
        dataset.RescaleSlope = slope
    assert "absent or unusable" in refused(series.write(tmp_path))


def test_a_number_too_large_for_any_acquisition_is_left_out(tmp_path):
    series = ct_series()
    for index, dataset in enumerate(series.datasets):
        dataset.SliceThickness = "1e300" if index else "9e299"
    converted = convert_series(series.write(tmp_path), "ct")
    assert "SliceThickness" not in converted.sidecar
