"""Files that declare, or unpack to, more than there is room for: a reason, nothing allocated."""

from __future__ import annotations

import gzip
import json
import os
import resource
import struct
import time
import zipfile
import zlib
from pathlib import Path

import nibabel
import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, get_frame
from pydicom.uid import (
    ComprehensiveSRStorage,
    DeflatedExplicitVRLittleEndian,
    JPEG2000Lossless,
    RLELossless,
)

from bonecohort.annotations.labels.read import read_label_map
from bonecohort.annotations.labels.seg import _paint
from bonecohort.annotations.marks.read import read_reading
from bonecohort.faults import DataFault
from bonecohort.images.foreign_json import read_foreign_json
from bonecohort.intake.header import FoundFile, read_headers
from bonecohort.limits import IMAGE_BYTES, IMAGE_VOXELS, JSON_DEPTH, check_image
from tests.annotations.marks.forms import FORMS
from tests.images.expect import assert_converted, refused
from tests.images.kinds import convert_series
from tests.images.writer import ct_series

MOST = 3 * 2**30
"""Bytes a process may map while it reads a bomb; the limit of an image is more."""
MOST_CPU_S = 20.0
"""Of the processor, not of the clock; the searches that are bounded took minutes."""


@pytest.fixture(autouse=True)
def little_memory():
    """A reader that allocates what a file declares fails here, whatever memory the machine has."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    mapped = pages * os.sysconf("SC_PAGE_SIZE")
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (mapped + MOST, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, before)


def nifti_of(shape, dtype=np.int16, kind=nibabel.Nifti1Header):
    header = kind()
    header.set_data_dtype(dtype)
    header["dim"][: len(shape) + 1] = (len(shape), *shape)
    header.set_sform(np.eye(4), code=1)
    header["vox_offset"] = header.single_vox_offset
    return header.binaryblock + bytes(4)


def reasons(path):
    """Return why an image file is refused, as a CT and as a label map."""
    with pytest.raises(DataFault) as as_labels:
        read_label_map(path)
    return refused(path), as_labels.value.reason


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize(
    ("content", "told"),
    [
        (nifti_of([32767] * 3) + bytes(100), "declares 35,181,150,961,663 voxels; at most"),
        (nifti_of([32767] * 7), "declares 4.1e+31 voxels; at most"),
        (nifti_of([2**62] * 3, kind=nibabel.Nifti2Header), "declares 9.8e+55 voxels; at most"),
        (nifti_of([1000, 1000, 1000], np.float64), "declares 8,000,000,000 bytes of voxels"),
        (nifti_of([1024, 1024, 1000]), "452 bytes where its header declares 2,097,152,352"),
    ],
)
def test_a_nifti_that_declares_too_much(tmp_path, content, told, pack):
    path = tmp_path / "labels.nii.gz"
    path.write_bytes(pack(content.ljust(452, b"\0")))
    for reason in reasons(path):
        assert told.replace("452", str(max(452, len(content)))) in reason


def test_a_nifti_whose_gzip_goes_on_and_on(tmp_path):
    """Ten gigabytes of zeros behind the few voxels that the header declares."""
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    million = packer.compress(nifti_of([4, 4, 4]) + bytes(128)) + packer.compress(bytes(2**26))
    path = tmp_path / "labels.nii.gz"
    path.write_bytes(million + packer.flush())
    for reason in reasons(path):
        assert "continues after its voxels for 1,048,577 bytes; at most 1,048,576" in reason


@pytest.mark.parametrize("size", [0, 128, 2**31])
def test_a_gzip_whose_trailer_lies_of_its_size(tmp_path, size):
    packed = gzip.compress(nifti_of([4, 4, 4]) + bytes(128))
    path = tmp_path / "labels.nii.gz"
    path.write_bytes(packed[:-4] + struct.pack("<L", size))
    for reason in reasons(path):
        assert "NIfTI" in reason


@pytest.mark.parametrize(("shape", "dtype"), [((512, 512, 2500), "i2"), ((1024, 1024, 1000), "i2")])
def test_a_whole_body_ct_is_within_the_limits(shape, dtype):
    check_image("", int(np.prod(shape)), np.dtype(dtype).itemsize)
    assert IMAGE_BYTES == 4 * IMAGE_VOXELS


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"KVP": NaN}', "NaN is no finite number"),
        ('{"KVP": [-Infinity]}', "-Infinity is no finite number"),
        ('{"KVP": 1e999}', "1e999 is no finite number"),
        (f'{{"KVP": {"9" * 5000}}}', "not readable JSON"),
        ("[" * 100_000 + "]" * 100_000, f"more than {JSON_DEPTH} deep"),
        ("[" * 65 + "]" * 65, f"more than {JSON_DEPTH} deep"),
        ('{"KVP": "' + "x" * 2**25 + '"}', "33,554,443 bytes; at most 33,554,432"),
        ('{"KVP": 120', "not readable JSON"),
        ("[120]", "holds no values by name"),
    ],
)
def test_a_sidecar_that_is_no_json_refuses_its_image(tmp_path, text, told):
    """The tube voltage may stand in it, or a contrast agent: unread is not absent."""
    (tmp_path / "ct.nii").write_bytes(nifti_of([4, 4, 4]) + bytes(128))
    (tmp_path / "ct.json").write_text(text)
    reason = refused(tmp_path / "ct.nii")
    assert told in reason
    assert reason.startswith("The JSON file beside the image")
    markups = tmp_path / "a.mrk.json"
    markups.write_text(text)
    with pytest.raises(DataFault, match=r"a\.mrk\.json"):
        read_reading(markups, FORMS)


def test_a_json_file_as_deep_as_is_read(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("[" * JSON_DEPTH + "]" * JSON_DEPTH)
    assert json.dumps(read_foreign_json(path, "it")) == path.read_text()


@pytest.mark.parametrize("value", [1e13, -1e300])
def test_a_number_that_no_scanner_gives_is_not_kept(tmp_path, value):
    (tmp_path / "ct.nii").write_bytes(nifti_of([4, 4, 4]) + bytes(128))
    (tmp_path / "ct.json").write_text(json.dumps({"KVP": value, "SliceThickness": 2}))
    sidecar = convert_series(tmp_path / "ct.nii", "ct").sidecar
    assert "KVP" not in sidecar
    assert sidecar["SliceThickness"] == 2


def packed_nrrd(tmp_path, sizes, content):
    head = (
        "NRRD0004\ntype: short\ndimension: 3\nspace: left-posterior-superior\n"
        f"sizes: {sizes}\nspace directions: (1,0,0) (0,1,0) (0,0,1)\nspace origin: (0,0,0)\n"
        "encoding: gzip\nendian: little\n\n"
    )
    path = tmp_path / "labels.nrrd"
    path.write_bytes(head.encode() + content)
    return path


def test_a_nrrd_that_declares_too_much(tmp_path):
    with pytest.raises(DataFault, match="declares 35,184,372,088,832 voxels; at most"):
        read_label_map(packed_nrrd(tmp_path, "32768 32768 32768", gzip.compress(bytes(100))))


def test_a_nrrd_that_unpacks_to_more_than_it_declares(tmp_path):
    path = packed_nrrd(tmp_path, "4 4 4", gzip.compress(bytes(2**27), 1))
    with pytest.raises(DataFault, match="1048704 bytes of voxels where its header declares 128"):
        read_label_map(path)


LONG_HEADERS = {
    "spaces.nrrd": b"NRRD0004\ncontent: a" + b" " * 60_000 + b"b\ntype: short\n\n",
    "spaces.mha": b"Comment = a" + b" " * 60_000 + b"b\n",
}


@pytest.mark.parametrize("name", LONG_HEADERS)
def test_a_long_line_of_a_header_is_read_in_no_more_than_its_length(tmp_path, name):
    (tmp_path / name).write_bytes(LONG_HEADERS[name])
    began_s = time.process_time()
    with pytest.raises(DataFault, match=r"lacks dimension|does not begin with"):
        read_label_map(tmp_path / name)
    assert time.process_time() - began_s < MOST_CPU_S


def test_a_damaged_table_of_names_is_read_in_no_more_than_its_length(tmp_path):
    image = nibabel.Nifti1Image(np.zeros((3, 3, 3), np.uint8), np.eye(4))
    open_ended = b'<Label Key="1"><![CDATA[' * 20_000
    whole = (
        b'<Label Key="31" Red="0"> <![CDATA[ vertebrae_L1 ]]> </Label><Label Key="30">L2</Label>'
    )
    for content in (whole, open_ended + whole):
        image.header.extensions.append(nibabel.nifti1.Nifti1Extension(0, content))
    nibabel.save(image, tmp_path / "labels.nii")
    began_s = time.process_time()
    assert read_label_map(tmp_path / "labels.nii").names == {31: "vertebrae_L1", 30: "L2"}
    assert time.process_time() - began_s < MOST_CPU_S


def lie_of_sizes(archive, size):
    """Change what a zip's list of files says its members unpack to."""
    data = bytearray(archive.read_bytes())
    start = data.find(b"PK\x01\x02")
    while start >= 0:
        data[start + 24 : start + 28] = struct.pack("<L", size)
        start = data.find(b"PK\x01\x02", start + 1)
    archive.write_bytes(data)


