"""Damaged NIfTI headers: refused with a reason, or the voxels and the place the header declares."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path
from tempfile import TemporaryDirectory

import nibabel
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bonecohort.annotations.labels.read import read_label_map
from bonecohort.faults import DataFault
from bonecohort.images.nifti import read_nifti
from tests.images.kinds import convert_series

from .damage import changed_bytes
from .profile import cases
from .reasons import check_reason

HEADER = 352
SHAPE = (7, 6, 5)
TYPES = {2: "u1", 4: "i2", 8: "i4", 16: "f4", 64: "f8", 256: "i1", 512: "u2", 768: "u4",
         1024: "i8", 1280: "u8"}  # fmt: skip
RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


def made(dtype):
    labels = np.zeros(SHAPE, dtype)
    labels[1:4, 1:4, 1:4], labels[4:6, 1:4, 1:4] = 29, 28
    affine = np.array([[-0.8, 0, 0, 20], [0, 0.7, 0.1, -30], [0, -0.1, 2.0, 40], [0, 0, 0, 1]])
    image = nibabel.Nifti1Image(labels, affine)
    image.set_qform(affine, code=1)
    image.header.set_xyzt_units("mm")
    return image.to_bytes()


FILES = [made(np.int16), made(np.uint8), made(np.float64)]


@st.composite
def changed_header(draw):
    content = draw(st.sampled_from(FILES))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, HEADER - 4))
        kind = draw(st.sampled_from(["byte", "short", "float", "any"]))
        match kind:
            case "byte":
                new = bytes([draw(st.integers(0, 255))])
            case "short":
                new = struct.pack("<h", draw(st.sampled_from([-1, 0, 1, 2, 3, 4, 7, 32767])))
                at -= at % 2
            case "float":
                odd = [0.0, -1.0, 1.0, 2.0, 1e30, 1e-30, float("nan"), float("inf"), 3.4e38]
                new = struct.pack("<f", draw(st.sampled_from(odd)))
                at -= at % 4
            case _:
                content = draw(changed_bytes(content))
                continue
        content = content[:at] + new + content[at + len(new) :]
    return content


def told(content):
    """Return the voxels and the affine (LPS) that a NIfTI-1 header declares, by the standard."""
    order = "<" if 1 <= struct.unpack_from("<h", content, 40)[0] <= 7 else ">"
    dim = struct.unpack_from(f"{order}8h", content, 40)
    code = struct.unpack_from(f"{order}h", content, 70)[0]
    pixdim = struct.unpack_from(f"{order}8f", content, 76)
    start, slope, intercept = struct.unpack_from(f"{order}3f", content, 108)
    qform, sform = struct.unpack_from(f"{order}2h", content, 252)
    shape = dim[1 : dim[0] + 1]
    dtype = np.dtype(order + TYPES[code])
    values = np.frombuffer(content, dtype, count=int(np.prod(shape)), offset=int(start))
    values = values.reshape(shape, order="F").reshape(shape[:3])
    if np.isfinite(slope) and slope:
        values = values * slope + (intercept if np.isfinite(intercept) else 0)
    affine = np.eye(4)
    if 1 <= sform <= 5:  # the codes there are; any other says nothing
        affine[:3] = np.array(struct.unpack_from(f"{order}12f", content, 280)).reshape(3, 4)
    else:
        assert qform
        b, c, d, *origin = struct.unpack_from(f"{order}6f", content, 256)
        a = np.sqrt(max(1 - b * b - c * c - d * d, 0))
        affine[:3, :3] = np.array(
            [
                [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
                [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
                [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c],
            ]
        ) * np.array([*np.abs(pixdim[1:3]), abs(pixdim[3]) * (-1 if pixdim[0] < 0 else 1)])
        affine[:3, 3] = origin
    return values, RAS_TO_LPS @ affine


def check_volume(volume, content):
    values, affine = told(content)
    assert volume.array.shape == values.shape
    assert np.allclose(volume.array, values, rtol=1e-4, atol=1e-2, equal_nan=True)
    assert np.allclose(volume.affine_lps, affine, rtol=1e-3, atol=1e-3)


@cases(250)
@given(content=changed_header(), packed=st.booleans())
def test_a_damaged_nifti_is_refused_or_is_what_its_header_tells(content, packed):
    with TemporaryDirectory() as name:
        path = Path(name) / ("labels.nii.gz" if packed else "labels.nii")
        path.write_bytes(gzip.compress(content, 1, mtime=0) if packed else content)
        for read in (lambda file: read_label_map(file).volume, read_nifti):
            try:
                volume = read(path)
            except DataFault as fault:
                check_reason(fault, "vertebra label map", "NIfTI image")
            else:
                check_volume(volume, content)
        try:
            convert_series(path, "ct")
        except DataFault as fault:
            check_reason(fault, "vertebra label map", "NIfTI image")


@cases(60)
@given(data=st.data())
def test_a_damaged_gzip_is_refused_or_whole(data):
    packed = data.draw(changed_bytes(gzip.compress(FILES[0], 6, mtime=0)))
    with TemporaryDirectory() as name:
        path = Path(name) / "labels.nii.gz"
        path.write_bytes(packed)
        for read in (lambda file: read_label_map(file).volume, read_nifti):
            try:
                check_volume(read(path), FILES[0])
            except DataFault as fault:
                check_reason(fault, "vertebra label map", "NIfTI image")
