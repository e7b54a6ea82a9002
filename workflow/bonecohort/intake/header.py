"""One file's header: whose it is, of which series, and the planes it holds."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydicom.datadict import tag_for_keyword
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from bonecohort.faults import DataFault
from bonecohort.images.acquisition import FactReader
from bonecohort.images.deidentify_text import kept_number
from bonecohort.images.dicom_reading import read_header
from bonecohort.images.energy import SPECTRAL_KEYWORDS
from bonecohort.images.headers import (
    BARE_STARTS,
    EMPTY_FILE,
    NO_DICOM,
    PREAMBLE_BYTES,
    TOO_LARGE,
    UNREADABLE,
    UNREADABLE_FILE,
    lenient_reading,
)
from bonecohort.images.identity import IDENTIFYING
from bonecohort.images.multiframe import PER_FRAME, SHARED, frames_of
from bonecohort.images.sop_classes import class_refusal, image_refusal, modality_of, sop_class_of
from bonecohort.intake.description_words import STUDY_TEXTS, words_of
from bonecohort.intake.identity import IN_FOLDER, NO_BIRTH_DATES, Identity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydicom.dataset import FileDataset

    from bonecohort.images.slices import Place

TRUNCATED = "cut short: fewer bytes than its pixels need"
ZIP = "zip archive: unpack it, or name it in the series table yourself"
BITS_PER_BYTE = 8
DIGEST_BYTES = 8
POSITION_DECIMALS = 4
DAYS_PER_YEAR = 365.2425
# PatientAge (PS3.5, 6.2, AS): three digits and a unit.
AGE = re.compile(r"(\d{3})([DWMY])")
AGE_UNITS_PER_YEAR = {"Y": 1.0, "M": 12.0, "W": DAYS_PER_YEAR / 7, "D": DAYS_PER_YEAR}
OLDEST_YEARS = 120
CAPPED_AGE_YEARS = 89  # anonymised exports give no higher age
STUDY_DATES = ("StudyDate", "SeriesDate", "AcquisitionDate")
SEXES = {"M": "male", "F": "female"}
# Native pixels, and the bytes of their element's own header (PS3.5, 7.1).
NATIVE = {ImplicitVRLittleEndian: 8, ExplicitVRLittleEndian: 12, ExplicitVRBigEndian: 12}

# Nothing else is decoded: that is what makes the reading fast.
KEYWORDS = (
    *IDENTIFYING, "SOPClassUID", "Modality", "ImageType", "ConversionType", "PatientBirthDate",
    "PatientAge", "PatientSex", "StudyInstanceUID", "SeriesInstanceUID", "SeriesNumber",
    "StudyDate", "SeriesDate", "AcquisitionDate", "SeriesDescription", "ProtocolName",
    "BodyPartExamined", *STUDY_TEXTS, "FrameOfReferenceUID", "ImagePositionPatient",
    "ImageOrientationPatient", "PixelSpacing", "Rows", "Columns", "SamplesPerPixel",
    "BitsAllocated", "NumberOfFrames", "SliceThickness", "ConvolutionKernel", "KVP",
    "ContrastBolusAgent", "ContrastBolusAgentSequence", "ReconstructionDiameter", "EchoTime",
    "EchoNumbers", "RepetitionTime", "InversionTime", "FlipAngle", "ScanningSequence",
    "ScanOptions", "BurnedInAnnotation", "AcquisitionNumber", "TemporalPositionIdentifier",
    "MRAcquisitionType", *SPECTRAL_KEYWORDS, SHARED, PER_FRAME,
)  # fmt: skip
TAGS = [tag for tag in map(tag_for_keyword, KEYWORDS) if tag is not None]


@dataclass(frozen=True)
class FoundFile:
    """A file as the walk found it."""

    path: str
    size: int
    mtime_ns: int


@dataclass(frozen=True)
class Plane:
    """One plane: what it shares with others, as JSON, and its position (LPS mm) if it has one."""

    traits: str
    position_mm: tuple[float, float, float] | None


@dataclass(frozen=True)
class Header:
    """What one file's header said; ``left_out`` says why it is in no series, else it is ''."""

    file: FoundFile
    left_out: str = ""
    identity: Identity | None = None
    study_date: str = ""  # YYYYMMDD or ''
    study: str = ""  # digest of StudyInstanceUID
    series_uid: str = ""
    series_number: str = ""
    planes: tuple[Plane, ...] = ()


def read_headers(files: Iterable[FoundFile]) -> list[Header]:
    """Read each file's header once; what cannot be read says so."""
    facts = FactReader()
    with lenient_reading():
        return [_read(file, facts) for file in files]


def _read(file: FoundFile, facts: FactReader) -> Header:
    name = Path(file.path).name.upper()
    if name.startswith("DICOMDIR"):
        return Header(file, "DICOMDIR")
    if file.size == 0:
        return Header(file, EMPTY_FILE)
    try:
        with Path(file.path).open("rb") as stream:
            start = stream.read(PREAMBLE_BYTES)
            bare = start[-4:] != b"DICM"
            if bare and not start.startswith(BARE_STARTS):
                return Header(file, ZIP if name.endswith(".ZIP") else NO_DICOM)
            stream.seek(0)
            dataset = read_header(stream, force=bare, specific_tags=TAGS)
            after_header = file.size - stream.tell()
        return _header(file, dataset, after_header, facts)
    except DataFault:
        return Header(file, TOO_LARGE)
    except UNREADABLE:
        return Header(file, UNREADABLE_FILE)