def zip_of(path, *names, content=b"x"):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, content)
    return path


def test_a_zip_of_files_that_unpack_to_too_much(tmp_path):
    archive = zip_of(tmp_path / "ct.zip", *(f"{number}" for number in range(20)))
    lie_of_sizes(archive, 2**32 - 2)
    assert "The zip unpacks to 85,899,345,880 bytes; at most 68,719,476,736" in refused(archive)


def test_a_zip_of_one_file_that_is_too_large(tmp_path):
    archive = tmp_path / "ct.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        member = zipfile.ZipInfo("a")
        packed.writestr(member, b"x")
        member.file_size = 2**40
    assert "a file that unpacks to 1,099,511,627,776 bytes; at most" in refused(archive)


def test_a_zip_of_too_many_files(tmp_path, monkeypatch):
    monkeypatch.setattr("bonecohort.images.archives.ARCHIVE_MEMBERS", 3)
    archive = zip_of(tmp_path / "ct.zip", *"abcd")
    assert "The zip holds 4 files; at most 3 are read." in refused(archive)


@pytest.mark.parametrize("zip64", [False, True])
def test_a_zip_whose_list_of_files_is_too_long_is_not_read(tmp_path, monkeypatch, zip64):
    """Each entry of a list of 10⁶ files would become an object before they can be counted."""
    monkeypatch.setattr("bonecohort.images.archives.ARCHIVE_DIRECTORY_BYTES", 100)
    if zip64:
        monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 1)
    archive = zip_of(tmp_path / "ct.zip", *"abcd")
    assert (b"PK\x06\x06" in archive.read_bytes()) == zip64
    assert "The zip has a list of files of 188 bytes; at most 100 are read." in refused(archive)


