"""participants.tsv: who is in the study, and the variables known of each."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bonecohort.study.cells import (
    Row,
    Table,
    column_names,
    parse_number,
    shown,
    spoilt_by_excel,
    unknown_columns,
)
from bonecohort.study.suggestions import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bonecohort.study.settings import Settings, Variable

PARTICIPANT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
LONGEST_ID = 64
"""Characters, as of a patient's ID in DICOM (PS3.5, LO); folders are named after IDs."""
ROWS_NAMED = 5
"""Rows of a table told one by one, before the rest is counted."""
FIXED_COLUMNS = ("participant_id", "include", "exclusion_reason")
BMI = "bmi_kg_m2"

Value = float | str | None


@dataclass(frozen=True)
class Participant:
    """One row: whether the participant is included, and its variables (None: missing)."""

    participant_id: str
    include: bool
    exclusion_reason: str
    values: dict[str, Value]


def check_participants(
    table: Table, settings: Settings
) -> tuple[dict[str, Participant], tuple[str, ...], list[str]]:
    """Return the participants, the declared variables without a column, and every problem."""
    problems = list(_column_problems(table, settings))
    if "participant_id" not in table.columns:
        return {}, (), problems
    seen: dict[str, int] = {}
    participants: dict[str, Participant] = {}
    for row in table.rows:
        problems += _id_problems(table, row, seen)
        problems += _inclusion_problems(table, row)
        values, faults = _values(table, row, settings)
        problems += faults
        participants[row.get("participant_id")] = Participant(
            participant_id=row.get("participant_id"),
            include=row.get("include").lower() != "no",
            exclusion_reason=row.get("exclusion_reason"),
            values=values,
        )
    if not table.rows:
        problems.append(f"{table.path}: no participant; at least one row is expected.")
    computable = {BMI} if {"height_cm", "weight_kg"} <= set(table.columns) else set()
    missing = tuple(
        name for name in settings.variables if name not in {*table.columns, *computable}
    )
    return participants, missing, problems


def _column_problems(table: Table, settings: Settings) -> Iterator[str]:
    known = {*FIXED_COLUMNS, *settings.variables}
    if "participant_id" not in table.columns:
        yield (
            f"{table.path}: column 'participant_id' is missing; found are: {column_names(table)}."
        )
        known |= {name for name in table.columns if nearest(name, ["participant_id"])}
    advice = " A further variable is declared in config.yaml under 'variables'."
    yield from unknown_columns(table, known, advice)


def _id_problems(table: Table, row: Row, seen: dict[str, int]) -> Iterator[str]:
    name = row.get("participant_id")
    where = f"{table.path}, row {row.number}, participant_id"
    if not name:
        yield f"{where}: blank; every participant needs an ID."
        return
    if not PARTICIPANT_ID.fullmatch(name):
        yield (
            f"{where}: {shown(name)}{spoilt_by_excel(name)}; letters, digits, '_' and '-' are "
            "allowed, the first a letter or digit."
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
    include = row.get("include").lower()
    where = f"{table.path}, row {row.number}"
    if include not in ("", "yes", "no"):
        yield f"{where}, include: {row.get('include')!r}; 'yes' or 'no' is expected."
    if include == "no" and not row.get("exclusion_reason"):
        yield f"{where}, exclusion_reason: blank; a participant with include 'no' needs one."


def _values(table: Table, row: Row, settings: Settings) -> tuple[dict[str, Value], list[str]]:
    values: dict[str, Value] = {}
    problems: list[str] = []
    computed = _uncalculated_bmi(row)
    for name, variable in settings.variables.items():
        if name not in table.columns or (name == BMI and computed):
            continue
        try:
            values[name] = _value(row.get(name), variable)
        except ValueError as error:
            values[name] = None
            problems.append(f"{table.path}, row {row.number}, {name}: {error}.")
    if BMI in settings.variables and (computed or BMI not in table.columns):
        height, weight = values.get("height_cm"), values.get("weight_kg")
        if "height_cm" in table.columns and "weight_kg" in table.columns:
            values[BMI] = _bmi(height, weight)
    return values, problems


def _uncalculated_bmi(row: Row) -> bool:
    """Whether a row's BMI is a formula without a value, and its height and weight are there."""
    return row.get(BMI).startswith("=") and bool(row.get("height_cm") and row.get("weight_kg"))


def computed_instead(table: Table, settings: Settings) -> Iterator[str]:
    """Yield a warning where BMI was computed since nobody had calculated the table's formulae."""
    rows = [str(row.number) for row in table.rows if _uncalculated_bmi(row)]
    if rows and BMI in settings.variables:
        more = f" and {len(rows) - ROWS_NAMED} more" if len(rows) > ROWS_NAMED else ""
        yield (
            f"{table.path}, row {', '.join(rows[:ROWS_NAMED])}{more}, {BMI}: formulae that were "
            "never calculated; BMI was computed from height_cm and weight_kg. To use the values "
            "of the formulae, open the file in Excel or LibreOffice and save it."
        )


def _value(text: str, variable: Variable) -> Value:
    if not text:
        return None
    if variable.type == "categorical":
        if not variable.levels:  # the declaration's own problem, told already
            return text
        by_lower = {_folded(level): level for level in variable.levels}
        if _folded(text) not in by_lower:
            expected = " or ".join(variable.levels)
            raise ValueError(f"{shown(text)}{spoilt_by_excel(text)}; {expected} is expected")
        return by_lower[_folded(text)]
    number = parse_number(text)
    if variable.range and not variable.range[0] <= number <= variable.range[1]:
        low, high = variable.range
        unit = f" {variable.unit}" if variable.unit else ""
        raise ValueError(f"{text} is out of range; {low:g} to {high:g}{unit} is allowed")
    return number


def _folded(level: str) -> str:
    """Return a level whatever its case, and however its accents are encoded."""
    return unicodedata.normalize("NFC", level).lower()


def _bmi(height_cm: Value, weight_kg: Value) -> Value:
    """Return the body mass index in kg/m², or None when a measure is missing."""
    if not isinstance(height_cm, float) or not isinstance(weight_kg, float):
        return None
    return weight_kg / (height_cm / 100) ** 2