def _header(file: FoundFile, dataset: FileDataset, after_header: int, facts: FactReader) -> Header:
    if not sop_class_of(dataset) and not _text(dataset, "Modality"):
        return Header(file, NO_DICOM)
    # Anonymised files may lack every UID: then what lies in one folder is taken for one study.
    study = _text(dataset, "StudyInstanceUID") or f"{IN_FOLDER}{Path(file.path).parent}"
    uid, number = _text(dataset, "SeriesInstanceUID"), kept_number(dataset.get("SeriesNumber"))
    if not (uid or number or dataset.get("Rows")):
        return Header(file, UNREADABLE_FILE)
    if _is_truncated(dataset, after_header):
        return Header(file, TRUNCATED)
    return Header(
        file,
        identity=_identity(dataset, study),
        study_date=_date(dataset, *STUDY_DATES),
        study=_digest(study),
        series_uid=uid,
        series_number=number,
        planes=_planes(dataset, facts),
    )


def _text(dataset: FileDataset, keyword: str) -> str:
    return str(dataset.get(keyword) or "").strip()


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=DIGEST_BYTES).hexdigest()


def _identity(dataset: FileDataset, study: str) -> Identity:
    birth_date = _date(dataset, "PatientBirthDate")
    born = birth_date if birth_date not in NO_BIRTH_DATES else ""
    sex = _text(dataset, "PatientSex").upper()
    return Identity(
        patient_id=_text(dataset, "PatientID"),
        issuer=_text(dataset, "IssuerOfPatientID"),
        name=" ".join(_text(dataset, "PatientName").split()),
        birth_date=birth_date,
        birth_year=born[:4] or _birth_year_by_age(dataset),
        sex=sex if sex in SEXES else "",
        study=study,
    )


def _birth_year_by_age(dataset: FileDataset) -> str:
    """Return about when somebody was born who was so old at the study; '' when that is unknown."""
    age, seen = _age_years(dataset), _date(dataset, *STUDY_DATES)
    if age is None or not seen or age >= CAPPED_AGE_YEARS:
        return ""
    return str(int(seen[:4]) - age)


def _date(dataset: FileDataset, *keywords: str) -> str:
    """Return the first of the dates that is one, as YYYYMMDD."""
    for keyword in keywords:
        text = _text(dataset, keyword).replace(".", "")
        if day_of(text) is not None:
            return text
    return ""


def day_of(text: str) -> int | None:
    """Return the day number of a DICOM date, None when it is none."""
    try:
        return datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC).toordinal()
    except ValueError:
        return None


def _is_truncated(dataset: FileDataset, after_header: int) -> bool:
    """Whether fewer bytes follow the header than the native pixels take."""
    head = NATIVE.get(dataset.file_meta.get("TransferSyntaxUID", ""))
    if head is None:
        return False
    bits = int(dataset.get("BitsAllocated") or 0) * int(dataset.get("SamplesPerPixel") or 1)
    pixels = int(dataset.get("Rows") or 0) * int(dataset.get("Columns") or 0)
    frames = int(dataset.get("NumberOfFrames") or 1)
    if not pixels:
        return False
    return after_header < head + pixels * frames * bits // BITS_PER_BYTE


def _planes(dataset: FileDataset, facts: FactReader) -> tuple[Plane, ...]:
    common = {
        "modality": modality_of(dataset),
        "refusal": class_refusal(dataset) or image_refusal(dataset),
        "words": words_of(dataset),
        "age_years": _age_years(dataset),
        "sex": SEXES.get(_text(dataset, "PatientSex").upper(), ""),
    }
    if common["refusal"]:
        return (Plane(_json(common), None),)
    common |= {
        "rows": int(dataset.Rows),
        "columns": int(dataset.Columns),
        "frame_of_reference": _digest(_text(dataset, "FrameOfReferenceUID")),
    }
    values = facts.facts(dataset)
    return tuple(
        _plane(common | {"facts": values | frame.facts}, frame.place)
        for frame in frames_of(dataset)
    )


def _plane(traits: dict[str, Any], place: Place | None) -> Plane:
    if place is None:
        return Plane(_json(traits), None)
    orientation = [*place.row_direction.tolist(), *place.column_direction.tolist()]
    spacing = [place.row_spacing_mm, place.column_spacing_mm]
    x, y, z = (round(float(value), POSITION_DECIMALS) for value in place.position_mm)
    return Plane(_json(traits | {"orientation": orientation, "spacing": spacing}), (x, y, z))


def _json(traits: dict[str, Any]) -> str:
    return json.dumps(traits, separators=(",", ":"), sort_keys=True)


def _age_years(dataset: FileDataset) -> int | None:
    """Return the age at the study in years: PatientAge, else study date less birth date."""
    match = AGE.fullmatch(_text(dataset, "PatientAge").upper())
    if match:
        age = float(match[1]) / AGE_UNITS_PER_YEAR[match[2]]
    else:
        born = day_of(_text(dataset, "PatientBirthDate"))
        seen = day_of(_date(dataset, *STUDY_DATES))
        if born is None or seen is None:
            return None
        age = (seen - born) / DAYS_PER_YEAR
    return int(age) if 0 <= age <= OLDEST_YEARS else None
