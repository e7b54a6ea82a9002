"""The headings of a participants table: which variable each is, or may be meant as."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from bonecohort.study.analyses import listed
from bonecohort.study.analyses_checks import really_missing
from bonecohort.study.cell_values import same_unit
from bonecohort.study.cells import column_names
from bonecohort.study.suggestions import did_you_mean
from bonecohort.techniques.registry import participant_columns

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from bonecohort.study.cells import Table
    from bonecohort.study.settings import Settings, Variable

INCLUSION = {
    "include": ("included", "inclusion", "enrolled", "纳入", "是否纳入", "入组", "是否入组"),
    "exclusion_reason": ("reason", "exclusion", "exclude", "excluded", "排除", "排除原因", "剔除"),
}
"""What the columns that say who is included may be called by mistake."""
OTHER_NAMES = {
    "age_years": ("age", "年龄", "患者年龄"),
    "sex": ("gender", "性别"),
    "height_cm": ("height", "身高"),
    "weight_kg": ("weight", "体重"),
    "bmi_kg_m2": ("bmi", "bodymassindex", "体重指数", "体质指数", "体质量指数"),
    "bmd_g_cm2": ("bmd", "spinebmd", "骨密度", "腰椎骨密度"),
    "t_score": ("tscore", "t值", "t评分"),
    "hypertension": ("高血压", "高血压病", "高血压史"),
    "diabetes": ("糖尿病", "糖尿病史"),
    "smoking": ("smoker", "smoke", "吸烟", "吸烟史"),
    "alcohol": ("drinking", "alcoholuse", "饮酒", "饮酒史"),
    "back_pain": ("backpain", "lowbackpain", "腰痛", "腰背痛", "背痛"),
    "vas_0_10": ("vas", "vas评分", "疼痛评分"),
}
"""How people head the columns of the paper's variables, squashed."""
IDENTIFYING = re.compile(
    r"(first|last|full|family|given|patient)?name|birth(day|date)?|dateofbirth|dob|phone\w*|"
    r"telephone|mobile|address|email|mrn|accession\w*|passport|insurance\w*|"
    r"姓名|名字|患者姓名|出生\w*|生日|电话\w*|手机\w*|联系\w*|住址|地址|家庭住址|身份证\w*|"
    r"住院号|病案号|病历号|门诊号|检查号|医保\w*"
)
"""Headings, squashed, of what identifies somebody."""
BRACKETED = re.compile(r"[\[(（【]\s*(?P<unit>[^\])）】]*?)\s*[\])）】]")
LIKE = 0.85
"""Names that have so much in common differ by a slip of the hand."""
KEPT_OUT = (
    "{path}: {columns} not declared, and kept out of the analysis. To use one, declare it in "
    "config.yaml under 'variables' (`bonecohort check --fix` proposes the lines)."
)
MOST_NAMED = 8


def squashed(heading: str) -> str:
    """Return a heading in small letters, without its unit, spaces and signs."""
    plain = unicodedata.normalize("NFKC", BRACKETED.sub(" ", heading)).lower()
    return re.sub(r"[\W_]+", "", plain)


def unit_in(heading: str) -> str:
    """Return the unit in a heading's brackets; '' for none."""
    match = BRACKETED.search(heading)
    return match["unit"] if match else ""


def is_identifying(heading: str) -> bool:
    """Whether a heading is that of a name, a birth date, a hospital's number or the like."""
    return bool(IDENTIFYING.fullmatch(squashed(heading)))


