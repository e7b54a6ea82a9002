"""Set every recomputable value printed by Hao et al. 2025 beside the value recomputed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bonecohort.papers.hao2025.statistics import printed_values
from bonecohort.papers.hao2025.statistics.groupings import DEFECT_TYPES, READ_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

PUBLISHED_COLUMNS = ("where", "item", "printed", "recomputed", "agrees", "note")
NUMBER = re.compile(r"(?<![\d.])[-−]?\d+(?:\.\d+)?")
HALF = 0.5 * (1 + 1e-9)
STARS = ((0.001, "***"), (0.01, "**"), (0.05, "*"))
NOT_MARKED = "not marked"


@dataclass(frozen=True)
class PrintedValue:
    """One printed text, and the numbers recomputed in its order (or a text, for stars)."""

    where: str
    item: str
    printed: str
    recomputed: tuple[float, ...] | str
    variable: str = ""
    """The variable whose note holds for the item."""


def compare_with_hao2025(
    participants: pd.DataFrame,
    vertebrae: pd.DataFrame,
    endplates: pd.DataFrame,
    statistics: Mapping[str, pd.DataFrame],
) -> pd.DataFrame:
    """List every recomputable value of the paper with its recomputation.

    Meant for a cohort built like the paper's; it reads results only and changes none.

    Parameters
    ----------
    participants, vertebrae, endplates
        The result tables.
    statistics
        What :func:`bonecohort.papers.hao2025.statistics.analyse.analyse` returned for them.

    Returns
    -------
    DataFrame
        ``where, item, printed, recomputed, agrees`` (``yes`` when every number rounds to what is
        printed, at the printed precision), ``note`` (a known contradiction of the paper).
    """
    values = [
        *_table1(statistics),
        *_table2(statistics),
        *_table3(statistics["models"]),
        *_figures(statistics),
        *_text(participants, vertebrae, endplates),
    ]
    rows = [
        (
            value.where,
            value.item,
            value.printed,
            as_printed(value.printed, value.recomputed),
            "yes" if agrees(value.printed, value.recomputed) else "no",
            _note(value),
        )
        for value in values
    ]
    return pd.DataFrame(rows, columns=list(PUBLISHED_COLUMNS))


def agrees(printed: str, recomputed: tuple[float, ...] | str) -> bool:
    """Return whether the recomputed numbers round to the printed ones, at their own precision."""
    if isinstance(recomputed, str):
        return printed == recomputed
    numbers = NUMBER.findall(printed)
    if len(numbers) != len(recomputed):
        return False
    if printed.startswith("<"):
        return recomputed[0] < _number(numbers[0])
    return all(
        abs(value - _number(text)) <= HALF * 10.0 ** -_decimals(text)
        for text, value in zip(numbers, recomputed, strict=True)
    )


def as_printed(printed: str, recomputed: tuple[float, ...] | str) -> str:
    """Write recomputed numbers in the form of the printed text.

    The paper drops trailing zeros (``0.1 ± 0.08``), so a mean and its SD get the decimals of the
    finer of the two.
    """
    if isinstance(recomputed, str):
        return recomputed
    if any(np.isnan(value) for value in recomputed):
        return "not available"
    if printed.startswith("<"):
        least = _number(printed[1:])
        return printed if recomputed[0] < least else f"{recomputed[0]:.{_decimals(printed)}f}"
    values = iter(recomputed)
    finest = max(_decimals(text) for text in NUMBER.findall(printed)) if "±" in printed else 0
    return NUMBER.sub(
        lambda match: _rounded(next(values), max(finest, _decimals(match.group()))), printed
    )


def _rounded(value: float, decimals: int) -> str:
    smallest = 10.0**-decimals
    if decimals >= 3 and 0 < value < smallest / 2:
        return f"<{smallest:.{decimals}f}"
    return f"{value:.{decimals}f}".replace("-", "−")


def _number(text: str) -> float:
    return float(text.replace("−", "-"))


def _decimals(text: str) -> int:
    return len(text.partition(".")[2])


def _note(value: PrintedValue) -> str:
    notes = [
        printed_values.NOTES[value.where, topic]
        for topic in {"", value.item, value.variable}
        if (value.where, topic) in printed_values.NOTES
    ]
    return "; ".join(notes)


def _table1(statistics: Mapping[str, pd.DataFrame]) -> Iterator[PrintedValue]:
    shown = _shown(statistics["comparisons"], "table1")
    counts = statistics["counts"].query("table == 'table1'")
    groups = {"1": "endplate defect", "2": "no endplate defect", "total": "total"}
    for name, (*means, p_text) in printed_values.TABLE1_CONTINUOUS.items():
        row = shown[shown["variable"] == name]
        for (suffix, label), text in zip(groups.items(), means, strict=True):
            pair = _cells(row, f"mean_{suffix}", f"sd_{suffix}")
            yield PrintedValue("Table 1", f"{name}, {label}", text, pair)
        yield PrintedValue("Table 1", f"{name}, p", p_text, _cells(row, "p_value"))
    for name, (categories, p_text) in printed_values.TABLE1_CATEGORICAL.items():
        for category, texts in categories.items():
            here = counts[(counts["variable"] == name) & (counts["category"] == category)]
            for group, text in zip(("yes", "no", "total"), texts, strict=True):
                label = {"yes": "endplate defect", "no": "no endplate defect"}.get(group, group)
                cells = _cells(here[here["group"] == group], "n", "percent")
                yield PrintedValue("Table 1", f"{name} {category}, {label}", text, cells)
        row = shown[shown["variable"] == name]
        yield PrintedValue("Table 1", f"{name}, p", p_text, _cells(row, "p_value"))


def _table2(statistics: Mapping[str, pd.DataFrame]) -> Iterator[PrintedValue]:
    shown = _shown(statistics["comparisons"], "table2")
    counts = statistics["counts"].query("table == 'table2'")
    for grouping, sizes in printed_values.TABLE2_SIZES.items():
        rows = counts[counts["variable"] == grouping]
        for size, counted in zip(sizes, rows.to_dict("records"), strict=False):
            item = f"n, {grouping} {counted['category']}"
            yield PrintedValue("Table 2", item, size, (float(counted["n"]),))
    for name, groupings in printed_values.TABLE2.items():
        for grouping, (first, second, stars) in groupings.items():
            row = shown[(shown["variable"] == name) & (shown["grouping"] == grouping)]
            for suffix, text in (("1", first), ("2", second)):
                label = row[f"group_{suffix}"].iloc[0] if len(row) else f"group {suffix}"
                pair = _cells(row, f"mean_{suffix}", f"sd_{suffix}")
                item = f"{name}, {grouping} {label}"
                yield PrintedValue("Table 2", item, text, pair, name)
            mark = significance_stars(_cells(row, "p_value")[0])
            item = f"{name}, {grouping}, significance"
            yield PrintedValue("Table 2", item, stars or NOT_MARKED, mark, name)


def significance_stars(p_value: float) -> str:
    """Return the paper's mark of a p-value: *** < 0.001, ** < 0.01, * < 0.05."""
    if np.isnan(p_value):
        return "not available"
    return next((mark for limit, mark in STARS if p_value < limit), NOT_MARKED)


