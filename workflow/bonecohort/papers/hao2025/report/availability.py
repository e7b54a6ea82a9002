"""What a study knows, which decides what its report can speak of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bonecohort.papers.hao2025.statistics.groupings import READ_TYPES
from bonecohort.report.printing.groups import group_sizes

if TYPE_CHECKING:
    from bonecohort.report.printing.printer import Printer
    from bonecohort.report.results.inputs import ReportInputs
    from bonecohort.study.settings import Settings


ENDPLATE_DEFECT = "endplate_defect"


@dataclass(frozen=True)
class Known:
    """Whether endplates were read, Table 1's groups and the models' outcome are known of anybody.

    ``about_endplates`` is a study that read endplates, or whose grouping or outcome asks for them.
    """

    endplates_read: bool = True
    grouped: bool = True
    modelled: bool = True
    about_endplates: bool = True

    @property
    def anything_compared(self) -> bool:
        """Whether there are groups to compare or an outcome to model."""
        return self.grouped or self.modelled


def endplates_read(inputs: ReportInputs) -> bool:
    """Whether the endplates of any vertebra were read."""
    return bool(inputs.frame("tables/vertebrae.csv")["defect_type"].isin(READ_TYPES).any())


def hu_measured(inputs: ReportInputs) -> bool:
    """Whether any vertebra has an HU."""
    return bool(inputs.frame("tables/vertebrae.csv")["hu"].notna().any())


def what_is_known(inputs: ReportInputs, settings: Settings, printer: Printer) -> Known:
    """Return what a results folder's participants and vertebrae hold."""
    participants, analysis = inputs.frame("tables/participants.csv"), settings.analysis
    asked = (analysis.table1_grouping, analysis.outcome)
    grouped, modelled = (sum(group_sizes(participants, name, printer)) > 0 for name in asked)
    return Known(
        endplates_read=endplates_read(inputs),
        grouped=grouped,
        modelled=modelled,
        about_endplates=endplates_read(inputs) or ENDPLATE_DEFECT in asked,
    )
