"""Which texts of a header may leave it: short codes, and none that names the patient.

A scanner writes the kernel, the maker and the like, but nothing stops a person from typing a name
there. So a text is kept only when it has the shape of a code and holds no word that identifies
the patient or the device in the same header; a contrast agent only when every word is a known one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from pydicom.dataset import Dataset

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.,:;+*/\\()#-]{0,39}")
LONG_NUMBER = re.compile(r"\d{6}")
"""As long as a date; no kernel or version has one."""
WHOLE_NUMBER = re.compile(r"-?\d{1,12}")
IDENTIFYING = (
    "PatientName", "PatientID", "OtherPatientNames", "OtherPatientIDs", "PatientBirthName",
    "PatientMotherBirthName", "IssuerOfPatientID", "AccessionNumber", "StationName",
    "DeviceSerialNumber",
)  # fmt: skip
"""Keywords, in DICOM and in BIDS sidecars, of the values whose words no kept text may hold."""
SHORTEST_NAME = 3
LONGEST_AGENT = 64  # characters of its value representation, LO
AGENT_GIVEN = "given"
"""Stands for a contrast agent described in other than the known words."""
_NO_AGENT = "no none n without native non nc"
_AGENTS = """
contrast with yes y applied given unspecified enhanced w wo iodine iodinated iohexol iopamidol
iopromide iodixanol iomeprol ioversol iobitridol ioxaglate ioxitalamate ioxilan diatrizoate
gadolinium gd dtpa dota bopta gadobutrol gadoterate gadoteridol gadopentetate gadobenate gadodiamide
gadoxetate gadopiclenol meglumine barium air water
"""
_BRANDS = """
omnipaque isovue ultravist visipaque iomeron optiray xenetix imeron solutrast accupaque oxilan
hexabrix iopamiro imagopaque niopam telebrix gastrografin gadavist gadovist dotarem clariscan
prohance magnevist multihance omniscan primovist eovist elucirem
"""
_ROUTES_AND_AMOUNTS = """
iv i v oral po rectal intravenous intrathecal bolus injection ml cc mg mgi g mmol kg l s sec
arterial venous portal delayed late early phase
"""
AGENT_WORDS = frozenset((_NO_AGENT + _AGENTS + _BRANDS + _ROUTES_AND_AMOUNTS).split())


def identifying_words(header: Dataset | Mapping[str, Any]) -> frozenset[str]:
    """Return the words, in lower case, by which a header or a sidecar names patient and device."""
    texts = " ".join(str(header.get(keyword) or "") for keyword in IDENTIFYING).casefold()
    return frozenset(word for word in re.findall(r"[^\W_]+", texts) if len(word) >= SHORTEST_NAME)


def kept_text(text: str, identifying: Collection[str]) -> str:
    """Return a text that has the shape of a code and names nobody; '' for any other."""
    if not CODE.fullmatch(text) or LONG_NUMBER.search(text):
        return ""
    lower = text.casefold()
    return "" if any(word in lower for word in identifying) else text


def kept_code(text: str) -> str:
    """Return a coded value (VR CS), whose words are the standard's or a maker's; '' for others."""
    return text if CODE.fullmatch(text) and not LONG_NUMBER.search(text) else ""


def kept_agent(text: str) -> str:
    """Return a contrast agent told in known words, as it stands; 'given' for any other text."""
    words = re.findall(r"[^\W\d_]+|\d+|[^\s\w.,;:%/()+-]", text.casefold())
    known = all(word in AGENT_WORDS or (word.isdecimal() and len(word) <= 3) for word in words)
    return text if known and len(text) <= LONGEST_AGENT else AGENT_GIVEN


def kept_number(value: object) -> str:
    """Return a whole number as text, such as an InstanceNumber; '' for anything else."""
    text = str(value if value is not None else "").strip()
    return text if WHOLE_NUMBER.fullmatch(text) else ""
