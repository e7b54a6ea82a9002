"""DICOM files as trees of raw elements, read and written without any check (PS3.5, 7.1).

It is independent of the library and of pydicom. So it can damage a file in any way, and say
afterwards what stands in it.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

PREAMBLE = b"\0" * 128 + b"DICM"
LONG = (b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV")
UNDEFINED = 0xFFFFFFFF
ITEM, ITEM_END, SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
DELIMITER = b"\xfe\xff\xdd\xe0\0\0\0\0"


class Malformed(Exception):
    """The bytes are no chain of explicit little-endian elements."""


@dataclass
class Element:
    """One element: its value is bytes, or for a sequence a list of lists of elements."""

    tag: int
    vr: bytes
    value: bytes | list[list[Element]]
    undefined: bool = False  # encapsulated pixels: the value ends with its own delimiter


def parse(content: bytes) -> list[Element]:
    """Return the elements of an explicit VR little-endian file."""
    if content[128:132] != b"DICM":
        raise Malformed("no preamble")
    try:
        elements, end = _elements(content, 132, len(content))
    except (RecursionError, struct.error) as error:
        raise Malformed("nested without end, or cut short") from error
    if end != len(content):
        raise Malformed("bytes left over")
    return elements


def _header(content: bytes, at: int, end: int) -> tuple[int, bytes, int, int]:
    """Return tag, VR, length and where the value begins."""
    if at + 8 > end:
        raise Malformed("cut short")
    group, element = struct.unpack_from("<HH", content, at)
    tag, vr = group << 16 | element, content[at + 4 : at + 6]
    if tag in (ITEM, ITEM_END, SEQUENCE_END):
        return tag, b"", struct.unpack_from("<I", content, at + 4)[0], at + 8
    if not (vr.isalpha() and vr.isupper()):
        raise Malformed("no VR")
    if vr not in LONG:
        return tag, vr, struct.unpack_from("<H", content, at + 6)[0], at + 8
    if at + 12 > end:
        raise Malformed("cut short")
    return tag, vr, struct.unpack_from("<I", content, at + 8)[0], at + 12


def _elements(content: bytes, at: int, end: int) -> tuple[list[Element], int]:
    found: list[Element] = []
    while at < end:
        tag, vr, length, start = _header(content, at, end)
        if tag in (ITEM_END, SEQUENCE_END):
            return found, start
        if vr == b"SQ":
            items, at = _items(content, start, end if length == UNDEFINED else start + length)
            found.append(Element(tag, vr, items))
            continue
        if length == UNDEFINED:
            after = content.find(DELIMITER, start, end) + len(DELIMITER)
            if after < len(DELIMITER):
                raise Malformed("no delimiter")
            found.append(Element(tag, vr, content[start:after], undefined=True))
            at = after
            continue
        if start + length > end:
            raise Malformed("a value reaches beyond the end")
        found.append(Element(tag, vr, content[start : start + length]))
        at = start + length
    return found, at


def _items(content: bytes, at: int, end: int) -> tuple[list[list[Element]], int]:
    items: list[list[Element]] = []
    while at < end:
        tag, _, length, start = _header(content, at, end)
        if tag == SEQUENCE_END:
            return items, start
        if tag != ITEM:
            raise Malformed("no item")
        item, at = _elements(content, start, end if length == UNDEFINED else start + length)
        items.append(item)
    return items, at


def encode(elements: list[Element]) -> bytes:
    """Return the elements as an explicit VR little-endian file."""
    return PREAMBLE + b"".join(map(_encoded, elements))


def _encoded(element: Element) -> bytes:
    value = element.value
    if isinstance(value, list):
        items = (b"".join(map(_encoded, item)) for item in value)
        value = b"".join(struct.pack("<HHI", 0xFFFE, 0xE000, len(item)) + item for item in items)
    head = struct.pack("<HH", element.tag >> 16, element.tag & 0xFFFF) + element.vr
    if element.vr in LONG:
        return head + struct.pack("<HI", 0, UNDEFINED if element.undefined else len(value)) + value
    return head + struct.pack("<H", len(value) & 0xFFFF) + value


def walk(elements: list[Element]) -> list[tuple[list[Element], int]]:
    """Return every element of a tree as (the list it stands in, its index there)."""
    found = []
    for index, element in enumerate(elements):
        found.append((elements, index))
        if isinstance(element.value, list):
            for item in element.value:
                found += walk(item)
    return found


def get(elements: list[Element], tag: int) -> bytes:
    """Return an element's bytes at the top level; empty when it is absent or a sequence."""
    found = [one.value for one in elements if one.tag == tag]
    return found[-1] if found and isinstance(found[-1], bytes) else b""


def items_of(elements: list[Element], tag: int) -> list[list[Element]]:
    """Return a sequence's items; none when it is absent or no sequence."""
    found = [one.value for one in elements if one.tag == tag]
    return found[-1] if found and isinstance(found[-1], list) else []


def numbers(value: bytes) -> list[float]:
    """Return the numbers of a decimal string."""
    return [float(part) for part in value.decode("ascii").strip(" \0").split("\\")]
