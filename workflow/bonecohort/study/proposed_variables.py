"""The lines of config.yaml that a participants table seems to need: proposed, never taken.

What a table shows beyond doubt is proposed as a setting; what its reader must decide stands in a
comment beside it.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import yaml

from bonecohort.study.catalogue import NO_YES
from bonecohort.study.cell_values import OPPOSITES, WITH_UNIT, folded, half_width, read_category
from bonecohort.study.cells import decimals_of, parse_number
from bonecohort.study.config_checks import reserved_names
from bonecohort.study.headings import (
    BRACKETED,
    is_identifying,
    meant_by,
    meant_inclusion,
    undeclared,
    unit_in,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bonecohort.study.cells import Table
    from bonecohort.study.settings import Settings, Variable

MOST_LEVELS = 8
"""A column of more different words is free text."""
MOST_GRADES = 6
"""A column of so few different whole numbers may be one of grades."""
LEAST_REPEATS = 2
"""A column whose words stand so often on average has categories."""
MOST_COLUMNS = 60
PLAIN_NAME = re.compile(r"[^\W\d]\w*")
ZERO_ONE = {"0", "1"}

PLAIN_OPPOSITES = (("male", "female"), NO_YES)
"""The levels that mean what the words of OPPOSITES mean."""


def proposed_variables(table: Table, settings: Settings) -> list[str]:
    """Return the lines of a block ``variables``; none where the table needs no declaration.

    Parameters
    ----------
    table
        The participants table, under its own headings.
    settings
        The study's settings, of which the declared variables need no further word.
    """
    by_column = {variable.column or name: name for name, variable in settings.variables.items()}
    lines: list[str] = []
    strangers = set(undeclared(table, settings))
    absent = {name: variable for name, variable in settings.variables.items()
              if (variable.column or name) not in table.columns}  # fmt: skip
    for column in table.columns[:MOST_COLUMNS]:
        cells = [row.get(column) for row in table.rows if row.get(column)]
        if column in by_column:
            name = by_column[column]
            keys = list(_codes(settings.variables[name], cells))
        elif column not in strangers or meant_inclusion(column, table.columns):
            continue
        elif is_identifying(column):
            lines.append(f"  # {_one_line(column)}: seems to identify somebody; delete it")
            continue
        elif (name := meant_by(column, absent) or "") and name in absent:
            keys = [f"column: {_scalar(column)}", *_codes(absent.pop(name), cells)]
        else:
            name, keys = _new(column, cells, settings)
        if name not in settings.variables and all(key.startswith("#") for key in keys):
            lines += [f"  # {_one_line(column)}: {key.removeprefix('# ')}" for key in keys]
        elif keys:
            lines += [f"  {_scalar(name)}:", *(f"    {key}" for key in keys)]
    is_needed = any(not line.startswith("  #") for line in lines)
    return ["variables:", *lines] if is_needed else []


def _codes(variable: Variable, cells: Sequence[str]) -> Iterator[str]:
    """Yield the line of a variable's codes, in a comment where they may mean either."""
    if variable.type != "categorical" or not variable.levels:
        return
    unread = list(dict.fromkeys(cell for cell in cells if not _is_read(cell, variable)))
    if not unread or len(unread) > MOST_LEVELS:
        return
    if set(unread) <= ZERO_ONE and set(variable.levels) == set(NO_YES):
        yield "codes: {0: no, 1: yes}  # correct it if 0 and 1 mean anything else"
    elif all(cell.isdecimal() for cell in unread):
        pairs = zip(sorted(unread), variable.levels, strict=False)
        declared = ", ".join(f"{code}: {_scalar(level)}" for code, level in pairs)
        yield "# what does each number mean? Correct this line and remove its first '#':"
        yield f"# codes: {{{declared}}}"
    else:
        declared = ", ".join(f"{_scalar(cell)}: ?" for cell in unread)
        yield f"# which of {', '.join(variable.levels)} is each? Write it for ?, remove the '#':"
        yield f"# codes: {{{declared}}}"


def _is_read(cell: str, variable: Variable) -> bool:
    try:
        read_category(cell, variable)
    except ValueError:
        return False
    return True


