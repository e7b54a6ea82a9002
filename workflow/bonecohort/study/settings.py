"""Every setting of a study, with its default: the single source of defaults, checks and docs.

Plain dataclasses, so that a job can hold its own settings without importing the checker; the
checker (:mod:`bonecohort.study.config`) builds them from ``config.yaml``. The field metadata
``doc`` is what ``docs/configuration.md`` and the JSON schema print.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from bonecohort.papers.hao2025.settings import AnalysisSettings
from bonecohort.study.analyses import HAO2025, Analysis
from bonecohort.study.analysis_settings import SampleSizeSettings, StatisticsSettings
from bonecohort.study.declared import Strict, documented
from bonecohort.techniques.registry import techniques

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

Section = TypeVar("Section")
LUMBAR_LEVELS = ("L1", "L2", "L3", "L4", "L5")
Direction = Literal["higher is worse", "lower is worse", ""]
LOW: Direction = "lower is worse"
PStyle = Literal["three_decimals", "ama"]


@dataclass(frozen=True)
class Variable(Strict):
    """One column of participants.tsv."""

    label: str = documented("Name printed in tables and figures.", "")
    unit: str = documented("Unit printed beside the label; empty for none.", "")
    type: Literal["continuous", "categorical"] = documented("Kind of variable.", "continuous")
    column: str = documented(
        "Heading of its column in the participants table; empty where that is the variable's name.",
        "",
    )
    levels: tuple[str, ...] = documented(
        "Categories of a categorical variable, the reference first.", ()
    )
    codes: dict[str, str] = documented(
        "What the cells of a categorical variable mean where they are not its levels. Give a level "
        "for each code, such as {1: male, 2: female}.",
        factory=dict,
    )
    range: tuple[float, float] | None = documented(
        "Smallest and largest allowed value of a continuous variable.", None
    )
    decimals: int = documented("Decimals of the mean and SD in printed tables.", 1)
    summary: Literal["mean_sd", "median_quartiles"] = documented(
        "How a continuous variable is described: mean ± SD, or median with the quartiles (type 6, "
        "as SPSS). A median is compared by Mann–Whitney, among more than two groups by "
        "Kruskal–Wallis, unless statistics.tests names another test.",
        "mean_sd",
    )
    ratio_units: int = documented(
        "Odds ratios of a continuous variable are printed for so many of its units as well, such "
        "as 10 years; 1 for one unit alone.",
        1,
    )
    direction: Direction = documented(
        "Whether high values of a continuous variable are the bad ones (higher is worse) or low "
        "ones (lower is worse), for ROC curves and thresholds; empty where it is not said.",
        "",
    )


def paper_variables() -> dict[str, Variable]:
    """Return the variables of Hao et al. 2025, Table 1."""
    yes_no = ("no", "yes")
    return {
        "age_years": Variable("Age", "years", range=(0, 120), ratio_units=10),
        "sex": Variable("Sex", type="categorical", levels=("male", "female")),
        "height_cm": Variable("Height", "cm", range=(80, 250)),
        "weight_kg": Variable("Weight", "kg", range=(20, 300)),
        "bmi_kg_m2": Variable("BMI", "kg/m²", range=(8, 90)),
        "bmd_g_cm2": Variable("Spine BMD", "g/cm²", range=(0.1, 3), decimals=3, direction=LOW),
        "t_score": Variable("T-score", range=(-10, 10), direction=LOW),
        "hypertension": Variable("Hypertension", type="categorical", levels=yes_no),
        "diabetes": Variable("Diabetes", type="categorical", levels=yes_no),
        "smoking": Variable("Smoking", type="categorical", levels=yes_no),
        "alcohol": Variable("Alcohol use", type="categorical", levels=yes_no),
        "back_pain": Variable("Back pain", type="categorical", levels=yes_no),
        "vas_0_10": Variable("Pain (VAS)", "0–10", range=(0, 10)),
    }


@dataclass(frozen=True)
class ImageSettings(Strict):
    """Which image series are accepted."""

    allow_burned_in_annotation: bool = documented(
        "Accept series whose headers say that text is burned into the pixels (BurnedInAnnotation "
        "YES, or overlay planes stored among the pixels' bits). Pictures and converted images then "
        "show that text.",
        False,
    )
    monoenergetic_kev: tuple[float, float] | None = documented(
        "Lowest and highest energy, in keV, of virtual monoenergetic CT images (dual-energy, "
        "photon-counting) to accept, such as [65, 75]; none by default. HU change with the energy, "
        "and thresholds made at 120 kV may not hold. Other images derived from several energies "
        "are always refused.",
        None,
    )


@dataclass(frozen=True)
class ReportSettings(Strict):
    """What the report shows."""

    title: str = documented(
        "Title of the report.", "Osteoporosis and vertebral endplate defects: study report"
    )
    p_style: PStyle = documented(
        "How p values are printed: three_decimals (0.012, <0.001), or ama (.01, .004, <.001).",
        "three_decimals",
    )
    decimal_mark: Literal[".", ","] = documented(
        "Decimal mark of the printed tables, sentences and figures.", "."
    )
    show_statistic: bool = documented(
        "Print each test's statistic and degrees of freedom in Table 1.", False
    )
    show_missing: bool = documented(
        "Print the number of missing values in a column of Table 1; a footnote gives it anyway.",
        False,
    )
    show_p: bool = documented("Print the p values in Table 1.", True)
    show_smd: bool = documented(
        "Print the standardized mean difference in a column of Table 1; of more than two groups, "
        "that of the pair furthest apart.",
        False,
    )
    total_column: Literal["last", "first", "none"] = documented(
        "Place of Table 1's column of all groups together.", "last"
    )
    percentages: Literal["column", "row"] = documented(
        "What percentages in Table 1 are of: the group (column), or the category (row).", "column"
    )
    yes_no_rows: Literal["both", "yes_only", "last_only"] = documented(
        "Rows of a yes/no variable in Table 1: both answers, or one row with the yes; last_only "
        "gives every variable with two levels one row, of its last level.",
        "both",
    )


@dataclass(frozen=True)
class Settings(Strict):
    """A whole config.yaml."""

    participants: str = documented(
        "Path of the participants table. Without this key, participants.tsv, .csv or .xlsx is "
        "taken, from config or from the study folder.",
        "config/participants.tsv",
    )
    series: str = documented(
        "Path of the series table. Without this key, it is found as the participants table is.",
        "config/series.tsv",
    )
    exclusions: str | None = documented(
        "Path of the table of vertebrae, or techniques of participants, to leave out; by default "
        "config/exclusions.tsv, .csv or .xlsx where it is there.",
        None,
    )
    review: str | None = documented(
        "Path of the table of readers' verdicts; by default config/review.tsv, .csv or .xlsx where "
        "it is there.",
        None,
    )
    levels: tuple[Literal["L1", "L2", "L3", "L4", "L5"], ...] = documented(
        "Vertebral levels of the study.", LUMBAR_LEVELS
    )
    variables: dict[str, Variable] = documented(
        "Variables of the participants table; what is declared here is added to, or overrides, "
        "the paper's.",
        factory=paper_variables,
    )
    images: ImageSettings = documented("Images.", factory=ImageSettings)
    sections: tuple[Strict, ...] = documented(
        "Each technique's own section.",
        factory=lambda: tuple(technique.settings() for technique in techniques()),
    )
    statistics: StatisticsSettings = documented("Statistics.", factory=StatisticsSettings)
    analyses: tuple[Analysis, ...] = documented(
        "What the report holds, in order: a list with one analysis an entry.", (HAO2025,)
    )
    analysis: AnalysisSettings = documented("Tables and models.", factory=AnalysisSettings)
    sample_size: SampleSizeSettings = documented(
        "What sample size calculations assume.", factory=SampleSizeSettings
    )
    report: ReportSettings = documented("Report.", factory=ReportSettings)
    truth: str | None = documented(
        "Path of a truth table (participant_id, level, measure, value), for phantom and demo "
        "studies. The report then shows measured against true.",
        None,
    )

    def of(self, section: type[Section]) -> Section:
        """Return a technique's section."""
        return cast("Section", self._by_type[section])

    def mapping_of(self, section: type[Strict]) -> Mapping[str, Any]:
        """Return a technique's section as config.yaml has it."""
        return self._mappings[section]

    def value(self, section: str, key: str) -> Any:
        """Return one setting of a technique's section, by their names in config.yaml."""
        parts = (
            self.of(technique.settings)
            for technique in techniques()
            if technique.section == section
        )
        return next(getattr(part, key) for part in parts if hasattr(part, key))

    @cached_property
    def _by_type(self) -> dict[type, Strict]:
        return {type(section): section for section in self.sections}

    @cached_property
    def _mappings(self) -> dict[type, dict[str, Any]]:
        return {type(section): dataclasses.asdict(section) for section in self.sections}


def default_sections() -> dict[str, tuple[Strict, ...]]:
    """Return the techniques' sections with their defaults, by their keys in config.yaml.

    A section that several techniques share has a part of each, with keys of its own.
    """
    result: dict[str, tuple[Strict, ...]] = {}
    for technique in techniques():
        result[technique.section] = (*result.get(technique.section, ()), technique.settings())
    return result


def as_mapping(settings: Settings, used: Collection[str] | None = None) -> dict[str, Any]:
    """Return the settings as config.yaml has them: the techniques' sections beside the others.

    ``used`` names the techniques whose sections are wanted; all are without it.
    """
    result: dict[str, Any] = {}
    for field in dataclasses.fields(settings):
        if field.name == "analyses":
            result[field.name] = [analysis.record() for analysis in settings.analyses]
        elif field.name == "sections":
            for technique in techniques():
                if used is None or technique.name in used:
                    own = settings.mapping_of(technique.settings)
                    result[technique.section] = {**result.get(technique.section, {}), **own}
        else:
            result[field.name] = getattr(settings, field.name)
    return {key: _plain(value) for key, value in result.items()}


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return value
