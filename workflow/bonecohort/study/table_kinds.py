"""What a table's file is by its first bytes, whatever its name, and advice for other files."""

from __future__ import annotations

import re
import stat
import zipfile
from typing import TYPE_CHECKING, Literal

from bonecohort.faults import DataFault

if TYPE_CHECKING:
    from pathlib import Path

Kind = Literal["workbook", "utf-8-sig", "utf-16"]

LARGEST_FILE_MB = 100
MB = 1_000_000
SEEN_BYTES = 4096
NUL_SHARE = 0.25
"""More NUL bytes than this among the first are two-byte text, or no text at all."""

SAVE_AS = "open it in Excel or LibreOffice and save it as .xlsx, or as 'CSV UTF-8'"
TWO_BYTE_MARKS = (b"\xff\xfe", b"\xfe\xff")
FOUR_BYTE_MARKS = (b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")
ZIP_ARCHIVES = (b"PK\x03\x04", b"PK\x05\x06")
COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED_PART = "EncryptedPackage".encode("utf-16-le")
OLD_STREAM = re.compile(rb"\x09[\x00\x02\x04\x08][\x04\x06\x08\x10]\x00")
"""The first record of Excel 2 to 5, BIFF without a compound file around it."""
MARKUP = re.compile(
    rb"\s*(<!doctype|<html|<head|<body|<table|<style|<meta|<\?xml|mime-version:)", re.IGNORECASE
)
OTHER_FILES = (
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "a gzip file"),
    (b"{\\rtf", "a text of Word (RTF)"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"SQLite format 3", "a database"),
    (b"$FL2", "an SPSS file"),
    (b"$FL3", "an SPSS file"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
)
EXCEL_SUFFIXES = (".xlsx", ".xlsm")


def table_kind(path: Path) -> Kind:
    """Return how a table's file is to be read: as a workbook, or as text of an encoding.

    Raises
    ------
    DataFault
        When there is no such file, or it is no table that can be read. The message says what to do.
    """
    _refuse_what_is_no_file(path)
    with path.open("rb") as stream:
        head = stream.read(SEEN_BYTES)
    if head.startswith(ZIP_ARCHIVES):
        _refuse_other_archives(path)
        return "workbook"
    result = _other_kind(path, head)
    if result:
        raise DataFault(f"{path}: this is {result}.")
    return "utf-16" if head.startswith(TWO_BYTE_MARKS) else "utf-8-sig"


def _refuse_what_is_no_file(path: Path) -> None:
    try:
        state = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise DataFault(f"{path}: this table does not exist.") from None
    if stat.S_ISDIR(state.st_mode):
        export = " Export it from Numbers as CSV." if path.suffix.lower() == ".numbers" else ""
        raise DataFault(
            f"{path}: this is a folder; a table (.tsv, .csv, .xlsx) is expected.{export}"
        )
    if not stat.S_ISREG(state.st_mode):
        raise DataFault(f"{path}: this is a pipe or a device; a table's file is expected.")
    if path.name.startswith("~$"):
        raise DataFault(
            f"{path}: this is the mark that Excel leaves beside an open workbook; the table is "
            f"{path.name[2:]}."
        )
    if state.st_size > LARGEST_FILE_MB * MB:
        raise DataFault(
            f"{path}: {state.st_size / MB:,.0f} MB; a table of at most {LARGEST_FILE_MB} MB is "
            "expected. Keep only the rows and columns of the study."
        )


def _refuse_other_archives(path: Path) -> None:
    """Raise a fault for a zip that holds no workbook of Excel's present format."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError):
        raise DataFault(damaged_workbook(path)) from None
    if "xl/workbook.bin" in names:
        raise DataFault(f"{path}: this is a binary workbook (.xlsb); {SAVE_AS}.")
    if "content.xml" in names:
        raise DataFault(f"{path}: this is an OpenDocument file (.ods); {SAVE_AS}.")
    if any(name.startswith("Index/") and name.endswith(".iwa") for name in names):
        raise DataFault(f"{path}: this is a file of Numbers; export it as Excel or as CSV.")
    if "[Content_Types].xml" not in names:
        raise DataFault(
            f"{path}: this is a zip archive without a workbook, or a damaged workbook; unpack it "
            "and name the table inside, or save it again as .xlsx."
        )


def damaged_workbook(path: Path, why: str = "") -> str:
    """Return the reason of a workbook that no program can read as it is."""
    text = f" ({why})" if why else ""
    return f"{path}: not a readable Excel workbook{text}; {SAVE_AS}."


def _other_kind(path: Path, head: bytes) -> str:
    """Return what a file is that is no text table, and what to do with it; '' for text."""
    result = ""
    is_two_byte = head.startswith(TWO_BYTE_MARKS)
    if head.startswith(COMPOUND_FILE) and ENCRYPTED_PART in path.read_bytes():
        result = "a workbook with a password; save it again without one"
    elif head.startswith(COMPOUND_FILE) or OLD_STREAM.match(head):
        result = f"a workbook of old Excel (.xls); {SAVE_AS}"
    elif MARKUP.match(head.lstrip(b"\xff\xfe\xef\xbb\xbf").replace(b"\x00", b"")):
        result = f"a web page or XML, whatever its name says; {SAVE_AS}"
    elif name := next((name for start, name in OTHER_FILES if head.startswith(start)), ""):
        result = f"{name}, whatever its name says; {SAVE_AS}"
    elif head and path.suffix.lower() in EXCEL_SUFFIXES:
        result = f"not a readable Excel workbook, whatever its name says; {SAVE_AS}"
    elif head.startswith(FOUR_BYTE_MARKS):
        result = f"text in UTF-32; {SAVE_AS}"
    elif not is_two_byte and head.count(0) > NUL_SHARE * len(head):
        result = f"no text, or UTF-16 text without its mark; {SAVE_AS}"
    return result