def _new(column: str, cells: Sequence[str], settings: Settings) -> tuple[str, list[str]]:
    """Return the name of a further variable and the lines that declare it."""
    name = _name(column, settings)
    label = " ".join(BRACKETED.sub(" ", column).split())
    keys = [f"column: {_scalar(column)}"] if name != column else []
    keys += [f"label: {_scalar(label)}"]
    numbers = [_number(cell) for cell in cells]
    result = [one for one in numbers if one]
    if cells and len(result) == len(cells):
        texts = [text for text, _ in result]
        units = {unit for _, unit in result if unit} | ({unit_in(column)} - {""})
        values = [parse_number(text) for text in texts]
        if len(units) > 1:
            return name, [f"# its numbers are in {', '.join(sorted(units))}: write one unit"]
        unit = "".join(units)
        if not _may_be_grades(values):
            return name, [*keys, *_continuous(texts, values, unit)]
        levels = [f"{value:g}" for value in sorted(set(values))]
        return name, [*keys, *_categorical(levels), "# if this is a measure: type: continuous"]
    return name, _of_words(keys, cells)


def _of_words(keys: list[str], cells: Sequence[str]) -> list[str]:
    counts = Counter(cells)
    if len(counts) < 2 or len(counts) > MOST_LEVELS or len(cells) < LEAST_REPEATS * len(counts):
        what = "blank" if not cells else "one value only" if len(counts) == 1 else "free text"
        return [f"# {what}; kept out"]
    levels = _opposites(list(counts))
    if levels:
        return [*keys, *_categorical(levels)]
    by_number = [level for level, _ in counts.most_common()]
    return [*keys, *_categorical(by_number), "# put the reference first"]


def _opposites(words: Sequence[str]) -> list[str]:
    """Return two levels, the reference first, where words mean yes and no, or the sexes."""
    for pair, plain in zip(OPPOSITES, PLAIN_OPPOSITES, strict=True):
        own = [[word for word in words if folded(half_width(word)) in of] for of in pair]
        if sum(map(len, own)) == len(words):
            is_pair = len(words) == 2 and all(own)
            return [own[0][0], own[1][0]] if is_pair and not "".join(words).isascii() else [*plain]
    return []


def _categorical(levels: Sequence[str]) -> list[str]:
    return ["type: categorical", f"levels: [{', '.join(map(_scalar, levels))}]"]


def _continuous(texts: Sequence[str], values: Sequence[float], unit: str) -> Iterator[str]:
    if unit:
        yield f"unit: {_scalar(unit)}"
    yield "type: continuous"
    seen = f"[{min(values):g}, {max(values):g}]"
    yield f"range: {seen}  # the smallest and largest seen: write what is possible"
    decimals = max(map(decimals_of, texts))
    if decimals > 1:
        yield f"decimals: {decimals}"


def _may_be_grades(values: Sequence[float]) -> bool:
    distinct = set(values)
    return 2 <= len(distinct) <= MOST_GRADES and all(value.is_integer() for value in distinct)


def _number(cell: str) -> tuple[str, str] | None:
    """Return a cell's number as text, and the unit beside it; None where it is no number."""
    plain = half_width(cell)
    match = WITH_UNIT.fullmatch(plain)
    text, unit = (match["number"], match["unit"]) if match else (plain, "")
    try:
        parse_number(text)
    except ValueError:
        return None
    return text, unit


def _name(column: str, settings: Settings) -> str:
    """Return a name for a column's variable: the heading itself where that can be one."""
    name = column
    if not PLAIN_NAME.fullmatch(column):
        name = re.sub(r"\W+", "_", BRACKETED.sub(" ", column)).strip("_").lower()
        name = name if PLAIN_NAME.fullmatch(name) else f"column_{name}".rstrip("_")
    while name in reserved_names() or name in settings.variables:
        name += "_own"
    return name


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _scalar(text: str) -> str:
    """Return a text as YAML has it within a line. Numbers and yes and no stay as they are."""
    line = _one_line(text)
    if line in NO_YES or line.isdecimal():
        return line
    written = yaml.safe_dump(
        [line], allow_unicode=True, default_flow_style=True, width=float("inf")
    )
    return str(written).strip()[1:-1]
