"""The size that compressed pixels declare themselves, against the header of the same file."""

from __future__ import annotations

from pathlib import Path

import pydicom.data
import pytest
from pydicom import dcmread
from pydicom.encaps import get_frame
from pydicom.uid import JPEG2000TransferSyntaxes, JPEGLSTransferSyntaxes, JPEGTransferSyntaxes

from bonecohort.images.codestreams import declared_size
from bonecohort.images.headers import UNREADABLE

KINDS = {"JPEG": JPEGTransferSyntaxes, "JPEG-LS": JPEGLSTransferSyntaxes,
         "JPEG 2000": JPEG2000TransferSyntaxes}  # fmt: skip
DAMAGED = "JPEG2000-embedded-sequence-delimiter.dcm"
"""Its codestream's width is overwritten by a DICOM delimiter: no decoder reads it."""
SAMPLES = sorted(
    path
    for path in Path(pydicom.data.__file__).parent.glob("test_files/*.dcm")
    if path.name != DAMAGED
)


def frames_of(kind):
    for path in SAMPLES:
        try:
            dataset = dcmread(path, force=True)
            syntax = dataset.file_meta.TransferSyntaxUID
        except UNREADABLE:
            continue
        if syntax in KINDS[kind] and "PixelData" in dataset:
            frames = int(dataset.get("NumberOfFrames") or 1)
            frame = get_frame(dataset.PixelData, 0, number_of_frames=frames)
            yield (int(dataset.Rows), int(dataset.Columns)), frame


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("kind", KINDS)
def test_the_size_is_that_of_the_header(kind):
    found = list(frames_of(kind))
    assert len(found) >= 2
    for size, frame in found:
        assert declared_size(frame) == size


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("kind", KINDS)
def test_a_codestream_cut_short_has_a_size_or_none(kind):
    size, frame = next(frames_of(kind))
    assert {declared_size(frame[:end]) for end in range(min(len(frame), 700))} <= {None, size}


@pytest.mark.parametrize("frame", [b"", b"\xff\xd8", b"\xff\xd8\xff", b"RLE", bytes(100)])
def test_what_is_no_codestream_has_no_size(frame):
    assert declared_size(frame) is None
