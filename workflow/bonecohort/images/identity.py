"""The words by which a header names people, places and devices, and the texts that hold one.

Names are written in many ways: ``MÜLLER^Anna``, ``Mueller``, ``山田^太郎=Yamada^Taro``. So words
are compared without case and accents, as parts of a text too, and with the letters of several
words run together. A header's dates are compared as day, month and year: ``12.4.61``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence

PEOPLE = (
    "PatientName", "PatientID", "OtherPatientNames", "OtherPatientIDs", "OtherPatientIDsSequence",
    "PatientBirthName", "PatientMotherBirthName", "IssuerOfPatientID", "PatientAddress",
    "PatientTelephoneNumbers", "ResponsiblePerson", "MedicalRecordLocator", "AccessionNumber",
    "OperatorsName", "OperatorIdentificationSequence", "PerformingPhysicianName",
    "PerformingPhysicianIdentificationSequence", "ReferringPhysicianName",
    "ReferringPhysicianAddress", "ReferringPhysicianTelephoneNumbers",
    "ReferringPhysicianIdentificationSequence", "ConsultingPhysicianName",
    "ConsultingPhysicianIdentificationSequence", "PhysiciansOfRecord",
    "PhysiciansOfRecordIdentificationSequence", "NameOfPhysiciansReadingStudy",
    "PhysiciansReadingStudyIdentificationSequence", "RequestingPhysician",
    "RequestingPhysicianIdentificationSequence", "ScheduledPerformingPhysicianName",
    "NamesOfIntendedRecipientsOfResults", "PersonName", "ContentCreatorName", "ReviewerName",
    "VerifyingObserverName", "OrderEnteredBy", "ClinicalTrialSubjectID",
    "ClinicalTrialSubjectReadingID", "OriginalAttributesSequence", "RequestAttributesSequence",
)  # fmt: skip
"""Keywords, in DICOM and in BIDS sidecars, of names, addresses and numbers of people."""
PLACES = (
    "InstitutionName", "InstitutionAddress", "InstitutionalDepartmentName",
    "InstitutionCodeSequence", "InstitutionalDepartmentTypeCodeSequence", "StationName",
    "PerformedStationName", "PerformedStationAETitle", "PerformedLocation",
    "ScheduledStationName", "ScheduledStationAETitle", "StationAETitle", "RetrieveAETitle",
    "RequestingService", "CurrentPatientLocation", "PatientInstitutionResidence",
    "RegionOfResidence", "CountryOfResidence", "DeviceSerialNumber", "DeviceUID", "DeviceID",
    "GantryID", "DetectorID", "PlateID", "CassetteID", "SecondaryCaptureDeviceID",
    "ClinicalTrialSiteID", "ClinicalTrialSiteName", "ClinicalTrialSponsorName",
    "ClinicalTrialCoordinatingCenterName", "StudyID", "AdmissionID", "ServiceEpisodeID",
    "RequestedProcedureID", "ScheduledProcedureStepID", "PerformedProcedureStepID",
    "FillerOrderNumberImagingServiceRequest", "PlacerOrderNumberImagingServiceRequest",
)  # fmt: skip
"""Keywords of the names, addresses and numbers of places, devices and examinations."""
IDENTIFYING = PEOPLE + PLACES
DATES = (
    "PatientBirthDate", "StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate",
    "AcquisitionDateTime", "InstanceCreationDate", "PerformedProcedureStepStartDate",
    "ScheduledProcedureStepStartDate", "AdmittingDate", "LastMenstrualDate",
)  # fmt: skip
"""Keywords of a patient's dates: of birth, and of what was done."""
DATE = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})")
"""As DICOM writes a date (VR DA and DT), and as a BIDS sidecar does."""
WHOLLY_IDENTIFYING = re.compile(r".*IdentificationSequence|Institution\w*CodeSequence")
"""Sequences of which every text identifies; of others only the keywords above and names do."""
TEXTS = ("PN", "LO", "SH", "ST", "LT", "UC", "UT")
"""Value representations of what is typed."""
NO_NAME = re.compile(r"CodingScheme.*|Mapping.*|ContextIdentifier")
SHORTEST_PART = 3
"""Letters from which a word is looked for within another."""
SHORTEST_WORD = 2
"""Letters from which a person's name is looked for as a word of its own: Li, Wu, Bo."""
WORD = re.compile(r"[^\W_]+")
SPELT = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe",
                       "ı": "i"})  # fmt: skip
SPELT_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})


