"""The results in sentences: what a reader would otherwise gather from the tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from bonecohort.papers.hao2025.report.availability import ENDPLATE_DEFECT
from bonecohort.papers.hao2025.report.groupings import group_words
from bonecohort.report.printing import format as fmt
from bonecohort.report.printing import labels
from bonecohort.report.printing.groups import description, group_sizes
from bonecohort.report.printing.split_labels import split_words
from bonecohort.report.printing.terms import CATEGORY_TERM
from bonecohort.report.records import Record, groups_of, records, text_of
from bonecohort.report.results.counts import count
from bonecohort.statistics.regression.logistic_recommended import FIRTH_METHOD
from bonecohort.techniques.hounsfield.settings import HounsfieldSettings

if TYPE_CHECKING:
    from bonecohort.report.printing.printer import Printer
    from bonecohort.report.results.inputs import ReportInputs
    from bonecohort.study.settings import Settings

SIGNIFICANCE = 0.05


def defects_sentence(inputs: ReportInputs, printer: Printer) -> str:
    """Say how many participants, vertebrae and endplates have a defect."""
    with_defect, without = group_sizes(
        inputs.frame("tables/participants.csv"), ENDPLATE_DEFECT, printer
    )
    read = with_defect + without
    if not read:
        return "No participant’s endplates were read."
    text = (
        f"Endplate defects were found in {with_defect} of {fmt.counted(read, 'participant')} "
        f"({fmt.percent(with_defect, read)})"
    )
    vertebrae, of_vertebrae = (
        count(inputs.run, "defect_vertebrae"),
        count(inputs.run, "vertebrae_read_endplates"),
    )
    if vertebrae is not None and of_vertebrae is not None:
        text += (
            f" and in {vertebrae} of {fmt.counted(of_vertebrae, 'vertebra', 'vertebrae')} "
            f"({fmt.percent(vertebrae, of_vertebrae)})"
        )
    endplates = count(inputs.run, "defect_endplates")
    return f"{text}, on {fmt.counted(endplates, 'endplate')}." if endplates else f"{text}."


def osteoporosis_sentence(participants: pd.DataFrame, settings: Settings) -> str:
    """Say how many participants fall below the osteoporosis threshold."""
    known = participants["osteoporosis"].dropna()
    n = int((known == "yes").sum())
    if known.empty:
        return "No participant has a total spine HU."
    limit = settings.of(HounsfieldSettings).osteoporosis_threshold
    return (
        f"Total spine HU was below {limit:g}, which is how "
        f"osteoporosis is defined here, in {n} of {fmt.counted(len(known), 'participant')} "
        f"({fmt.percent(n, len(known))})."
    )


def table_1_sentences(
    comparisons: pd.DataFrame, counts: pd.DataFrame, settings: Settings, printer: Printer
) -> list[str]:
    """Say which characteristics differ between the groups, and which do not."""
    differing: list[str] = []
    alike: list[str] = []
    differing_levels: list[tuple[str, float]] = []
    levels = {f"hu_{level}": level for level in settings.levels}
    shown = {row["variable"]: row for row in records(comparisons, table="table1", shown="yes")}
    for name in settings.analysis.table1_rows:
        row = shown.get(name)
        if row is None or pd.isna(row["p_value"]):
            continue
        if row["p_value"] >= SIGNIFICANCE:
            alike.append(labels.in_sentence(printer.label(name)))
        elif name in levels:
            differing_levels.append((levels[name], row["p_value"]))
        else:
            differing.append(_difference_phrase(row, counts, printer))
    if differing_levels:
        names = fmt.joined([level for level, _ in differing_levels])
        largest = printer.p_phrase(max(p for _, p in differing_levels))
        if len(differing_levels) > 1:
            largest = f"each {largest.replace('=', '≤')}"
        differing.append(f"the HU of {names} ({largest})")
    sentences = []
    if differing:
        sentences.append(
            f"{split_words(settings.analysis.table1_grouping, printer).differed()} "
            f"{fmt.listed(differing)} ([#characteristics])."
        )
    if alike:
        sentences.append(f"No significant difference was found for {fmt.joined(alike)}.")
    return sentences


def _difference_phrase(row: Record, counts: pd.DataFrame, printer: Printer) -> str:
    name, p_text = row["variable"], printer.p_phrase(row["p_value"])
    category, values = group_values(row, counts, printer)
    unit = "" if category else printer.unit(name)
    suffix = f" {unit}" if unit and unit != "HU" else ""
    shown_category = "" if category in ("", "yes") else f"{category} "
    label = labels.in_sentence(printer.label(name))
    return f"{label} ({shown_category}{' vs. '.join(values)}{suffix}; {p_text})"


def group_values(
    row: Record, counts: pd.DataFrame, printer: Printer
) -> tuple[str, tuple[str, ...]]:
    """Return each group's mean ± SD, or the named category and each group's share of it."""
    name = row["variable"]
    categories = records(counts, table=row["table"], variable=name)
    if not categories:
        places = range(1, len(groups_of(row)) + 1)
        return "", tuple(description(row, str(place), printer) for place in places)
    declared = printer.own[name].levels if name in printer.own else ()
    shown_category = declared[-1] if declared else categories[-1]["category"]
    shares = tuple(
        f"{fmt.number(cell['percent'], 1)}%"
        for group in groups_of(row)
        for cell in categories
        if cell["category"] == shown_category and cell["group"] == group
    )
    return shown_category, shares


def table_2_sentences(comparisons: pd.DataFrame, settings: Settings, printer: Printer) -> list[str]:
    """Say which sizes differ between the two groups of each grouping."""
    sentences = []
    rows = records(comparisons, table="table2", shown="yes")
    for grouping in settings.analysis.table2_groupings:
        of_grouping = [
            row for row in rows if row["grouping"] == grouping and not pd.isna(row["p_value"])
        ]
        if not of_grouping:
            continue
        first, second = group_words(
            grouping, (of_grouping[0]["group_1"], of_grouping[0]["group_2"]), settings, printer
        )
        phrases = [
            f"{labels.in_sentence(printer.label(row['variable']))} "
            f"({fmt.number(row['mean_1'], places)} vs. {fmt.number(row['mean_2'], places)}{unit}; "
            f"{printer.p_phrase(row['p_value'])})"
            for row in of_grouping
            if row["p_value"] < SIGNIFICANCE
            for places in [printer.decimals(row["variable"])]
            for unit in [f" {printer.unit(row['variable'])}".rstrip()]
        ]
        result = f"differed in {fmt.listed(phrases)}" if phrases else "did not differ significantly"
        sentences.append(
            f"{first} vs. {labels.in_sentence(second)}: the defects {result} ([#sizes])."
        )
    return sentences


def distribution_sentence(prevalence: pd.DataFrame) -> str:
    """Say at which levels defects are most and least frequent."""
    rows = [row for row in records(prevalence, defect_type="any") if row["n_vertebrae"] > 0]
    if not rows:
        return "No vertebra was read for endplate defects."
    shares = [row["n"] / row["n_vertebrae"] for row in rows]
    most, least = (_levels_at(rows, choose(shares)) for choose in (max, min))
    shown = "([#figure_prevalence], [#prevalence])"
    if not max(shares):
        return f"No vertebra read has a defect {shown}."
    if len(rows) == 1:
        return f"Only one level was read: {most} {shown}."
    if max(shares) == min(shares):
        return f"Defects were equally frequent at all levels: {most} {shown}."
    return f"Defects were most frequent at {most} and least frequent at {least} {shown}."


def _levels_at(rows: list[Record], share: float) -> str:
    """Name every level of which the same share of the vertebrae has a defect."""
    return fmt.joined(
        [
            f"{row['level']} ({fmt.number(row['n'], 0)} of {fmt.number(row['n_vertebrae'], 0)} "
            f"vertebrae, {fmt.number(row['percent'], 1)}%)"
            for row in rows
            if row["n"] / row["n_vertebrae"] == share
        ]
    )


def correlation_sentence(correlations: pd.DataFrame, printer: Printer) -> str:
    """Say how defect size goes with HU."""
    phrases = [
        _regression_phrase(row, printer)
        for row in records(correlations)
        if not pd.isna(row["slope"])
    ]
    if not phrases:
        return "Too few vertebrae have both a defect and an HU for a regression."
    return f"Linear regression on the HU of the vertebra: {fmt.listed(phrases)}."


def _regression_phrase(row: Record, printer: Printer) -> str:
    r_squared = fmt.NO_BREAK.join(("R²", "=", fmt.number(row["r_squared"], 3)))
    direction = "falling" if row["slope"] < 0 else "rising"
    label = labels.in_sentence(printer.label(row["y"]))
    p_text = printer.p_phrase(row["p_value"])
    return f"{label} ({r_squared}, {direction} with HU, {p_text}, {fmt.n_phrase(row['n'])})"


def model_sentence(
    models: pd.DataFrame,
    settings: Settings,
    printer: Printer,
    recommended: pd.DataFrame | None = None,
) -> str:
    """Say which factors stay associated when taken together.

    Where the published analysis has no fit, that of ``recommended`` is given if it has one.
    """
    rows = records(models, model="multivariable", outcome=settings.analysis.outcome)
    outcome = split_words(settings.analysis.outcome, printer)
    by = ""
    if all(pd.isna(row["p_value"]) for row in rows):
        rows = [] if recommended is None else _shown_by_firth(recommended, settings)
        if not rows:
            return "The multivariable model was not fitted."
        by = " fitted with Firth’s penalty"
    significant = [row for row in rows if row["p_value"] < SIGNIFICANCE and is_term(row, settings)]
    if significant:
        phrases = fmt.listed([_odds_phrase(row, printer) for row in significant])
        text = (
            f"In the multivariable model{by}, {outcome.event} {outcome.was} associated with "
            f"{phrases}."
        )
    else:
        text = (
            f"In the multivariable model{by} no factor was significantly associated with "
            f"{outcome.event}."
        )
    if by:
        return f"{text} The conventional model has no estimate: see the notes of [#factors]."
    doubtful = any(text_of(row, "warning") for row in rows if not pd.isna(row["p_value"]))
    return f"{text} The model carries a warning: see the notes of [#factors]." if doubtful else text


def _shown_by_firth(recommended: pd.DataFrame, settings: Settings) -> list[Record]:
    """Return the multivariable terms that Firth's penalty gives a p value, and only it."""
    result = records(
        recommended,
        model="multivariable",
        outcome=settings.analysis.outcome,
        method=FIRTH_METHOD,
        shown="yes",
    )
    return [row for row in result if not pd.isna(row["p_value"])]


def is_term(row: Record, settings: Settings) -> bool:
    """Distinguish a factor's row from the model's intercept."""
    match = CATEGORY_TERM.match(row["term"])
    return (match["variable"] if match else row["term"]) in settings.analysis.multivariable_terms


def _odds_phrase(row: Record, printer: Printer) -> str:
    match = CATEGORY_TERM.match(row["term"])
    variable = match["variable"] if match else row["term"]
    label = labels.in_sentence(printer.label(variable))
    power, per = 1, ""
    if match:
        label = f"{label} ({match['category']})"
    elif (units := printer.ratio_units(variable)) > 1:
        power, per = units, f" per {units} {printer.unit(variable)}".rstrip()
    odds, low, high = (
        fmt.ratio(row[name] ** power) for name in ("odds_ratio", "ci_low", "ci_high")
    )
    p_text = printer.p_phrase(row["p_value"])
    return f"{label} (OR{per} {odds}, 95% CI {fmt.limits(low, high)}; {p_text})"
