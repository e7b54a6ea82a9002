"""Table S4: the conclusions as published against those of the recommended analysis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.papers.hao2025.report.text.conclusions import NEW, UNKNOWN, YES
from bonecohort.report.printing import format as fmt
from bonecohort.report.printing.split_labels import split_words
from bonecohort.report.tables.footnote_marks import remarked
from bonecohort.report.tables.table_model import Cell, FootnoteLetters, Row, TableModel

if TYPE_CHECKING:
    from bonecohort.papers.hao2025.report.text.conclusions import Conclusion
    from bonecohort.report.printing.printer import Printer
    from bonecohort.study.settings import Settings

TWO_GROUPS_EFFECTS = "g, Hedges’; RD, difference in percentage points; r, rank-biserial correlation"
SEVERAL_GROUPS_EFFECTS = (
    "η², share of the variance that lies between groups; ε², that of the ranks’ variance"
)


def compared_table(result: list[Conclusion], settings: Settings, printer: Printer) -> TableModel:
    """Build Table S4: one row a conclusion, those that change first."""
    letters = FootnoteLetters()
    several = split_words(settings.analysis.table1_grouping, printer).has_several
    effects = SEVERAL_GROUPS_EFFECTS if several else TWO_GROUPS_EFFECTS
    return TableModel(
        key="compared",
        series="S",
        title="Conclusions of the conventional against the recommended analysis",
        header=(
            (
                Cell(""),
                Cell(""),
                Cell("Conventional", span=2),
                Cell("Recommended", span=3),
                Cell("Conclusion", span=2),
            ),
            (
                Cell("Question"),
                Cell("In"),
                Cell("Result"),
                Cell("p"),
                Cell("Method"),
                Cell("Result (95% CI)"),
                Cell("p, Holm"),
                Cell("Changes"),
                Cell("Why"),
            ),
        ),
        rows=tuple(_row(item, printer, letters) for item in result),
        footnotes=letters.footnotes(
            [
                (
                    "A conclusion changes when p crosses 0.05, or when the effect turns; new, only "
                    "the recommended analysis has a result; –, it has none. Questions without a "
                    "result in either analysis are left out."
                ),
                (
                    "GEE, generalized estimating equations with participants as clusters; OR, "
                    "odds ratio, per 10 units of age and HU; CI, confidence interval. p, Holm: "
                    "corrected for all the tests of the same table; the interval is not."
                ),
                (
                    f"Slope, per 10 HU; {effects}; V, Cramér’s; Same test, that of the "
                    "conventional analysis, corrected."
                ),
            ]
        ),
        alignment=("left", "center", "center", "center", "center", "center", "center", "center",
                   "left"),
        wide=True,
    )  # fmt: skip


def _row(item: Conclusion, printer: Printer, letters: FootnoteLetters) -> Row:
    remark = {"warnings": item.remark}
    return (
        Cell(item.what),
        Cell(item.where),
        Cell(item.published),
        Cell(printer.p(item.published_p)),
        Cell(item.method),
        remarked(Cell(item.recommended), remark, printer, letters),
        Cell(printer.p(item.p_adjusted)),
        Cell(item.changes),
        Cell(item.why(printer)),
    )


def changes_sentence(result: list[Conclusion]) -> str:
    """Say how many conclusions change, and where."""
    if not result:
        return "There is no conclusion to compare."
    changing = [item for item in result if item.changes == YES]
    unknown = sum(item.changes == UNKNOWN for item in result)
    text = f"Of {fmt.counted(len(result), 'conclusion')}, {len(changing) or 'none'} "
    text += "changes" if len(changing) == 1 else "change"
    if changing:
        places = list(dict.fromkeys(item.where for item in changing))
        counts = [
            f"{sum(item.where == place for item in changing)} of {_place(place)}"
            for place in places
        ]
        text += f": {fmt.joined(counts)}"
    new = sum(item.changes == NEW for item in result)
    if new:
        verb = "is" if new == 1 else "are"
        text += f"; {new} {verb} new, as only the recommended analysis has a result"
    if unknown:
        text += f"; {unknown} cannot be compared, as the recommended analysis has no result"
    return f"{text} ([#compared])."


def _place(where: str) -> str:
    return "the text" if where == "Text" else where