@dataclass(frozen=True)
class IdentifyingWords:
    """Words in small letters without accents.

    Attributes
    ----------
    people
        Of names and numbers of people, of ``SHORTEST_WORD`` letters and more.
    places
        Of institutions, stations, devices and examinations, of ``SHORTEST_PART`` letters and more.
    dates
        Of a person, as the numbers that a text may write one with, in their order.
    """

    people: frozenset[str]
    places: frozenset[str]
    dates: frozenset[tuple[int, ...]] = frozenset()

    def name_a_person_in(self, text: str) -> bool:
        """Whether a text holds a word or a date of a person."""
        return _holds(text, self.people) or _holds_date(text, self.dates)

    def are_in(self, text: str) -> bool:
        """Whether a text holds any of the words, or a date."""
        return self.name_a_person_in(text) or _holds(text, self.places)


def identifying_words(header: Dataset | Mapping[str, Any]) -> IdentifyingWords:
    """Return the words by which a header, or a BIDS sidecar, names people, places and devices."""
    places = _words_of(header, PLACES)
    return IdentifyingWords(
        people=frozenset(_words_of(header, PEOPLE)),
        places=frozenset(word for word in places if len(word) >= SHORTEST_PART),
        dates=frozenset(_dates_of(header)),
    )


def _dates_of(header: Dataset | Mapping[str, Any]) -> Iterator[tuple[int, ...]]:
    """Yield the numbers of a header's dates, in the orders that they are written in.

    The month may be a word: then day and year are left.
    """
    for keyword in DATES:
        for text in _texts(header[keyword], whole=False) if keyword in header else ():
            if match := DATE.match(text.strip()):
                year, month, day = (int(part) for part in match.groups())
                yield from ((day, year), (year, day))
                for year_text in (year, year % 100):
                    yield from (
                        (day, month, year_text),
                        (month, day, year_text),
                        (year_text, month, day),
                    )


def _words_of(header: Dataset | Mapping[str, Any], keywords: Iterable[str]) -> set[str]:
    return {
        word
        for keyword in keywords
        if keyword in header
        for text in _texts(header[keyword], whole=bool(WHOLLY_IDENTIFYING.fullmatch(keyword)))
        for word in _words(text)
    }


def _texts(value: Any, *, whole: bool) -> Iterator[str]:
    """Yield the texts of a value, an element, or JSON; of items those that identify, or all."""
    if isinstance(value, DataElement):
        yield from _texts(value.value, whole=whole)
    elif isinstance(value, Dataset):
        for element in value:
            if element.VR == "SQ" or _identifies(element, whole=whole):
                yield from _texts(element, whole=whole)
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _texts(part, whole=whole)
    elif isinstance(value, (list, tuple, MultiValue, Sequence)):
        for part in value:
            yield from _texts(part, whole=whole)
    elif value is not None:
        yield str(value)


def _identifies(element: DataElement, *, whole: bool) -> bool:
    keyword = element.keyword
    if whole and element.VR in TEXTS:
        return not NO_NAME.fullmatch(keyword)
    return element.VR == "PN" or keyword in IDENTIFYING


def _words(text: str) -> Iterator[str]:
    """Yield the words of a text, and the letters of its parts run together, as they are compared.

    The parts are what ``^`` and ``=`` divide in a person's name.
    """
    for folded in (_folded(text), _folded(text.casefold().translate(SPELT_OUT))):
        result = WORD.findall(folded)
        together = ("".join(WORD.findall(part)) for part in re.split(r"[\^=\\]", folded))
        words = (*result, *together, *_short_words_together(result))
        yield from (word for word in words if len(word) >= SHORTEST_WORD)


def _short_words_together(words: list[str]) -> Iterator[str]:
    """Yield pairs of words too short to be found within another: Li^Wu may stand as LIWU, WULI."""
    for pair in pairwise(words):
        if all(word.isalpha() and len(word) < SHORTEST_PART for word in pair):
            yield from ("".join(pair), "".join(reversed(pair)))


def _folded(text: str) -> str:
    """Return a text in small letters without accents."""
    letters = unicodedata.normalize("NFKD", text.casefold().translate(SPELT))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _holds(text: str, words: Iterable[str]) -> bool:
    folded = _folded(text)
    own_words = WORD.findall(folded)
    together = "".join(own_words)
    return any(
        word in together if len(word) >= SHORTEST_PART else word in own_words for word in words
    )


def _holds_date(text: str, dates: Iterable[tuple[int, ...]]) -> bool:
    numbers = tuple(int(number) for number in re.findall(r"\d+", text))
    return any(date == numbers[at : at + len(date)] for date in dates for at in range(len(numbers)))
