"""Every conclusion of the published analysis beside that of the recommended one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bonecohort.papers.hao2025.report.groupings import TITLES
from bonecohort.papers.hao2025.report.text import result_sentences
from bonecohort.papers.hao2025.report.text.result_sentences import SIGNIFICANCE
from bonecohort.papers.hao2025.report.vertebra_estimates import SLOPE_DECIMALS, TEN, estimate_text
from bonecohort.report.printing import estimates, labels
from bonecohort.report.printing import format as fmt
from bonecohort.report.records import Record, records, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bonecohort.report.printing.printer import Printer
    from bonecohort.report.results.inputs import ReportInputs

YES, NEW, NO, UNKNOWN = "yes", "new", "no", fmt.ABSENT
NESTED = (
    "Several vertebrae come from one participant and resemble each other. The standard error is "
    "{ratio} times the conventional one."
)
PROFILE = "The likelihood ratio, in place of Wald’s method, moves p across 0.05."
MANY = "One of {n} tests: p is {p} before Holm’s correction."
NOT_TESTED = "Judged by the percentages alone. Under a test, the difference may be chance."


@dataclass(frozen=True)
class Conclusion:
    """One question, answered twice.

    ``p_value`` is the recommended method's before Holm's correction, ``n_tests`` what the
    correction counts. ``turned`` says that the two estimates point in opposite directions;
    ``method_reason`` why the methods differ, ``no_result`` why an analysis has no p value.
    """

    where: str
    what: str
    published: str
    published_p: float
    method: str
    recommended: str
    p_value: float
    p_adjusted: float
    n_tests: int
    method_reason: str = ""
    no_result: str = ""
    turned: bool = False
    claimed_untested: bool = False
    remark: str = ""

    @property
    def is_answered(self) -> bool:
        """Whether either analysis has an answer."""
        return self.claimed_untested or not (
            math.isnan(self.published_p) and math.isnan(self.p_adjusted)
        )

    @property
    def changes(self) -> str:
        """``yes``, ``no``, ``new`` without a published result, or – without a recommended one."""
        if math.isnan(self.p_adjusted):
            return UNKNOWN
        holds = self.p_adjusted < SIGNIFICANCE
        if self.claimed_untested:
            return NO if holds and not self.turned else YES
        if math.isnan(self.published_p):
            return NEW
        same = holds == (self.published_p < SIGNIFICANCE)
        return NO if same and not (holds and self.turned) else YES

    def why(self, printer: Printer) -> str:
        """Say in plain words why the conclusion changes, or cannot be compared."""
        if self.changes == NO:
            return ""
        if self.changes == UNKNOWN or (math.isnan(self.published_p) and self.no_result):
            return printer.warning_sentence(self.no_result)
        if self.claimed_untested:
            return NOT_TESTED
        reasons = []
        crosses = (self.p_value < SIGNIFICANCE) != (self.published_p < SIGNIFICANCE)
        if crosses or self.turned:
            reasons.append(self.method_reason)
        if (self.p_value < SIGNIFICANCE) != (self.p_adjusted < SIGNIFICANCE):
            p_text = printer.p(self.p_value)
            reasons.append(MANY.format(n=self.n_tests, p=p_text))
        return " ".join(reasons)


def conclusions(inputs: ReportInputs, printer: Printer) -> list[Conclusion]:
    """Return what the tables, Figure 4 and the text conclude; those that change first.

    Questions to which neither analysis has an answer are left out.
    """
    result = [
        *_table_1(inputs, printer),
        *_table_2(inputs, printer),
        *_table_3(inputs, printer),
        *_figure_4(inputs, printer),
        *_upper_lumbar(inputs, printer),
    ]
    answered = [item for item in result if item.is_answered]
    return sorted(answered, key=lambda item: (YES, NEW, UNKNOWN, NO).index(item.changes))


def _table_1(inputs: ReportInputs, printer: Printer) -> Iterator[Conclusion]:
    counts, effects = (inputs.frame(f"statistics/{name}.csv") for name in ("counts", "effects"))
    adjusted = {
        row["variable"]: row
        for row in records(inputs.frame("statistics/multiplicity.csv"), table="table1")
    }
    shown = records(inputs.frame("statistics/comparisons.csv"), table="table1", shown="yes")
    for row in shown:
        name = row["variable"]
        corrected = adjusted.get(name, {})
        category, values = result_sentences.group_values(row, counts, printer)
        effect = estimates.main_effect(records(effects, table="table1", variable=name), row["test"])
        yield Conclusion(
            where="[#characteristics]",
            what=estimates.with_category(printer.label(name), category),
            published=" vs. ".join(values),
            published_p=row["p_value"],
            method="Same test",
            recommended=effect,
            p_value=row["p_value"],
            p_adjusted=corrected.get("p_adjusted", math.nan),
            n_tests=int(corrected.get("n_tests", 0)),
            no_result=text_of(row, "warning"),
        )


def _table_2(inputs: ReportInputs, printer: Printer) -> Iterator[Conclusion]:
    counts = inputs.frame("statistics/counts.csv")
    answers = {
        (row["outcome"], estimates.variable_of(row["term"])): row
        for row in _shown(inputs, question="table2")
    }
    shown = records(inputs.frame("statistics/comparisons.csv"), table="table2", shown="yes")
    for row in shown:
        answer = answers.get((row["variable"], row["grouping"]), {})
        category, values = result_sentences.group_values(row, counts, printer)
        title = TITLES.get(row["grouping"]) or str(row["grouping"])
        label = estimates.with_category(printer.label(row["variable"]), category)
        difference = row["mean_1"] - row["mean_2"]
        n_tests = _family_size(inputs, answer)
        yield Conclusion(
            where="[#sizes]",
            what=f"{label} by {labels.in_sentence(title)}",
            published=" vs. ".join(values),
            **_of_vertebrae(row, difference, answer, n_tests, printer),
        )


def _figure_4(inputs: ReportInputs, printer: Printer) -> Iterator[Conclusion]:
    answers = {row["outcome"]: row for row in _shown(inputs, question="figure4")}
    for row in records(inputs.frame("statistics/correlations.csv")):
        slope = fmt.number(TEN * row["slope"], SLOPE_DECIMALS)
        answer = answers.get(row["y"], {})
        n_tests = _family_size(inputs, answer)
        yield Conclusion(
            where="[#figure_regression]",
            what=f"{printer.label(row['y'])} on the vertebra’s HU",
            published=f"Slope {slope}",
            **_of_vertebrae(row, row["slope"], answer, n_tests, printer),
        )


def _of_vertebrae(
    row: Record, estimate: float, answer: Record, n_tests: int, printer: Printer
) -> dict[str, Any]:
    """Return the parts of a conclusion that a regression of vertebrae answers."""
    ratio = fmt.number(answer.get("se_ratio", math.nan), 2)
    return {
        "published_p": row["p_value"],
        "method": estimates.method_name(answer),
        "recommended": estimate_text(answer, printer),
        "p_value": answer.get("p_value", math.nan),
        "p_adjusted": answer.get("p_adjusted", math.nan),
        "n_tests": n_tests,
        "method_reason": NESTED.format(ratio=ratio),
        "no_result": text_of(answer, "reason") or text_of(row, "warning"),
        "turned": estimate * answer.get("estimate", math.nan) < 0,
        "remark": text_of(answer, "warnings"),
    }


def _table_3(inputs: ReportInputs, printer: Printer) -> Iterator[Conclusion]:
    frame = inputs.frame("statistics/recommended_models.csv")
    answers = {(row["model"], row["term"]): row for row in records(frame, shown="yes")}
    n_tests = int(frame["p_adjusted"].notna().sum())
    for row in records(inputs.frame("statistics/models.csv")):
        answer = answers.get((row["model"], row["term"]), {})
        yield Conclusion(
            where="[#factors]",
            what=f"{estimates.factor(row['term'], printer)}, {row['model']}",
            published=f"OR {estimates.odds_text(row, printer)}",
            published_p=row["p_value"],
            method=estimates.method_name(answer),
            recommended=f"OR {estimates.odds_text(answer, printer)}",
            p_value=answer.get("p_value", math.nan),
            p_adjusted=answer.get("p_adjusted", math.nan),
            n_tests=n_tests,
            method_reason=PROFILE,
            no_result=text_of(row, "warning") or text_of(answer, "reason"),
            remark=text_of(answer, "warnings"),
        )


def _upper_lumbar(inputs: ReportInputs, printer: Printer) -> Iterator[Conclusion]:
    """Compare what the text reads off the percentages, without a test, with the test of it."""
    of_region = records(
        inputs.frame("statistics/clustered_prevalence.csv"), variable="lumbar_region", shown="yes"
    )
    percents = {row["group"]: row["percent"] for row in of_region}
    for answer in _shown(inputs, question="defect_region"):
        upper, lower = (percents.get(name, math.nan) for name in ("upper", "lower"))
        if math.isnan(upper - lower) or upper == lower:
            continue  # the percentages claim nothing
        more, less = ("Upper", "lower") if upper > lower else ("Lower", "upper")
        percent = {"upper": upper, "lower": lower}
        shares = [f"{fmt.number(percent[name.lower()], 1)}%" for name in (more, less)]
        yield Conclusion(
            where="Text",
            what=f"{more} lumbar spine affected more often than the {less}",
            published=" vs. ".join(shares),
            published_p=math.nan,
            method=estimates.method_name(answer),
            recommended=estimate_text(answer, printer),
            p_value=answer["p_value"],
            p_adjusted=answer["p_adjusted"],
            n_tests=_family_size(inputs, answer),
            turned=(upper - lower) * answer["estimate"] < 0,
            claimed_untested=True,
            no_result=text_of(answer, "reason"),
            remark=text_of(answer, "warnings"),
        )


def _shown(inputs: ReportInputs, **equal: str) -> list[Record]:
    return records(inputs.frame("statistics/clustered.csv"), shown="yes", **equal)


def _family_size(inputs: ReportInputs, answer: Record) -> int:
    frame = inputs.frame("statistics/clustered.csv")
    return int(frame.loc[frame["family"] == answer.get("family"), "p_adjusted"].notna().sum())
