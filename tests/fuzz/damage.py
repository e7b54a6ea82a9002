"""Strategies that damage DICOM files: their bytes, and their elements."""

from __future__ import annotations

import copy

from hypothesis import strategies as st

from .elements import Element, encode, parse, walk

VRS = [
    b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FL", b"FD", b"IS", b"LO", b"LT", b"OB",
    b"OW", b"PN", b"SH", b"SL", b"SQ", b"SS", b"ST", b"TM", b"UC", b"UI", b"UL", b"UN", b"US",
    b"UT", b"ZZ",
]  # fmt: skip
TEXTS = [
    b"", b" ", b"0", b"1", b"-1", b"2", b"3", b"1.5", b"0.001", b"1000000", b"1e400", b"-1e308",
    b"1e300", b"1e-320", b"NaN", b"nan", b"inf", b"-Infinity", b"1,5", b"abc", b"1\\2",
    b"1\\2\\3", b"0\\0\\0", b"0\\0\\0\\0\\0\\0", b"1\\0\\0\\0\\1\\0", b"0\\1\\0\\0\\0\\-1",
    b"nan\\nan\\nan", b"inf\\0", b"1e300\\1e300", b"1e-300\\1e-300", b"1e300\\0\\0", b"\\", b"\\\\",
    b"9" * 64, b"\xff\xfe", b"\xe4\xf6", b"\x1b$B;3ED\x1b(B", "山田".encode(), b"\0\0", b"\0" * 7,
    b"1.2.840.10008.1.2", b"1.2.840.10008.1.2.2", b"1.2.840.10008.1.2.5", b"1.2.3",
    b"1.2.840.10008.1.2.1.99", b"1.2.840.10008.1.2.4.90", b"1.2.840.10008.1.2.4.50",
    b"1.2.840.10008.5.1.4.1.1.4", b"ISO_IR 192", b"ISO 2022 IR 87", b"\\ISO 2022 IR 87", b"UTF-8",
    b"GBK", b"CT", b"MR", b"HU", b"NONE", b"LOCALIZER", b"DERIVED\\SECONDARY", b"20190231",
    b"x" * 70_000, b"1\\" * 5000,
]  # fmt: skip
CHARACTER_SET = 0x00080005
DEEPEST = 1500

values = st.sampled_from(TEXTS) | st.binary(max_size=12)


class Damaged:
    """Files, and the story of how they came to be; only the story is printed."""

    def __init__(self, contents: list[bytes], story: list[str]) -> None:
        self.contents, self.story = contents, story

    def __repr__(self) -> str:
        return f"Damaged({len(self.contents)} files: {'; '.join(self.story)})"


@st.composite
def changed_bytes(draw: st.DrawFn, content: bytes) -> bytes:
    """Flip, insert, drop or cut bytes anywhere."""
    at = draw(st.integers(0, max(len(content) - 1, 0)))
    match draw(st.sampled_from(["flip", "insert", "drop", "cut", "zero"])):
        case "flip":
            mask = draw(st.integers(1, 255))
            return (
                content[:at]
                + bytes(byte ^ mask for byte in content[at : at + 1])
                + content[at + 1 :]
            )
        case "insert":
            return content[:at] + draw(st.binary(min_size=1, max_size=9)) + content[at:]
        case "drop":
            return content[:at] + content[at + draw(st.integers(1, 40)) :]
        case "zero":
            count = draw(st.integers(1, 40))
            return content[:at] + bytes(len(content[at : at + count])) + content[at + count :]
        case _:
            return content[:at]


@st.composite
def changes(draw: st.DrawFn, elements: list[Element]):
    """Return a function that changes one element of a tree alike in every file, and its name."""
    places = walk(elements)
    which = draw(st.integers(0, len(places) - 1))
    kind = draw(
        st.sampled_from(["delete", "value", "value", "value", "vr", "twice", "nest", "charset"])
    )
    value, vr = draw(values), draw(st.sampled_from(VRS))
    depth = draw(st.sampled_from([1, 2, 40, DEEPEST]))

    def change(tree: list[Element]) -> list[Element]:
        tree = copy.deepcopy(tree)
        places = walk(tree)
        home, index = places[which % len(places)]
        element = home[index]
        match kind:
            case "delete":
                del home[index]
            case "value":
                home[index] = Element(element.tag, element.vr, value)
            case "vr" if isinstance(element.value, bytes):
                home[index] = Element(element.tag, vr, element.value)
            case "twice":
                home.insert(index, copy.deepcopy(element))
            case "nest" if element.tag >> 16 > 0x0002:
                home[index] = Element(element.tag, b"SQ", nested(depth))
            case _:
                home.append(Element(CHARACTER_SET, b"CS", value))
                home.sort(key=lambda one: one.tag)
        return tree

    tag = places[which][0][places[which][1]].tag
    return change, f"{kind} of {tag:08X} ({value[:40]!r}, {vr!r}, {depth})"


def nested(depth: int) -> bytes:
    """Return a sequence in a sequence in a sequence …, each of undefined length."""
    opening = b"\xfe\xff\x00\xe0\xff\xff\xff\xff" + b"\x08\x00\x40\x11SQ\0\0\xff\xff\xff\xff"
    closing = b"\xfe\xff\xdd\xe0\0\0\0\0" + b"\xfe\xff\x0d\xe0\0\0\0\0"
    return opening * depth + closing * depth


@st.composite
def damaged_file(draw: st.DrawFn, content: bytes) -> Damaged:
    """Return a file with up to two damages to its elements and two to its bytes."""
    tree, story = parse(content), []
    for _ in range(draw(st.integers(0, 2))):
        change, told = draw(changes(tree))
        tree = change(tree)
        story.append(told)
    content = encode(tree)
    for _ in range(draw(st.integers(0, 2))):
        before, content = content, draw(changed_bytes(content))
        story.append(difference(before, content))
    return Damaged([content], story)


def difference(before: bytes, after: bytes) -> str:
    """Say where two files begin to differ."""
    pairs = enumerate(zip(before, after, strict=False))
    at = next((i for i, (old, new) in pairs if old != new), min(len(before), len(after)))
    return f"byte {at} of {len(before)}: {before[at : at + 8]!r} to {after[at : at + 8]!r}"
