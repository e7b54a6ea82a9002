"""Tables S5 and S6: vertebra-level results with participants as the independent units."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.papers.hao2025.report.vertebra_estimates import contrast, estimate_text
from bonecohort.papers.hao2025.statistics.groupings import NESTED
from bonecohort.report.printing import estimates
from bonecohort.report.printing import format as fmt
from bonecohort.report.records import Record, records
from bonecohort.report.tables.footnote_marks import remarked
from bonecohort.report.tables.table_model import (
    Cell,
    FootnoteLetters,
    Row,
    TableModel,
    blank,
    first_left,
)

if TYPE_CHECKING:
    import pandas as pd

    from bonecohort.report.printing.printer import Printer
    from bonecohort.study.settings import Settings

NAIVE = "independent"
GROUPS = {
    "upper": "Upper lumbar (L1–L3)",
    "lower": "Lower lumbar (L4–L5)",
    "all": "All levels",
}


def clustered_table(clustered: pd.DataFrame, settings: Settings, printer: Printer) -> TableModel:
    """Build Table S5: each vertebra-level question, naive beside the recommended method."""
    letters = FootnoteLetters()
    naive = {_key(row): row for row in records(clustered, method=NAIVE)}
    rows: list[Row] = []
    family = ""
    for row in records(clustered, shown="yes"):
        if row["family"] != family:
            family = row["family"]
            rows.append((Cell(family.replace("'", "’")), *[blank()] * 8))
        rows.append(_clustered_row(row, naive.get(_key(row), {}), settings, printer, letters))
    return TableModel(
        key="clustered",
        series="S",
        title="Vertebra-level results with participants as the independent units",
        header=(
            (
                Cell(""),
                Cell(""),
                Cell("Vertebrae as independent", span=2),
                Cell("Participants as independent", span=5),
            ),
            (
                Cell("Question"),
                Cell("Vertebrae\n(participants)"),
                Cell("Estimate (95% CI)"),
                Cell("p"),
                Cell("Method"),
                Cell("Estimate (95% CI)"),
                Cell("p"),
                Cell("p, Holm"),
                Cell("SE ratio"),
            ),
        ),
        rows=tuple(rows),
        footnotes=letters.footnotes(
            [
                (
                    "Estimates are differences of means (first group minus second), slopes per 10 "
                    "HU, or odds ratios (OR). GEE, generalized estimating equations, exchangeable "
                    "correlation, robust standard errors; bias-reduced, with Mancl and DeRouen’s "
                    "standard errors, below 50 participants. SE ratio, standard error over that "
                    "of vertebrae taken as independent."
                ),
                (
                    "p, Holm: corrected for the tests under the same heading; the levels count "
                    "once, by their joint test."
                ),
            ]
        ),
        alignment=first_left(9),
        wide=True,
    )


def _key(row: Record) -> tuple[str, str, str]:
    return row["question"], row["outcome"], row["term"]


def _clustered_row(
    row: Record, naive: Record, settings: Settings, printer: Printer, letters: FootnoteLetters
) -> Row:  # fmt: skip
    label = f"{printer.label(row['outcome'])}: {contrast(row, settings, printer)}"
    is_joint = "joint" in label
    sizes = f"{fmt.number(row['n'], 0)} ({fmt.number(row['n_participants'], 0)})"
    return (
        Cell(label, indent=True),
        Cell(sizes),
        Cell("" if is_joint else estimate_text(naive, printer)),
        Cell(printer.p(naive.get("p_value"))),
        Cell(estimates.method_name(row)),
        remarked(
            Cell(_wald(row) if is_joint else estimate_text(row, printer)),
            row, printer, letters,
        ),
        Cell(printer.p(row["p_value"])),
        Cell(printer.p(row["p_adjusted"])),
        Cell("" if is_joint else fmt.number(row["se_ratio"], 2)),
    )  # fmt: skip


def _wald(row: Record) -> str:
    statistic = fmt.number(row["statistic"], 2)
    return fmt.ABSENT if statistic == fmt.ABSENT else f"χ²({row['df']:.0f}) = {statistic}"


def robust_prevalence_table(prevalence: pd.DataFrame, printer: Printer) -> TableModel:
    """Build Table S6: vertebrae with a defect, Wilson's limits beside cluster-robust ones."""
    letters = FootnoteLetters()
    rows = []
    for row in records(prevalence, shown="yes"):
        both = {
            method: estimates.interval(result, 1, ("percent", "ci_low", "ci_high"))
            for method in ("wilson", "cluster_robust")
            for result in records(
                prevalence, variable=row["variable"], group=row["group"], method=method
            )
        }
        robust = records(
            prevalence, variable=row["variable"], group=row["group"], method="cluster_robust"
        )
        rows.append(
            (
                Cell(GROUPS.get(row["group"]) or str(row["group"])),
                Cell(f"{fmt.number(row['n'], 0)}/{fmt.number(row['n_vertebrae'], 0)}"),
                Cell(fmt.number(row["n_participants"], 0)),
                Cell(both.get("wilson", fmt.ABSENT)),
                Cell(both.get("cluster_robust", fmt.ABSENT)),
                remarked(Cell(estimates.method_name(row)), row, printer, letters, (NESTED,)),
                Cell(fmt.number(robust[0]["design_effect"] if robust else None, 2)),
            )
        )
    return TableModel(
        key="clustered_prevalence",
        series="S",
        title="Vertebrae with endplate defects, allowing for several of one participant",
        header=(
            (
                Cell("Vertebrae"),
                Cell("With a defect"),
                Cell("Participants"),
                Cell("%, Wilson\n(95% CI)"),
                Cell("%, cluster-robust\n(95% CI)"),
                Cell("Recommended"),
                Cell("Design effect"),
            ),
        ),
        rows=tuple(rows),
        footnotes=letters.footnotes(
            [
                (
                    "Wilson’s limits take vertebrae as independent, which those of one level are. "
                    "Cluster-robust: of the log odds, with the sandwich variance over "
                    "participants. Design effect, that variance over the variance of independent "
                    "vertebrae."
                )
            ]
        ),
        alignment=first_left(7),
        wide=True,
    )
