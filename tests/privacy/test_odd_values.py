"""Any value may stand in any element: a reason or a sidecar never quotes it."""

from __future__ import annotations

import base64
import copy
import gzip
import json
import zipfile
import zlib

import pytest
from pydicom.datadict import tag_for_keyword
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from bonecohort.annotations.dicom_files import SEGMENTATIONS, STRUCTURED_REPORTS
from bonecohort.annotations.labels.read import read_label_map
from bonecohort.annotations.marks.read import read_reading
from bonecohort.faults import DataFault
from bonecohort.images.acquisition import GROUPED, PLAIN
from bonecohort.images.deidentify_text import deidentified_text, kept_agent
from bonecohort.images.identity import identifying_words
from tests.annotations.marks.forms import FORMS
from tests.images.kinds import convert_series
from tests.images.writer import ct_series, t2_series
from tests.privacy.planting import SECRETS, TOKEN, UID_ROOT, leaks_in, plant, planted, save

ELEMENTS = sorted(
    {
        *PLAIN,
        *(keyword for _, keyword in GROUPED),
        "SOPClassUID", "SeriesInstanceUID", "SeriesNumber", "InstanceNumber", "PatientID",
        "FrameOfReferenceUID", "ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing",
        "Rows", "Columns", "SamplesPerPixel", "BitsAllocated", "BitsStored", "NumberOfFrames",
        "PixelRepresentation", "RescaleSlope", "RescaleIntercept", "RescaleType",
        "PixelPaddingValue", "SpecificCharacterSet", "ConversionType", "ContrastBolusAgentSequence",
        "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence",
        "SeriesDescription", "ProtocolName", "PhotometricInterpretation",
    }
)  # fmt: skip


def is_used(folder, kind):
    try:
        converted = convert_series(folder, kind)
    except DataFault as fault:
        return fault.reason
    return json.dumps(converted.sidecar)


@pytest.mark.parametrize("implicit", [False, True])
@pytest.mark.parametrize("keyword", ELEMENTS)
def test_no_odd_value_is_reported(tmp_path, keyword, implicit):
    """One slice, then every slice, holds a sentence with a name where a value belongs."""
    for number, harmed in enumerate((slice(4, 5), slice(None))):
        for kind, made in (("ct", ct_series(n=6)), ("t2_sagittal", t2_series(n=6))):
            for dataset in made.datasets[harmed]:
                value = f"{UID_ROOT}.5" if keyword.endswith("UID") else f"{TOKEN}^Jane, Doe"
                dataset.add_new(tag_for_keyword(keyword), "LO", value)
            folder = tmp_path / f"{TOKEN}{number}{kind}"
            folder.mkdir()
            for index, dataset in enumerate(made.datasets):
                if implicit:
                    dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
                save(dataset, folder / f"{TOKEN}{index}")
            assert leaks_in(is_used(folder, kind).encode()) == []


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("STANDARD", "STANDARD"),
        ("Br38f\\3", "Br38f\\3"),
        ("GE MEDICAL SYSTEMS", "GE MEDICAL SYSTEMS"),
        ("syngo CT VA48A", "syngo CT VA48A"),
        ("DOE^JANE", ""),
        ("born 19410203", ""),
        ("B30f Doe", ""),
        ("ID-4711", ""),
        ("a comment of more than forty characters, typed", ""),
        ("Müller", ""),
    ],
)
def test_a_text_is_kept_when_it_looks_like_a_code_and_names_nobody(text, kept):
    words = identifying_words({"PatientName": "DOE^JANE", "PatientID": "4711"})
    assert deidentified_text(text, words) == kept


@pytest.mark.parametrize(
    "text",
    ["NONE", "Iohexol", "OMNIPAQUE 350", "Ultravist 370 mg/ml, 80 ml iv", "portal venous phase"],
)
def test_a_contrast_agent_in_known_words_is_kept(text):
    assert kept_agent(text) == text


@pytest.mark.parametrize("text", ["Omnipaque for Doe", "4711 ml", "Müller iv", f"{TOKEN}"])
def test_any_other_contrast_agent_is_only_said_to_be_given(text):
    assert kept_agent(text) == "given"


@pytest.mark.parametrize("sop_class", [SEGMENTATIONS[0], STRUCTURED_REPORTS[2]])
def test_no_value_of_a_broken_annotation_is_reported(tmp_path, sop_class):
    dataset = copy.deepcopy(planted())
    dataset.SegmentationType = f"{TOKEN}TYPE"
    path = tmp_path / f"{TOKEN}.dcm"
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = sop_class
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = f"{UID_ROOT}.9"
    save(dataset, path)
    whole = path.read_bytes()
    for content in (whole, whole[: len(whole) // 2]):
        path.write_bytes(content)
        for read in (read_label_map, lambda path: read_reading(path, FORMS)):
            with pytest.raises(DataFault) as caught:
                read(path)
            assert leaks_in(caught.value.reason.encode()) == []


def test_the_search_finds_what_is_planted_however_it_is_packed(tmp_path):
    (dataset, *_) = ct_series().datasets
    save(plant(dataset, "a"), tmp_path / "planted")
    content = (tmp_path / "planted").read_bytes()
    with zipfile.ZipFile(tmp_path / "zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", content)
    page = b"<img src='data:image/png;base64," + base64.b64encode(content) + b"'>"
    pdf = b"%PDF-1.4 stream\n" + zlib.compress(content) + b"endstream"
    for packed in (content, gzip.compress(content), (tmp_path / "zip").read_bytes(), page, pdf):
        assert set(leaks_in(packed)) == set(SECRETS)
