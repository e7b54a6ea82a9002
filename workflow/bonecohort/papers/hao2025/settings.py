"""What the paper's tables and models hold: the study's own choice, and the paper's by default."""

from __future__ import annotations

from dataclasses import dataclass

from bonecohort.study.declared import Strict, documented

GROUPINGS = ("low_hu", "lumbar_region", "endplate")
"""What Table 2 groups defect vertebrae by, beside the study's own variables."""
VERTEBRA_MEASURES = (
    "hu", "width_mm", "depth_mm", "body_width_mm", "body_height_mm",
    "standardized_width", "standardized_depth", "cumulative_score",
)  # fmt: skip
"""What Table 2 may compare, and a regression on HU explain."""


@dataclass(frozen=True)
class AnalysisSettings(Strict):
    """What the tables and models hold. The defaults are the paper's Tables 1 to 3."""

    table1_grouping: str = documented(
        "What Table 1 compares participants by: a categorical variable with two to eight levels, "
        "endplate_defect or osteoporosis.",
        "endplate_defect",
    )
    outcome: str = documented(
        "Outcome of the logistic models: endplate_defect, osteoporosis, or a categorical variable "
        "with two levels. The second level is the event.",
        "endplate_defect",
    )
    table1_rows: tuple[str, ...] = documented(
        "Rows of Table 1, in order.",
        (
            "age_years", "sex", "height_cm", "weight_kg", "bmi_kg_m2", "bmd_g_cm2", "t_score",
            "total_spine_hu", "hu_L1", "hu_L2", "hu_L3", "hu_L4", "hu_L5",
            "hypertension", "diabetes", "smoking", "alcohol", "back_pain",
        ),
    )  # fmt: skip
    table2_rows: tuple[str, ...] = documented(
        "Rows of Table 2 (defect vertebrae), in order.",
        ("width_mm", "depth_mm", "standardized_width", "standardized_depth", "cumulative_score"),
    )
    table2_groupings: tuple[str, ...] = documented(
        "Groupings of Table 2, in order.", ("low_hu", "sex", "lumbar_region", "endplate")
    )
    univariate_terms: tuple[str, ...] = documented(
        "Terms entered one at a time into the logistic regression.",
        (
            "age_years", "sex", "bmi_kg_m2", "total_spine_hu",
            "hypertension", "diabetes", "smoking", "alcohol",
        ),
    )  # fmt: skip
    multivariable_terms: tuple[str, ...] = documented(
        "Terms of the multivariable logistic regression.",
        ("age_years", "sex", "bmi_kg_m2", "total_spine_hu", "hypertension"),
    )
    main_term: str | None = documented(
        "Term of the multivariable model that the study asks about: the report's summary answers "
        "for it. By default total_spine_hu where the model has it, else the model's first term.",
        None,
    )
    correlation_outcomes: tuple[str, ...] = documented(
        "Vertebra measures regressed on HU among defect vertebrae.",
        ("standardized_width", "standardized_depth", "cumulative_score"),
    )
    spline_terms: tuple[str, ...] = documented(
        "Continuous terms also fitted as restricted cubic splines, where a model holds them.",
        ("age_years", "total_spine_hu"),
    )
    roc_predictors: tuple[str, ...] = documented(
        "Variables judged against the reference standard: HU measures, of which low values speak "
        "for osteoporosis. High ones do where more of a variable is worse.",
        ("total_spine_hu", "hu_L1", "hu_L2", "hu_L3", "hu_L4", "hu_L5"),
    )
    reference_standard: str = documented(
        "Variable that defines osteoporosis: the T-score of densitometry.", "t_score"
    )
    reference_standard_cut: float = documented(
        "Osteoporosis when the reference standard is at or below this.", -2.5
    )
    hu_thresholds: tuple[float, ...] = documented(
        "Thresholds of total spine HU in the sensitivity analysis, in HU.",
        tuple(float(threshold) for threshold in range(90, 161, 5)),
    )

    @property
    def question_term(self) -> str:
        """The term that the study asks about; '' where the multivariable model has no term."""
        usual = [term for term in self.multivariable_terms if term == "total_spine_hu"]
        return self.main_term or next(iter((*usual, *self.multivariable_terms)), "")