def under_declared_names(table: Table, settings: Settings) -> tuple[Table, list[str]]:
    """Return a table whose declared columns have their variables' names, and every problem."""
    problems: list[str] = []
    headers: dict[str, str] = {}
    for name, variable in settings.variables.items():
        column = unicodedata.normalize("NFC", variable.column)
        if not column or column == name:
            continue
        where = f"config/config.yaml: variables.{name}.column: found {column!r}"
        if column not in table.columns:
            problems.append(
                f"{where}; {table.path} has no such column; {did_you_mean(column, table.columns)}"
            )
        elif column in headers.values():
            problems.append(f"{where}, which is the column of another variable, too.")
        elif name in table.columns:
            problems.append(f"{where}, but {table.path} has a column {name}, too; one is expected.")
        else:
            headers[name] = column
    if not headers:
        return table, problems
    names = {column: name for name, column in headers.items()}
    rows = tuple(
        replace(
            row,
            cells={names.get(column, column): cell for column, cell in row.cells.items()},
            merged=frozenset(names.get(column, column) for column in row.merged),
            headers=headers,
        )
        for row in table.rows
    )
    columns = tuple(names.get(column, column) for column in table.columns)
    return replace(table, columns=columns, rows=rows), problems


def meant_by(heading: str, variables: Mapping[str, Variable]) -> str | None:
    """Return the variable that a heading that is none seems to mean; None where none does."""
    plain = squashed(heading)
    unit = unit_in(heading)
    for name, variable in variables.items():
        if unit and not same_unit(unit, variable.unit):
            continue
        others = {squashed(name), squashed(variable.label), *OTHER_NAMES.get(name, ())} - {""}
        if plain in others or _differ_by_a_slip(heading, name):
            return name
    return None


def _differ_by_a_slip(heading: str, name: str) -> bool:
    return SequenceMatcher(None, heading.lower(), name.lower()).ratio() >= LIKE


def undeclared(table: Table, settings: Settings) -> list[str]:
    """Return the columns of a table that no variable is declared for, and no technique reads."""
    known = {"participant_id", *INCLUSION, *settings.variables, *participant_columns()}
    return [column for column in table.columns if column not in known]


def heading_problems(table: Table, settings: Settings, missing: Sequence[str]) -> Iterator[str]:
    """Yield which headings seem to mean columns that the study needs and does not have."""
    needed = {name: settings.variables[name] for name in _needed(settings, missing)}
    near: dict[str, str] = {}
    for column in undeclared(table, settings):
        if inclusion := meant_inclusion(column, table.columns):
            yield (
                f"{table.path}: column {column!r} looks like {inclusion!r}, which says who is in "
                f"the study; rename its heading to {inclusion}, or delete the column."
            )
        elif name := meant_by(column, needed):
            near.setdefault(name, column)
    if near:
        seem = ", ".join(f"{column!r} looks like {name!r}" for name, column in near.items())
        lines = ", ".join(f"{name}: {{column: {column!r}}}" for name, column in near.items())
        one = len(near) == 1
        yield (
            f"{table.path}: column {seem}, which {'has' if one else 'have'} no column. Rename the "
            f"{'heading' if one else 'headings'}, or declare {'it' if one else 'them'} in "
            f"config.yaml:  variables: {{{lines}}}"
        )


def _needed(settings: Settings, missing: Collection[str]) -> list[str]:
    """Return the declared variables without a column that the study meant to have."""
    asked = {
        asked.name for analysis in listed(settings.analyses) for asked in analysis.settings.asked()
    }
    wanted = {*really_missing(settings, list(missing)), *asked}
    return [name for name in missing if name in wanted]


def meant_inclusion(column: str, columns: Collection[str]) -> str | None:
    """Return the absent column on who is in the study that a heading seems to mean, or None."""
    plain = squashed(column)
    for name, others in INCLUSION.items():
        if name not in columns and (
            plain in {squashed(name), *others} or _differ_by_a_slip(column, name)
        ):
            return name
    return None


def heading_notes(table: Table, settings: Settings) -> Iterator[str]:
    """Yield which columns are kept out of the analysis, and which of them name people."""
    columns = undeclared(table, settings)
    if columns:
        named = column_names(replace(table, columns=tuple(columns)), MOST_NAMED)
        verb = "column {} is" if len(columns) == 1 else "columns {} are"
        yield KEPT_OUT.format(path=table.path, columns=verb.format(named))
    for column in columns:
        if is_identifying(column):
            yield (
                f"{table.path}: column {column!r} seems to identify somebody; delete it from "
                "the study's table."
            )
