"""participants.tsv: who is in the study, and the variables known of each."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bonecohort.study.cell_values import UNIT, WIDE, WORD, half_width, read_category, read_number
from bonecohort.study.cells import Row, Table, column_names, shown, spoilt_by_excel
from bonecohort.study.settings import Variable
from bonecohort.techniques.registry import participant_columns

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bonecohort.study.cell_values import Read
    from bonecohort.study.settings import Settings

PARTICIPANT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
LONGEST_ID = 64
"""Characters, as of a patient's ID in DICOM (PS3.5, LO); folders are named after IDs."""
ROWS_NAMED = 5
"""Rows of a table named one by one, before the rest is counted."""
FIXED_COLUMNS = ("participant_id", "include", "exclusion_reason")
BMI = "bmi_kg_m2"
YES_OR_NO = Variable(type="categorical", levels=("no", "yes"))
NUMERAL = re.compile(r"\d+(\.0+)?")

Value = float | str | None


@dataclass(frozen=True)
class Participant:
    """One row: whether the participant is included, and its variables (None: missing).

    ``cells`` are those that techniques' jobs read, as they are written; blank ones are left out.
    """

    participant_id: str
    include: bool
    exclusion_reason: str
    values: dict[str, Value]
    cells: dict[str, str] = field(default_factory=dict)


@dataclass
class ReadParticipants:
    """What a participants table says.

    ``missing`` are the declared variables without a column. ``problems`` stop the study.
    ``warnings`` name what was computed in place of cells. ``notes`` say how cells were read, and
    which columns are kept out.
    """

    participants: dict[str, Participant] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass
class _Column:
    """What to report of one variable's cells: rows by what was read how, and by fault."""

    variable: Variable
    read: dict[tuple[str, str, str], list[int]] = field(default_factory=lambda: defaultdict(list))
    unread: dict[tuple[str, str], list[int]] = field(default_factory=lambda: defaultdict(list))

    def value(self, row: int, text: str) -> Value:
        """Return a cell's value; None where it is blank or cannot be read, which is noted."""
        variable = self.variable
        if not text:
            return None
        if variable.type == "categorical" and not variable.levels:
            return text  # the declaration's own problem, reported already
        read = read_category if variable.type == "categorical" else read_number
        try:
            result: Read = read(text, variable)
        except ValueError as error:
            self.unread[text, str(error)].append(row)
            return None
        if result.how == WORD:
            self.read[WORD, text, str(result.value)].append(row)
        elif result.how:
            self.read[result.how, "", ""].append(row)
        return result.value


def check_participants(table: Table, settings: Settings) -> ReadParticipants:
    """Return the participants of a table whose columns have their variables' names."""
    result = ReadParticipants()
    computable = {BMI} if {"height_cm", "weight_kg"} <= set(table.columns) else set()
    result.missing = tuple(
        name for name in settings.variables if name not in {*table.columns, *computable}
    )
    if "participant_id" not in table.columns:
        result.problems.append(
            f"{table.path}: column 'participant_id' is missing; found are: {column_names(table)}. "
            "Name the column of the study's own numbers so; they must not identify anybody."
        )
        return result
    seen: dict[str, int] = {}
    columns = {name: _Column(variable) for name, variable in settings.variables.items()}
    for row in table.rows:
        result.problems += _id_problems(table, row, seen)
        result.problems += _inclusion_problems(table, row)
        result.participants[row.get("participant_id")] = Participant(
            participant_id=row.get("participant_id"),
            include=_inclusion(row) != "no",
            exclusion_reason=row.get("exclusion_reason"),
            values=_values(table, row, columns),
            cells={name: row.get(name) for name in participant_columns() if row.get(name)},
        )
    if not table.rows:
        result.problems.append(f"{table.path}: no participant; at least one row is expected.")
    result.warnings += _computed_instead(table, settings)
    for name, column in columns.items():
        where = table.rows[0].header(name) if table.rows else name
        result.problems += _unread(table, name, where, column)
        result.notes += _how_read(table, where, column)
    return result


def _id_problems(table: Table, row: Row, seen: dict[str, int]) -> Iterator[str]:
    name = row.get("participant_id")
    where = f"{table.path}, row {row.number}, participant_id"
    if not name:
        yield f"{where}: blank; every participant needs an ID."
        return
    if not PARTICIPANT_ID.fullmatch(name):
        plain = half_width(name)
        meant = f" Write {plain}." if plain != name and PARTICIPANT_ID.fullmatch(plain) else ""
        yield (
            f"{where}: {shown(name)}{spoilt_by_excel(name)}; letters, digits, '_' and '-' are "
            f"allowed, the first a letter or digit.{meant}"
        )
    if len(name) > LONGEST_ID:
        yield f"{where}: {len(name)} characters; at most {LONGEST_ID} are allowed."
    if name.lower() in seen:
        yield (
            f"{where}: {name!r} is also in row {seen[name.lower()]}; IDs must differ, "
            "also when case is ignored."
        )
    seen.setdefault(name.lower(), row.number)


