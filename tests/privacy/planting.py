"""Plant what identifies a person in every place of a DICOM file, and look for it in results."""

from __future__ import annotations

import base64
import gzip
import io
import re
import warnings
import zipfile
import zlib
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image
from pydicom import config
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataset import Dataset

PROFILE = Path(__file__).with_name("confidentiality_profile.txt")
TOKEN = "ZQXVK"
FOLDER, FILE = f"{TOKEN}FOLDER^JANE", f"{TOKEN}DOE^JANE"
UID_ROOT = "1.2.826.0.77777"
FIRST_DAY = date(1701, 1, 1)
# A planted number as it is written, or as a float32 holds it: a coordinate has other digits.
NUMBERS = [f"77.71{number:03d}" for number in range(1000)]
NUMBERS += [repr(float(np.float32(number))) for number in NUMBERS]
# What is planted, in the forms in which it could come out again.
SECRETS = {
    "a text": re.compile(TOKEN.encode(), re.IGNORECASE),
    "a UID": re.compile(rb"\.77777\."),
    "a date": re.compile(rb"(?<![\d.])170[1-3]-?[01]\d-?[0-3]\d(?!\d)"),
    "a time": re.compile(rb"(?<!\d)23:?59:?[0-5]\d\.7\d{3}"),
    "a number": re.compile(
        rb"(?<!\d)(?:%b|7771\d{3})(?!\d)|099Y" % "|".join(map(re.escape, NUMBERS)).encode()
    ),
}
BASE64 = re.compile(rb"base64,\s*([A-Za-z0-9+/=\s]+)")
DIGEST = re.compile(rb"\b[0-9a-f]{64}\b")
IDENTIFIERS_OF_IMAGES = (
    "SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID", "FrameOfReferenceUID",
)  # fmt: skip
"""Planted for each image or series on its own, not once for all."""


def profile_keywords() -> list[str]:
    lines = PROFILE.read_text().splitlines()
    return [line.split()[0] for line in lines if not line.startswith("#")]


def _nested(number: int) -> list[Dataset]:
    inner, item = Dataset(), Dataset()
    inner.PersonName = f"{TOKEN}{number}^NESTED"
    inner.PatientID = f"{TOKEN}{number}"
    item.CodeValue, item.CodeMeaning = f"{TOKEN}{number}", f"{TOKEN} meaning {number}"
    item.TextValue = f"{TOKEN} text {number}"
    item.ContentSequence = [inner]
    return [item]


def value_of(vr: str, number: int) -> object:
    """Return a value of a VR that occurs nowhere else."""
    day = (FIRST_DAY + timedelta(days=number)).strftime("%Y%m%d")
    time = f"2359{number % 60:02d}.7{number:03d}"
    text = f"{TOKEN}{number:04d}"
    by_vr = {
        "DA": day, "TM": time, "DT": f"{day}{time}", "AS": "099Y", "PN": f"{text}^JANE",
        "DS": f"77.71{number:03d}", "IS": f"7771{number:03d}", "UI": f"{UID_ROOT}.{number}",
        "SQ": _nested(number), "FD": 77.71, "FL": 77.71, "US": 7, "SS": 7, "UL": 7, "SL": 7,
    }  # fmt: skip
    if vr in ("OB", "OW", "UN"):
        return text.encode() + b" "
    return by_vr.get(vr, text)


@cache
def planted() -> Dataset:
    """Return a data set with a token in every attribute of the profile, and beyond it."""
    header = Dataset()
    for number, keyword in enumerate(profile_keywords()):
        tag = tag_for_keyword(keyword)
        if keyword not in IDENTIFIERS_OF_IMAGES and tag >> 16 > 2:
            vr = dictionary_VR(tag).split(" or ")[0]
            header.add_new(tag, vr, value_of(vr, number))
    header.add_new(0x60004000, "LT", f"{TOKEN} overlay comment")
    header.add_new(0x50000022, "LO", f"{TOKEN} curve")
    header.add_new(0x50003000, "OW", f"{TOKEN}CURVES".encode())
    header.add_new(0xFFFCFFFC, "OB", f"{TOKEN}PADDING".encode())
    for group in (0x0009, 0x0029, 0x2005):
        block = header.private_block(group, f"{TOKEN} CREATOR {group}", create=True)
        for element, vr in enumerate(("LO", "PN", "DA", "UN", "OB", "UI", "DS", "SQ", "UT")):
            block.add_new(element + 1, vr, value_of(vr, 900 + element))
    return header


def plant(dataset: Dataset, series: str) -> Dataset:
    """Add the tokens to a data set in memory; ``series`` makes its UIDs unlike another series's."""
    dataset.update(planted())
    dataset.StudyInstanceUID = dataset.FrameOfReferenceUID = f"{UID_ROOT}.1000"
    dataset.SeriesInstanceUID = f"{UID_ROOT}.2000.{sum(series.encode())}"
    instance = f"{UID_ROOT}.3000.{dataset.get('InstanceNumber') or 0}"
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = instance
    meta = dataset.file_meta
    meta.SourceApplicationEntityTitle = meta.SendingApplicationEntityTitle = f"{TOKEN}AE"
    meta.ReceivingApplicationEntityTitle = f"{TOKEN}AE"
    meta.ImplementationVersionName = f"{TOKEN}VERSION"
    meta.PrivateInformationCreatorUID = f"{UID_ROOT}.4000"
    meta.PrivateInformation = f"{TOKEN}PRIVATE ".encode()
    dataset.preamble = f"{TOKEN}PREAMBLE".encode().ljust(128, b"\0")
    return dataset


def save(dataset: Dataset, path: Path) -> None:
    """Write a data set whose values need not be valid."""
    mode = config.settings.writing_validation_mode
    config.settings.writing_validation_mode = config.IGNORE
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            dataset.save_as(path, enforce_file_format=True)
    finally:
        config.settings.writing_validation_mode = mode


def leaks_in(content: bytes) -> list[str]:
    """Return the sorts of secrets that a text or file holds, whatever it is packed in."""
    found = set()
    for layer in layers_of(content):
        found |= {what for what, pattern in SECRETS.items() if pattern.search(layer)}
    return sorted(found)


def layers_of(content: bytes):
    """Yield a file's bytes and, unpacked, all that is packed in it."""
    # Taken as text, random letters would spell anything.
    yield DIGEST.sub(b"", BASE64.sub(b"", content))
    if content.startswith(b"\x1f\x8b"):
        yield from layers_of(gzip.decompress(content))
    elif content.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.infolist():
                yield member.filename.encode()
                yield from layers_of(archive.read(member))
    elif content.startswith(b"%PDF"):
        for packed in re.findall(rb"stream\r?\n(.*?)endstream", content, re.DOTALL):
            yield zlib.decompressobj().decompress(packed) if packed[:1] == b"x" else packed
    elif content.startswith(b"\x89PNG"):
        yield repr(Image.open(io.BytesIO(content)).info).encode()
    for payload in BASE64.findall(content):
        yield from layers_of(base64.b64decode(payload))
