"""Transfer syntaxes, damaged files and whatever else comes in a folder."""

from __future__ import annotations

import base64
import contextlib
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pydicom.data
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import dcmread, dcmwrite
from pydicom.encaps import encapsulate
from pydicom.uid import (
    MPEG2MPML,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    ImplicitVRLittleEndian,
    JPEGLossless,
    JPEGLosslessSV1,
    RLELossless,
)

from bonecohort.faults import DataFault
from tests.images.kinds import convert_series
from tests.images.writer import ct_series, same_in_world

SAMPLES = Path(pydicom.data.__file__).parent
HTJ2K_SLICE = (
    "/0//UQApQAAAAAAUAAAAGAAAAAAAAAAAAAAAFAAAABgAAAAAAAAAAAABDwEB/1AACAACAAAAC/9SAAwAAgABAAIEBEAB"
    "/1wACiCQmJiYkJCY/2QAFgABT3BlbkpQSCBWZXIgMC45LjAu/5AACgAAAAABVAAB/5PAABekAM//S/93BuzbDwb83+8F"
    "nOAHBZTkN/8X/y+4v7Y34L/vM/gDfEx+Id/8b/5Pt8+/v9+/8RX4gPxFvjwAf/rLf/1l1helIGqeAMAAC6OAABdPAAAt"
    "sNuwDzQ7bL+bD4B59BH79/bzvccaz4f7D/L3/jFlG+KBm3wAALYvSrsna55zaQAAAIiEjQzEA/Zwfm349gUPzGAp+w2Q"
    "LxCA074Atz3UiNUDwA8PABB+QPgUPwlADvnSB0GAU30AwAAXZQAAXYwAALZAOz2N+MECfPXzJ49+/wFgD38BCaSP/yMC"
    "gR+A+B8BPzb+/X9+r9+vwB+UAPwj+AIPdgH5sEVvnrx48N6t0GMgxyHoQAYqEIEGJKQf/h/QCjeUoG/eUgG+sACgkQgK"
    "aRCAp1cB8wAA+4EAAAD+f0BB/DDIA6wAMO84Mc5wAf/Z"
)


def gdcm_compressed(series, folder, *options):
    """Write the series compressed by GDCM's own tool."""
    plain = series.write(folder.with_name("plain"))
    folder.mkdir()
    tool = Path(sys.executable).with_name("gdcmconv")
    for file in plain.iterdir():
        subprocess.run([tool, *options, file, folder / file.name], check=True, capture_output=True)
    return folder


@pytest.mark.parametrize("option", ["--jpeg", "--jpegls", "--j2k", "--rle"])
def test_compressed_without_loss_is_the_same(tmp_path, option):
    series = ct_series(rows=32, columns=32, n=3)
    folder = gdcm_compressed(series, tmp_path / "packed", option)
    converted = convert_series(folder, "ct")
    assert same_in_world(converted.volume, series.truth).max() == 0
    assert not any("loss" in text for text in converted.sidecar["Warnings"])


def test_jpeg_lossless_of_any_predictor_is_the_same(tmp_path):
    """First-order prediction (.70) is one of the predictors that process 14 (.57) allows."""
    series = ct_series(rows=32, columns=32, n=3)
    folder = gdcm_compressed(series, tmp_path / "packed", "--jpeg")
    for file in folder.iterdir():
        dataset = dcmread(file)
        assert dataset.file_meta.TransferSyntaxUID == JPEGLosslessSV1
        dataset.file_meta.TransferSyntaxUID = JPEGLossless
        dataset.save_as(file)
    converted = convert_series(folder, "ct")
    assert same_in_world(converted.volume, series.truth).max() == 0


@pytest.mark.parametrize(
    ("options", "largest_hu"), [(("--jpegls", "-e", "2"), 2), (("--j2k", "-r", "4"), 8)]
)
def test_compression_with_loss_is_warned_of(tmp_path, options, largest_hu):
    series = ct_series(rows=32, columns=32, n=3)
    folder = gdcm_compressed(series, tmp_path / "packed", "--lossy", *options)
    converted = convert_series(folder, "ct")
    assert same_in_world(converted.volume, series.truth).max() <= largest_hu
    assert any("compressed with loss" in text for text in converted.sidecar["Warnings"])
    for file in folder.iterdir():
        dataset = dcmread(file)
        del dataset.LossyImageCompression
        dataset.save_as(file)
    warnings = convert_series(folder, "ct").sidecar["Warnings"]
    assert any("allows lossy compression" in text for text in warnings)


def test_high_throughput_jpeg_2000_is_the_same(tmp_path):
    """A slice of the writer, compressed by ojph_compress 0.9 of OpenJPH (-reversible true)."""
    series = ct_series(n=3)
    series.hu[:] = series.hu[0]
    for dataset in series.datasets:
        dataset.file_meta.TransferSyntaxUID = HTJ2KLossless
        dataset.PixelRepresentation = 0
        dataset.PixelData = encapsulate([base64.b64decode(HTJ2K_SLICE)])
        dataset["PixelData"].VR, dataset["PixelData"].is_undefined_length = "OB", True
    converted = convert_series(series.write(tmp_path), "ct")
    assert same_in_world(converted.volume, series.truth).max() == 0


