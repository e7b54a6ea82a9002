"""What a study knows, which decides what its report can speak of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bonecohort.report.printing.groups import group_sizes
from bonecohort.report.printing.split_labels import ENDPLATE_DEFECT

if TYPE_CHECKING:
    from bonecohort.report.results.inputs import ReportInputs
    from bonecohort.study.settings import Settings


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


def what_is_known(inputs: ReportInputs, settings: Settings) -> Known:
    """Return what a results folder's participants and vertebrae tell."""
    participants, analysis = inputs.frame("tables/participants.csv"), settings.analysis
    asked = (analysis.table1_grouping, analysis.outcome)
    grouped, modelled = (sum(group_sizes(participants, name, settings)) > 0 for name in asked)
    return Known(
        endplates_read=inputs.endplates_read,
        grouped=grouped,
        modelled=modelled,
        about_endplates=inputs.endplates_read or ENDPLATE_DEFECT in asked,
    )