def _inclusion_problems(table: Table, row: Row) -> Iterator[str]:
    where = f"{table.path}, row {row.number}"
    if row.get("include") and _inclusion(row) is None:
        yield f"{where}, include: {row.get('include')!r}; 'yes' or 'no' is expected."
    if _inclusion(row) == "no" and not row.get("exclusion_reason"):
        yield f"{where}, exclusion_reason: blank; a participant with include 'no' needs one."


def _inclusion(row: Row) -> Value:
    """Return ``yes`` or ``no``; None where a row says neither."""
    try:
        return read_category(row.get("include"), YES_OR_NO).value
    except ValueError:
        return None


def _values(table: Table, row: Row, columns: Mapping[str, _Column]) -> dict[str, Value]:
    values: dict[str, Value] = {}
    computed = _uncalculated_bmi(row)
    for name, column in columns.items():
        if name in table.columns and not (name == BMI and computed):
            values[name] = column.value(row.number, row.get(name))
    if BMI in columns and (computed or BMI not in table.columns):
        height, weight = values.get("height_cm"), values.get("weight_kg")
        if "height_cm" in table.columns and "weight_kg" in table.columns:
            values[BMI] = _bmi(height, weight)
    return values


def _unread(table: Table, name: str, header: str, column: _Column) -> Iterator[str]:
    """Yield the cells of a column that could not be read, those of one text together."""
    codes = {text for text, _ in column.unread if NUMERAL.fullmatch(text)}
    is_coded = column.variable.type == "categorical" and not column.variable.codes
    for (text, why), rows in column.unread.items():
        if not (is_coded and text in codes):
            yield f"{table.path}, {rows_words(rows)}, {header}: {why}."
    if is_coded and codes:
        verb = "means" if len(codes) == 1 else "mean"
        rows = sorted(row for (text, _), own in column.unread.items() if text in codes
                      for row in own)  # fmt: skip
        yield (
            f"{table.path}, {rows_words(rows)}, {header}: nothing says what "
            f"{_listed(sorted(codes))} {verb}. "
            + codes_advice(name, sorted(codes), column.variable.levels)
        )


def codes_advice(name: str, codes: Sequence[str], levels: Sequence[str]) -> str:
    """Return how the meaning of codes is declared, by an example that may not hold."""
    pairs = list(zip(codes, levels, strict=False))
    meaning = " and ".join(f"{code} is {level}" for code, level in pairs)
    declared = ", ".join(f"{code}: {level}" for code, level in pairs)
    return (
        f"If {meaning}, write in config.yaml  variables: {{{name}: {{codes: {{{declared}}}}}}}  "
        "If not, give each number its own level."
    )


def _how_read(table: Table, header: str, column: _Column) -> Iterator[str]:
    """Yield how cells of a column were read that are not plain."""
    words = [
        f"{text!r} is read as {level} ({len(rows)} {'row' if len(rows) == 1 else 'rows'})"
        for (how, text, level), rows in column.read.items()
        if how == WORD
    ]
    if words:
        yield f"{table.path}, {header}: {', '.join(words)}."
    if rows := column.read.get((UNIT, "", "")):
        unit = column.variable.unit
        yield f"{table.path}, {rows_words(rows)}, {header}: the unit beside the number is {unit}."
    if rows := column.read.get((WIDE, "", "")):
        where = f"{table.path}, {rows_words(rows)}, {header}"
        yield f"{where}: full-width characters are read as plain ones."


def rows_words(rows: Sequence[int]) -> str:
    """Return the first of some rows by their numbers, and how many more there are."""
    more = f" and {len(rows) - ROWS_NAMED} more" if len(rows) > ROWS_NAMED else ""
    return f"row {', '.join(map(str, rows[:ROWS_NAMED]))}{more}"


def _listed(texts: Sequence[str]) -> str:
    return " and ".join(texts) if len(texts) < 3 else f"{', '.join(texts[:-1])} and {texts[-1]}"


def _uncalculated_bmi(row: Row) -> bool:
    """Whether a row's BMI is a formula without a value, and its height and weight are there."""
    return row.get(BMI).startswith("=") and bool(row.get("height_cm") and row.get("weight_kg"))


def _computed_instead(table: Table, settings: Settings) -> Iterator[str]:
    """Yield a warning where BMI was computed since nobody had calculated the table's formulae."""
    rows = [row.number for row in table.rows if _uncalculated_bmi(row)]
    if rows and BMI in settings.variables:
        yield (
            f"{table.path}, {rows_words(rows)}, {BMI}: formulae that were "
            "never calculated; BMI was computed from height_cm and weight_kg. To use the values "
            "of the formulae, open the file in Excel or LibreOffice and save it."
        )


def _bmi(height_cm: Value, weight_kg: Value) -> Value:
    """Return the body mass index in kg/m², or None when a measure is missing."""
    if not isinstance(height_cm, float) or not isinstance(weight_kg, float):
        return None
    return weight_kg / (height_cm / 100) ** 2