def test_members_named_as_if_outside_are_read_where_they_are(tmp_path):
    series = ct_series()
    archive = tmp_path / "ct.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for number, file in enumerate(series.write(tmp_path / "ct").iterdir()):
            packed.write(file, f"../../{number}")
    assert_converted(convert_series(archive, "ct"), series)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ct", "ct.zip"]


def test_a_bundle_that_unpacks_to_too_much(tmp_path):
    bundle = zip_of(tmp_path / "a.mrb", "s/a.mrml", "s/a.mrk.json", content=bytes(2**25 + 1))
    with pytest.raises(DataFault, match="unpacks to 67,108,866 bytes; at most 67,108,864"):
        read_reading(bundle, FORMS)


def test_a_scene_whose_entities_multiply(tmp_path):
    """ "Billion laughs": expat counts what its entities come to."""
    entities = '<!ENTITY a0 "aaaaaaaaaaaaaaaaaaaa">' + "".join(
        f'<!ENTITY a{n} "{f"&a{n - 1};" * 20}">' for n in range(1, 9)
    )
    scene = tmp_path / "a.mrml"
    scene.write_text(f"<!DOCTYPE MRML [{entities}]><MRML><a>&a8;</a></MRML>")
    with pytest.raises(DataFault, match="could not be read"):
        read_reading(scene, FORMS)


def test_a_scene_nested_without_end(tmp_path):
    scene = tmp_path / "a.mrml"
    scene.write_text("<MRML>" + "<a>" * 10**6 + "</a>" * 10**6 + "</MRML>")
    assert read_reading(scene, FORMS).markups == []


@pytest.fixture
def series():
    return ct_series()


def deflated(series):
    for dataset in series.datasets:
        dataset.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
        dataset.add_new(0x00091001, "UN", bytes(2**22))
    return series


