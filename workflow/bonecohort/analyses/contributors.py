"""The listed analyses as parts of the report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bonecohort.analyses.agreement import section as agreement
from bonecohort.analyses.correlation import section as correlation
from bonecohort.analyses.found import Found
from bonecohort.analyses.frames import read_frames
from bonecohort.analyses.prevalence import section as prevalence
from bonecohort.analyses.regression import section as regression
from bonecohort.analyses.roc import section as roc
from bonecohort.analyses.sites import section as sites
from bonecohort.analyses.table1 import section as table1
from bonecohort.analyses.thresholds import section as thresholds
from bonecohort.report.page.section import AttentionItem, Contribution
from bonecohort.report.printing import format as fmt
from bonecohort.study.analyses import listed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bonecohort.report.page.section import Contributor
    from bonecohort.report.printing.printer import Printer
    from bonecohort.report.results.inputs import ReportInputs
    from bonecohort.study.analyses import Analysis, Listed
    from bonecohort.study.settings import Settings

SECTIONS: dict[str, Callable[[Any, Found], Contribution]] = {
    "table1": table1.contribution,
    "correlation": correlation.contribution,
    "regression": regression.contribution,
    "sites": sites.contribution,
    "roc": roc.contribution,
    "thresholds": thresholds.contribution,
    "prevalence": prevalence.contribution,
    "agreement": agreement.contribution,
}
"""By the analysis's name; its settings are of the class that :data:`ANALYSES` has for it."""


def contributors(analyses: Sequence[Analysis]) -> list[Contributor]:
    """Return what adds the listed analyses to the report, in their order."""
    result = listed(tuple(analyses))
    return [*map(_contributor, result), *([_missing_values(result)] if result else [])]


def _missing_values(analyses: Sequence[Listed]) -> Contributor:
    """Return what asks to look at values that the analyses' variables lack."""

    def contributed(inputs: ReportInputs, _: Settings, printer: Printer) -> Contribution:
        people = inputs.frame("tables/participants.csv")
        names = dict.fromkeys(
            asked.name for analysis in analyses for asked in analysis.settings.asked()
        )
        items = []
        for name in names:
            lacking = people.loc[people[name].isna(), "participant_id"] if name in people else ()
            if len(lacking):
                who = fmt.counted(len(lacking), "participant")
                text = f"{printer.label(name)} missing in {who}"
                items.append(AttentionItem(text, tuple(lacking)))
        return Contribution(attention=tuple(items))

    return contributed


def _contributor(analysis: Listed) -> Contributor:
    def contributed(inputs: ReportInputs, settings: Settings, printer: Printer) -> Contribution:
        result = Found(
            analysis,
            read_frames(analysis, inputs.results, settings),
            inputs.frame("tables/participants.csv"),
            inputs.results / "figures" / "analyses",
            settings,
            printer,
        )
        return SECTIONS[analysis.name](analysis.settings, result)

    return contributed
