"""No value that is kept holds a word by which the same header names anybody."""

from __future__ import annotations

import json

import nibabel
import numpy as np
import pytest
from pydicom import config
from pydicom.dataset import Dataset

from bonecohort.faults import DataFault
from bonecohort.images.acquisition import PLAIN, image_facts
from bonecohort.images.deidentify_text import deidentified_text, is_no_agent, kept_agent
from bonecohort.images.identity import DATES, IDENTIFYING, identifying_words
from tests.images.kinds import convert_series
from tests.images.writer import ct_series
from tests.privacy.planting import save, value_of


@pytest.fixture(autouse=True)
def _any_value_may_be_set(monkeypatch):
    for mode in ("reading_validation_mode", "writing_validation_mode"):
        monkeypatch.setattr(config.settings, mode, config.IGNORE)


TEXTS = [
    keyword
    for keyword, (_, reader) in PLAIN.items()
    if reader.__name__ in ("_text", "_texts", "_joined", "_agent")
]
WORD = "ROSSI"
HOLDERS = {
    "PatientName": f"{WORD}^MARIA",
    "PatientID": WORD,
    "OtherPatientIDs": ["A1", WORD],
    "OtherPatientNames": ["DOE^JANE", f"DOE^{WORD}"],
    "PatientMotherBirthName": f"X^^{WORD}",
    "AccessionNumber": f"{WORD}-1",
    "OperatorsName": [f"BIANCHI^{WORD}"],
    "ReferringPhysicianName": f"Y^Z^{WORD}^Dr.",
    "PerformingPhysicianName": f"{WORD}=山田^太郎",
    "NameOfPhysiciansReadingStudy": [WORD],
    "PhysiciansOfRecord": [WORD],
    "RequestingPhysician": WORD,
    "InstitutionName": f"Ospedale {WORD}",
    "InstitutionAddress": f"Via {WORD} 5",
    "InstitutionalDepartmentName": WORD,
    "StationName": f"{WORD}_CT",
    "PerformedStationAETitle": WORD,
    "DeviceSerialNumber": WORD,
}


def header_of(keyword, value, kept):
    header = Dataset()
    setattr(header, keyword, value)
    for text in TEXTS:
        setattr(header, text, kept)
    return header


@pytest.mark.parametrize(("keyword", "value"), HOLDERS.items())
@pytest.mark.parametrize("written", ["{}", "{}1", "MR {}", "x_{}_y", "{}MARIA"])
def test_no_text_holds_a_word_of_the_same_header(keyword, value, written):
    for case in (WORD, WORD.lower(), WORD.title()):
        facts = image_facts(header_of(keyword, value, written.format(case)))
        assert WORD not in json.dumps(facts).upper()


@pytest.mark.parametrize("where", ["one", "all"])
@pytest.mark.parametrize("keyword", TEXTS)
def test_no_coded_element_reaches_the_sidecar_or_a_reason(tmp_path, keyword, where):
    series = ct_series()
    for number, dataset in enumerate(series.datasets):
        dataset.PatientName, dataset.OperatorsName = f"{WORD}^MARIA", "BIANCHI^PIA"
        dataset.InstitutionName = "Villa Zanetti"
        if where == "all" or number == 4:
            value = f"{WORD} PIA ZANETTI"
            setattr(dataset, keyword, ["ORIGINAL", value] if keyword == "ImageType" else value)
        save(dataset, tmp_path / str(number))
    try:
        told = json.dumps(convert_series(tmp_path, "ct").sidecar)
    except DataFault as fault:
        told = fault.reason
    assert not [name for name in (WORD, "PIA", "ZANETTI", "MARIA") if name in told.upper()]


@pytest.mark.parametrize(
    ("name", "text", "dropped"),
    [
        ("Müller^Jörg", "MUELLER", True),
        ("Müller^Jörg", "Muller 2", True),
        ("MUELLER^JOERG", "joerg", True),
        ("Łuczak^Zoë", "LUCZAK", True),
        ("Łuczak^Zoë", "zoe", True),
        ("O'Neill-Smith^Ann", "ONEILLSMITH", True),
        ("Li^Wei", "LI 2", True),
        ("Li^Wei", "SLICE", False),
        ("Li^Wu", "LIWU", True),
        ("Li^Wu", "WuLi 2", True),
        ("李^武=Li^Wu", "A-LiWu", True),
        ("Li^Wu", "SOFT", False),
        ("Yamada^Tarou=山田^太郎=やまだ^たろう", "TAROU", True),
        ("12-34-56", "12/34-56", True),
        ("DOE^JANE", "syngo CT VA48A", False),
    ],
)
def test_a_name_is_found_however_it_is_written(name, text, dropped):
    assert deidentified_text(text, identifying_words({"PatientName": name})) == (
        "" if dropped else text
    )