def test_compressed_pixels_under_an_uncompressed_syntax_are_refused(tmp_path):
    series = ct_series()
    series.write(tmp_path)
    for file in tmp_path.iterdir():
        dataset = dcmread(file)
        dataset.compress(RLELossless, generate_instance_uid=False)
        dataset.save_as(file)
        wrong = ExplicitVRLittleEndian.encode().ljust(len(RLELossless) + 1, b"\0")
        file.write_bytes(file.read_bytes().replace(RLELossless.encode() + b"\0", wrong))
    with pytest.raises(DataFault, match="cannot be decoded"):
        convert_series(tmp_path, "ct")


def test_pixels_of_twice_the_matrix_are_refused(tmp_path):
    series = ct_series()
    for dataset in series.datasets:
        dataset.Rows //= 2
    with pytest.raises(DataFault, match="longer than its matrix: 960 bytes declared"):
        convert_series(series.write(tmp_path), "ct")


@pytest.mark.parametrize(
    "syntax", [ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian]
)
def test_uncompressed_encodings_are_the_same(tmp_path, syntax):
    series = ct_series()
    for index, dataset in enumerate(series.datasets):
        if syntax == ExplicitVRBigEndian:
            dataset.PixelData = np.frombuffer(dataset.PixelData, "<i2").astype(">i2").tobytes()
        dataset.file_meta.TransferSyntaxUID = syntax
        dcmwrite(
            tmp_path / f"IM{index}",
            dataset,
            implicit_vr=syntax == ImplicitVRLittleEndian,
            little_endian=syntax != ExplicitVRBigEndian,
        )
    converted = convert_series(tmp_path, "ct")
    assert same_in_world(converted.volume, series.truth).max() == 0


def test_run_length_encoding_needs_no_plugin(tmp_path):
    series = ct_series()
    for dataset in series.datasets:
        dataset.compress(RLELossless, generate_instance_uid=False)
    converted = convert_series(series.write(tmp_path), "ct")
    assert same_in_world(converted.volume, series.truth).max() == 0


def test_files_without_preamble_are_read(tmp_path):
    series = ct_series()
    series.write(tmp_path)
    for file in tmp_path.iterdir():
        file.write_bytes(file.read_bytes()[132:])
    converted = convert_series(tmp_path, "ct")
    assert same_in_world(converted.volume, series.truth).max() == 0


def test_a_syntax_without_decoder_is_named(tmp_path):
    series = ct_series()
    for dataset in series.datasets:
        dataset.compress(RLELossless, generate_instance_uid=False)
        dataset.file_meta.TransferSyntaxUID = MPEG2MPML
    with pytest.raises(DataFault, match="transfer syntax MPEG2 Main Profile"):
        convert_series(series.write(tmp_path), "ct")


@pytest.mark.parametrize("kind", ["ct", "t2_sagittal"])
def test_every_sample_of_pydicom_converts_or_gives_a_reason(tmp_path, kind):
    """Damaged headers, foreign objects, every encoding: each alone, and all in one folder."""
    for index, file in enumerate(sorted(SAMPLES.rglob("*"))):
        if file.is_file():
            folder = tmp_path / str(index)
            folder.mkdir()
            shutil.copy(file, folder)
            with pytest.raises(DataFault):  # none of them holds three slices
                convert_series(folder, kind)
    with pytest.raises(DataFault):
        convert_series(SAMPLES, kind)


@pytest.mark.parametrize(
    "name",
    ["CT_small", "MR_small_RLE", "MR_small_jp2klossless", "MR_small_bigendian", "MR_small_implicit",
     "MR_small_expb", "MR_small_jpeg_ls_lossless"],
)  # fmt: skip
def test_a_stack_made_of_a_sample_has_its_values(tmp_path, name):
    found = [path for path in SAMPLES.rglob(f"{name}.dcm") if path.is_file()]
    if not found:
        pytest.skip(f"this pydicom does not bring {name}.dcm")
    sample = dcmread(found[0], force=True)
    kind = "ct" if sample.Modality == "CT" else "t2_sagittal"
    sample.ImageOrientationPatient = [0, 1, 0, 0, 0, -1]
    for index in range(3):
        sample.ImagePositionPatient = [index * 2.0, 0, 0]
        sample.save_as(tmp_path / f"IM{index}")
    array = convert_series(tmp_path, kind).volume.array
    expected = sample.pixel_array * float(sample.get("RescaleSlope", 1))
    expected = expected + float(sample.get("RescaleIntercept", 0))
    assert np.array_equal(array[..., 1].T, expected)


@pytest.fixture(scope="module")
def four_slices(tmp_path_factory):
    series = ct_series(n=4, rows=6, columns=6, uid="1.2.3")
    for index, dataset in enumerate(series.datasets):
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = f"1.2.3.{index}"
    return series.write(tmp_path_factory.mktemp("four"))


@settings(max_examples=80)
@given(st.lists(st.tuples(st.integers(0, 850), st.integers(0, 255)), min_size=1, max_size=4))
def test_damaged_bytes_give_a_reason_or_a_volume(tmp_path_factory, four_slices, changes):
    folder = tmp_path_factory.mktemp("damaged") / "ct"
    shutil.copytree(four_slices, folder)
    file = min(folder.iterdir())
    content = bytearray(file.read_bytes())
    for position, value in changes:
        content[position % len(content)] = value
    file.write_bytes(content)
    with contextlib.suppress(DataFault):
        assert convert_series(folder, "ct").volume.array.shape[:2] == (6, 6)
