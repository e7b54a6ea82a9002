"""How a study's report prints names and p values: built once, passed to tables and sentences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bonecohort.report.printing import format as fmt
from bonecohort.report.printing import labels
from bonecohort.statistics.variables import known_variables
from bonecohort.study.catalogue import NO_YES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bonecohort.study.settings import ReportSettings, Settings, Variable


@dataclass(frozen=True)
class Printer:
    """What the report prints of variables, and in which style.

    Attributes
    ----------
    variables
        Every variable and measure by its column: label, unit, decimals, categories, direction.
    own
        Those that the study declares itself.
    report
        The style of p values, the decimal mark, and what tables show.
    """

    variables: Mapping[str, Variable]
    own: Mapping[str, Variable]
    report: ReportSettings

    @classmethod
    def of(cls, settings: Settings) -> Printer:
        """Return the printer of a study."""
        return cls(known_variables(settings), settings.variables, settings.report)

    def label(self, name: str) -> str:
        """Return the printed name of a variable or measure, without its unit."""
        variable = self.variables.get(name)
        return (variable.label if variable else "") or name

    def unit(self, name: str) -> str:
        """Return the printed unit of a variable or measure; empty for none."""
        variable = self.variables.get(name)
        return labels.printed_unit(variable.unit) if variable else ""

    def label_with_unit(self, name: str) -> str:
        """Return the name with its unit, ``Age, years``; a unit in the name is not repeated."""
        label, unit = self.label(name), self.unit(name)
        return label if not unit or unit in label.split() else f"{label}, {unit}"

    def decimals(self, name: str) -> int:
        """Return how many decimals the means of a variable are printed with."""
        variable = self.variables.get(name)
        return variable.decimals if variable else 1

    def ratio_units(self, name: str) -> int:
        """Return how many units of a variable its odds ratio is printed for; 1 for one alone."""
        variable = self.variables.get(name)
        return variable.ratio_units if variable else 1

    def has_median(self, name: str) -> bool:
        """Return whether a variable is described by its median and quartiles."""
        variable = self.variables.get(name)
        return variable is not None and variable.summary == "median_quartiles"

    def group_words(self, grouping: str, groups: tuple[str, ...]) -> tuple[str, ...]:
        """Return the printed names of a grouping's groups, in their fixed order."""
        label = self.label(grouping)
        if groups == tuple(reversed(NO_YES)):
            return labels.capitalised(label), f"No {labels.in_sentence(label)}"
        if grouping == "sex":  # its levels need no name beside them
            return tuple(map(labels.capitalised, groups))
        return tuple(f"{label}: {group}" for group in groups)

    def warning_text(self, text: str) -> str:
        """Return a statistic's warning with the printed names of the variables it names."""

        def printed(name: str, category: str) -> str | None:
            if name not in self.variables:
                return None
            return f"{labels.in_sentence(self.label(name))}{f' ({category})' if category else ''}"

        return labels.with_names(text, printed)

    def warning_sentence(self, text: str) -> str:
        """Return a statistic's warning as a footnote prints it."""
        return labels.sentence(labels.A_MINUS.sub("−", self.warning_text(text)))

    def p_phrase(self, value: float | None) -> str:
        """Print a p value as a sentence does, in the study's style: ``p = 0.012``."""
        return fmt.p_phrase(value, self.report.p_style)

    def p(self, value: float | None) -> str:
        """Print a p value in the study's style."""
        return fmt.p_value(value, self.report.p_style)