@pytest.mark.parametrize("keyword", DATES)
@pytest.mark.parametrize(
    "text",
    ["12.04.1961", "12/4/61", "04-12-1961", "1961-04-12", "61 04 12", "12 APR 1961", "a12.4.61 b"],
)
def test_a_date_of_the_header_is_found_however_it_is_written(keyword, text):
    header = Dataset()
    time = "101500" if keyword.endswith("DateTime") else ""
    setattr(header, keyword, f"19610412{time}")
    header.ConvolutionKernel = header.SoftwareVersions = header.ContrastBolusAgent = text
    assert image_facts(header) == {"ContrastBolusAgent": "given"}
    assert deidentified_text(text, identifying_words({keyword: "1961-04-12"})) == ""
    setattr(header, keyword, f"19610413{time}")
    assert image_facts(header)["SoftwareVersions"] == text


@pytest.mark.parametrize(
    ("keyword", "value", "kept"),
    [
        ("ConvolutionKernel", "B30f", {"StationName": "B30f"}),
        ("ConvolutionKernel", "BONE", {"InstitutionName": "Bone and Joint Hospital"}),
        ("BodyPartExamined", "LSPINE", {"InstitutionName": "Spine Center"}),
        ("Manufacturer", "SIEMENS", {"InstitutionName": "SIEMENS Clinic"}),
        ("PatientPosition", "HFS", {"PatientName": "HFS^HFS"}),
        ("ScanOptions", "HELICAL MODE", {"InstitutionalDepartmentName": "Helical CT"}),
        ("BurnedInAnnotation", "yes", {"PatientName": "YES^NO"}),
    ],
)
def test_an_innocent_code_is_kept(keyword, value, kept):
    header = Dataset()
    for holder, text in kept.items():
        setattr(header, holder, text)
    setattr(header, keyword, value)
    (found,) = image_facts(header).values()
    assert found.upper() == value.upper()


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("PatientPosition", "JANE"),
        ("Modality", "JANE"),
        ("MRAcquisitionType", "JANE"),
        ("ScanningSequence", "JANE"),
        ("SequenceVariant", "JANE"),
        ("BodyPartExamined", "JANE DOE"),
        ("BodyPartExamined", "LSPINE JANE"),
        ("LossyImageCompression", "JANE"),
    ],
)
def test_of_an_enumerated_value_only_its_terms_are_kept(keyword, value):
    """A name may stand in no other element of an anonymised header."""
    header = Dataset()
    setattr(header, keyword, value)
    assert image_facts(header) == {}


def test_derived_is_reported_even_of_a_patient_of_that_name():
    header = Dataset()
    header.PatientName, header.ImageType = "DERIVED^AXIAL", ["DERIVED", "PRIMARY", "AXIAL"]
    assert image_facts(header) == {"ImageType": ["DERIVED", "PRIMARY"]}


@pytest.mark.parametrize("keyword", IDENTIFYING)
def test_every_identifying_element_is_read(keyword):
    from pydicom.datadict import dictionary_VR, tag_for_keyword

    header, item = Dataset(), Dataset()
    vr = dictionary_VR(tag_for_keyword(keyword)).split(" or ")[0]
    if vr == "SQ":
        item.PatientID, item.PersonName = f"{WORD}9", f"{WORD}^A"
        item.InstitutionName = item.CodeMeaning = WORD
        header.add_new(tag_for_keyword(keyword), vr, [item])
    else:
        header.add_new(tag_for_keyword(keyword), vr, f"1.2.{WORD}" if vr == "UI" else WORD)
    assert deidentified_text(f"{WORD} x", identifying_words(header)) == ""
    assert value_of(vr, 1) is not None