def test_deflated_files_that_unpack_to_too_much(tmp_path, monkeypatch, series):
    folder = deflated(series).write(tmp_path)
    assert_converted(convert_series(folder, "ct"), series)
    monkeypatch.setattr("bonecohort.images.dicom_reading.DEFLATED_BYTES", 2**22)
    reason = refused(folder)
    assert "12 × deflated DICOM that unpacks to more than 2,147,483,648 bytes" in reason
    file = min(folder.iterdir())
    found = FoundFile(str(file), file.stat().st_size, 0)
    assert "deflated DICOM" in read_headers([found])[0].left_out
    with pytest.raises(DataFault, match="at most 4,194,304 are read"):
        read_label_map(file)


@pytest.mark.parametrize("syntax", [None, RLELossless])
def test_a_series_that_declares_too_much(tmp_path, series, syntax):
    for dataset in series.datasets:
        if syntax:
            dataset.compress(syntax)
        dataset.Rows = dataset.Columns = 65535
    reason = refused(series.write(tmp_path))
    assert "The series declares 51,538,034,700 voxels; at most 1,073,741,824" in reason


def test_a_number_of_frames_that_the_file_does_not_hold(tmp_path, series):
    for dataset in series.datasets:
        dataset.NumberOfFrames = 2**31 - 1
    assert "makes no volume" in refused(series.write(tmp_path))


def test_a_codestream_that_declares_another_size(tmp_path):
    """JPEG 2000 declares its own size, by which decoders allocate."""
    series = ct_series(n=3, rows=80, columns=64)
    for dataset in series.datasets:
        dataset.compress(JPEG2000Lossless)
        frame = bytearray(get_frame(dataset.PixelData, 0, number_of_frames=1))
        assert struct.unpack_from(">2L", frame, 8) == (64, 80)
        frame[8:16] = struct.pack(">2L", 60000, 60000)
        dataset.PixelData = encapsulate([bytes(frame)])
    assert "cannot be decoded" in refused(series.write(tmp_path))


def test_sequences_nested_without_end(tmp_path, series):
    item = b"\x08\x00\x40\x11SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff"
    folder = series.write(tmp_path)
    for file in folder.iterdir():
        content = file.read_bytes()
        at = content.index(b"\x08\x00\x16\x00UI")
        file.write_bytes(content[:at] + item * 20_000 + content[at:])
    assert "12 × unreadable" in refused(folder)


def test_an_element_that_declares_more_than_the_file_holds(tmp_path, series):
    folder = series.write(tmp_path)
    for file in folder.iterdir():
        content = file.read_bytes()
        at = content.index(b"\x18\x00\x50\x00DS")
        file.write_bytes(content[:at] + b"\x09\x00\x01\x10UN\0\0\xf0\xff\xff\xff" + content[at:])
    assert "12 × " in refused(folder)


def test_planes_far_apart_make_no_endless_label_map():
    dataset = Dataset()
    dataset.Rows = dataset.Columns = 512
    with pytest.raises(DataFault, match="The DICOM SEG spans 262,144,000,262,144 voxels; at most"):
        _paint(dataset, [0, 10**9], {}, "the DICOM SEG")


@pytest.mark.parametrize("read", [refused, reasons])
def test_a_pipe_is_not_waited_for(tmp_path, read):
    path = tmp_path / "ct"
    os.mkfifo(path)
    assert read(path)


@pytest.mark.parametrize("defined", [True, False])
def test_a_report_nested_without_end(tmp_path, defined):
    """Content within content, 3000 deep, written with lengths or with delimiters."""
    content = b""
    for _ in range(3000):
        length = struct.pack("<L", len(content)) if defined else b"\xff\xff\xff\xff"
        item = b"\xfe\xff\x00\xe0" + length + content
        item += b"" if defined else b"\xfe\xff\x0d\xe0\0\0\0\0"
        length = struct.pack("<L", len(item)) if defined else length
        content = b"\x40\x00\x30\xa7SQ\0\0" + length + item
        content += b"" if defined else b"\xfe\xff\xdd\xe0\0\0\0\0"
    (dataset, *_) = ct_series(n=3).datasets
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = ComprehensiveSRStorage
    del dataset.PixelData
    path = tmp_path / "report"
    dataset.save_as(path, enforce_file_format=True)
    with path.open("ab") as stream:
        stream.write(content)
    with pytest.raises(DataFault, match="DICOM SR"):
        read_reading(path, FORMS)
