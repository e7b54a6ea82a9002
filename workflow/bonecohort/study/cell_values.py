"""What a cell of a declared variable means: a number with its unit, a category by word or code.

The notes name what is read otherwise than it is written. A bare number is no category: 1 and 2 may
stand for either sex, so their meaning is declared (``codes``) or they are refused.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from bonecohort.study.cells import parse_number, shown, spoilt_by_excel

if TYPE_CHECKING:
    from bonecohort.study.settings import Variable

Value = float | str

OPPOSITES = (
    (
        frozenset({"male", "m", "man", "men", "男", "男性"}),
        frozenset({"female", "f", "woman", "women", "女", "女性"}),
    ),
    (
        frozenset({"no", "n", "false", "否", "无", "無"}),
        frozenset({"yes", "y", "true", "是", "有"}),
    ),
)
"""Words of one meaning, and those of the other: read where a variable has a level of both."""
UNITS = (
    frozenset({"years", "year", "yrs", "yr", "y", "岁", "周岁", "歲"}),
    frozenset({"cm", "厘米", "公分"}),
    frozenset({"kg", "公斤", "千克"}),
    frozenset({"mm", "毫米"}),
    frozenset({"kg/m2", "千克/平方米", "公斤/平方米"}),
)
"""How one unit is written."""
WITH_UNIT = re.compile(r"(?P<number>[-+\u2212]?[\d.,]+)\s*(?P<unit>[^\d\s.,+-].*)")
WHOLE = re.compile(r"([+-]?\d+)\.0+")
FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
"""Characters as wide as a Chinese one, and the plain ones that they stand for."""

WORD = "word"
UNIT = "unit"
WIDE = "wide"


class Read(NamedTuple):
    """A value, and how it was read: by a word or a unit, or '' where it is plain."""

    value: Value
    how: str = ""


def half_width(text: str) -> str:
    """Return a text with plain letters, digits and signs for full-width ones."""
    return text.translate(FULL_WIDTH)


def read_category(text: str, variable: Variable) -> Read:
    """Return which level a cell means.

    Raises
    ------
    ValueError
        When it means none, or it is not clear which.
    """
    plain = half_width(text)
    wide = WIDE if plain != text else ""
    meanings = {folded(level): level for level in variable.levels}
    meanings |= {folded(code): level for code, level in variable.codes.items()}
    for written in (folded(plain), WHOLE.sub(r"\1", plain)):
        if written in meanings:
            return Read(meanings[written], wide)
    level = _by_word(folded(plain), variable.levels)
    if level is None:
        expected = " or ".join((*variable.levels, *variable.codes))
        raise ValueError(f"{shown(text)}{spoilt_by_excel(text)}; {expected} is expected")
    return Read(level, WORD)


def read_number(text: str, variable: Variable) -> Read:
    """Return the number of a cell; the variable's own unit may stand beside it.

    Raises
    ------
    ValueError
        When it is no number, could be read in two ways, has another unit, or is out of range.
    """
    plain = half_width(text)
    how = WIDE if plain != text else ""
    match = WITH_UNIT.fullmatch(plain)
    if match and same_unit(match["unit"], variable.unit):
        plain, how = match["number"], UNIT
    elif match and variable.unit and not spoilt_by_excel(plain):
        raise ValueError(
            f"{shown(text)} is not a number in {variable.unit}; write the number alone, in "
            f"{variable.unit}"
        )
    number = parse_number(plain)
    if variable.range and not variable.range[0] <= number <= variable.range[1]:
        low, high = variable.range
        unit = f" {variable.unit}" if variable.unit else ""
        raise ValueError(f"{text} is out of range; {low:g} to {high:g}{unit} is allowed")
    return Read(number, how)


def same_unit(one: str, other: str) -> bool:
    """Whether two texts name one unit."""
    first, second = _plain_unit(one), _plain_unit(other)
    return bool(first) and (first == second or any({first, second} <= unit for unit in UNITS))


def _plain_unit(unit: str) -> str:
    plain = unicodedata.normalize("NFKC", unit).lower()
    return re.sub(r"[\s.^]", "", plain)


def _by_word(word: str, levels: tuple[str, ...]) -> str | None:
    """Return the level that has a word's meaning; None where none, or more than one, has it."""
    for pair in OPPOSITES:
        result = [[level for level in levels if folded(level) in words] for words in pair]
        if all(len(own) == 1 for own in result):
            for words, (level,) in zip(pair, result, strict=True):
                if word in words:
                    return level
    return None


def folded(text: str) -> str:
    """Return a text whatever its case, and however its accents are encoded."""
    return unicodedata.normalize("NFC", text).lower()