def test_what_an_examination_is_called_in_its_request_names_nobody():
    header, item, code = Dataset(), Dataset(), Dataset()
    code.CodeMeaning, code.CodingSchemeDesignator = "STANDARD spine", "99SOFT"
    item.ScheduledProcedureStepDescription = "DETAIL"
    item.ScheduledProtocolCodeSequence = [code]
    header.RequestAttributesSequence = [item]
    words = identifying_words(header)
    assert deidentified_text("STANDARD", words) == "STANDARD"
    assert deidentified_text("DETAIL 99SOFT", words) == "DETAIL 99SOFT"


def test_the_frames_of_an_enhanced_image_are_checked_against_its_whole_header():
    from bonecohort.images.multiframe import frames_of

    header, frame, kind, recon = Dataset(), Dataset(), Dataset(), Dataset()
    header.OperatorsName, header.InstitutionName = f"BIANCHI^{WORD}", "Villa Zanetti"
    kind.FrameType = ["ORIGINAL", WORD, "ZANETTI"]
    recon.ConvolutionKernel = f"B30 {WORD}"
    frame.CTImageFrameTypeSequence, frame.CTReconstructionSequence = [kind], [recon]
    header.PerFrameFunctionalGroupsSequence = [frame]
    (found,) = frames_of(header)
    assert found.facts == {"ImageType": ["ORIGINAL"]}


def test_a_sidecar_and_a_nifti_header_are_checked(tmp_path):
    image = nibabel.Nifti1Image(np.zeros((5, 5, 5), np.int16), np.eye(4))
    for field in ("descrip", "aux_file", "intent_name", "db_name"):
        image.header[field] = WORD
    nibabel.save(image, tmp_path / f"{WORD}.nii.gz")
    values = {"PatientName": f"{WORD}^MARIA", "OperatorsName": ["BIANCHI"], "KVP": 120}
    values |= {"InstitutionAddress": "Via Zanetti 3", "BodyPart": WORD, "ScanOptions": "bianchi"}
    values |= {"ImageType": ["ORIGINAL", "MARIA"], "FilterType": "ZANETTI", "PatientPosition": WORD}
    (tmp_path / f"{WORD}.json").write_text(json.dumps(values))
    sidecar = convert_series(tmp_path / f"{WORD}.nii.gz", "ct").sidecar
    assert sidecar["ImageType"] == ["ORIGINAL"]
    assert not {"BodyPart", "ScanOptions", "FilterType", "PatientPosition"} & sidecar.keys()
    assert WORD not in json.dumps(sidecar).upper()


NONE = ["无", "無", "否", "没有", "NO", "none", "nil", "keine", "Kein KM", "aucun", "なし",
        "sans injection", "造影なし", "no contrast", "No Contrast.", "0", "0 ml", "平扫", "W/O",
        "non-contrast", "нет", "없음", "native", " "]  # fmt: skip


@pytest.mark.parametrize("text", NONE)
def test_no_contrast_agent_in_any_language_is_none(tmp_path, text):
    assert is_no_agent(text)
    series = ct_series()
    for number, dataset in enumerate(series.datasets):
        dataset.SpecificCharacterSet, dataset.ContrastBolusAgent = "ISO_IR 192", text
        save(dataset, tmp_path / str(number))
    sidecar = convert_series(tmp_path, "ct").sidecar
    assert not any("contrast agent" in warning for warning in sidecar["Warnings"])
    assert sidecar.get("ContrastBolusAgent", "NONE").isascii()


@pytest.mark.parametrize("charset", ["utf-8", "gb18030"])
def test_no_contrast_agent_is_none_where_the_character_set_is_not_reported(charset):
    header = Dataset()
    header.add_new(0x00180010, "LO", "无".encode(charset).decode("latin-1"))
    assert image_facts(header) == {"ContrastBolusAgent": "NONE"}


@pytest.mark.parametrize("text", ["碘海醇", "Ultravist", "100", "yes", "造影", "ノー", "Ånderson"])
def test_any_other_contrast_agent_is_one(text):
    assert not is_no_agent(text)
    header = Dataset()
    header.add_new(0x00180010, "LO", text.encode().decode("latin-1"))
    assert image_facts(header)["ContrastBolusAgent"] in ("given", text)


def test_a_contrast_agent_named_as_a_person_is_only_said_to_be_given():
    words = identifying_words({"PatientName": "EARLY^AIR"})
    assert kept_agent("early", words) == "given"
    assert kept_agent("none", identifying_words({"PatientName": "NONE"})) == "NONE"