def _table3(models: pd.DataFrame) -> Iterator[PrintedValue]:
    for (model, term), (ratio, p_text) in printed_values.TABLE3.items():
        row = models[(models["model"] == model) & (models["term"] == term)]
        item = f"{model} {term}"
        cells = _cells(row, "odds_ratio", "ci_low", "ci_high")
        yield PrintedValue("Table 3", f"{item}, odds ratio", ratio, cells)
        yield PrintedValue("Table 3", f"{item}, p", p_text, _cells(row, "p_value"))


def _figures(statistics: Mapping[str, pd.DataFrame]) -> Iterator[PrintedValue]:
    prevalence, lines = statistics["prevalence"], statistics["correlations"]
    for (level, kind), text in printed_values.FIGURE3.items():
        row = prevalence[(prevalence["level"] == level) & (prevalence["defect_type"] == kind)]
        cells = _cells(row, "share_of_defects_percent")
        yield PrintedValue("Figure 3", f"{level} {kind}", text, cells)
    for name, (r_squared, p_text) in printed_values.FIGURE4.items():
        row = lines[lines["y"] == name]
        yield PrintedValue("Figure 4", f"{name}, R²", r_squared, _cells(row, "r_squared"))
        yield PrintedValue("Figure 4", f"{name}, p", p_text, _cells(row, "p_value"))


def _text(
    participants: pd.DataFrame, vertebrae: pd.DataFrame, endplates: pd.DataFrame
) -> Iterator[PrintedValue]:
    age, bmi = participants["age_years"], participants["bmi_kg_m2"]
    total = len(participants)
    with_defect = int((participants["endplate_defect"] == "yes").sum())
    types = vertebrae["defect_type"]
    read, defects = int(types.isin(READ_TYPES).sum()), int(types.isin(DEFECT_TYPES).sum())
    by_type = {kind: int((types == kind).sum()) for kind in DEFECT_TYPES}
    printed: Sequence[tuple[str, str, tuple[float, ...]]] = (
        ("participants", "199", (total,)),
        ("men", "69", (int((participants["sex"] == "male").sum()),)),
        ("women", "130", (int((participants["sex"] == "female").sum()),)),
        ("age mean", "67.1", (age.mean(),)),
        ("age range", "39–87", (age.min(), age.max())),
        ("age SD", "6.6", (age.std(),)),
        ("BMI mean", "24.4", (bmi.mean(),)),
        ("BMI range", "16.2–36.4", (bmi.min(), bmi.max())),
        ("BMI SD", "3.5", (bmi.std(),)),
        ("participants with a defect", "95 (47.34%)", _share(with_defect, total)),
        ("vertebrae", "995", (read,)),
        ("vertebrae with a defect", "183 (18.3%)", _share(defects, read)),
        ("superior only", "78 (42.6%)", _share(by_type["superior"], defects)),
        ("inferior only", "80 (43.7%)", _share(by_type["inferior"], defects)),
        ("bilateral", "25 (13.7%)", _share(by_type["bilateral"], defects)),
        ("endplates with a defect", "183", (int((endplates["n_defects"] > 0).sum()),)),
        ("Discussion: individuals with a defect", "47%", _share(with_defect, total)[1:]),
        ("Discussion: vertebrae with a defect", "18%", _share(defects, read)[1:]),
    )
    for item, text, numbers in printed:
        yield PrintedValue("Text", item, text, numbers)


def _share(n: int, total: int) -> tuple[float, float]:
    return n, 100 * n / total if total else np.nan


def _shown(comparisons: pd.DataFrame, table: str) -> pd.DataFrame:
    return comparisons[(comparisons["table"] == table) & (comparisons["shown"] == "yes")]


def _cells(rows: pd.DataFrame, *columns: str) -> tuple[float, ...]:
    """Return columns of the first row; NaN for each when there is none."""
    if rows.empty:
        return (np.nan,) * len(columns)
    return tuple(float(rows.iloc[0][column]) for column in columns)
