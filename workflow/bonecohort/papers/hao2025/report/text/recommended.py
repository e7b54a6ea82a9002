"""The recommended analysis in words: its methods with citations, its results in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.papers.hao2025.report.vertebra_estimates import estimate_text
from bonecohort.report.printing import estimates, labels
from bonecohort.report.printing import format as fmt
from bonecohort.report.printing.split_labels import split_words
from bonecohort.report.records import Record, records

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bonecohort.papers.hao2025.report.availability import Known
    from bonecohort.report.printing.printer import Printer
    from bonecohort.report.results.inputs import ReportInputs
    from bonecohort.study.settings import Settings

BESIDE = "A recommended analysis stands beside the conventional one."
VERTEBRAE = (
    "Vertebrae are nested in participants. Every vertebra-level question was also answered by "
    "generalized estimating equations with an exchangeable correlation within participants and "
    "robust standard errors [@liang1986]. Below 50 participants the standard errors are "
    "bias-reduced [@mancl2001]. A second answer is regression with cluster-robust standard errors "
    "[@cameron2015]. Prevalence at a level has Wilson’s limits [@wilson1927], over several levels "
    "cluster-robust ones."
)
EFFECTS = (
    "Effect sizes are given with 95% confidence intervals. They are Hedges’ g "
    "[@hedges1981], standardized mean differences [@austin2009] and differences of percentages "
    "[@newcombe1998]. The p values were corrected within each table by Holm’s method [@holm1979]."
)
EFFECTS_OF_SEVERAL = (
    "Effect sizes are η² and Cramér’s V with 95% confidence intervals [@steiger2004], and ε² "
    "after the Kruskal–Wallis test [@tomczak2014]. Each pair of groups was compared by the "
    "corresponding test of two groups. Its p values were corrected by Holm’s method [@holm1979] "
    "within each characteristic. Standardized mean differences [@austin2009] and differences of "
    "percentages [@newcombe1998] are given. The p values of all groups were corrected within each "
    "table by Holm’s method."
)
MODELS = (
    "Logistic models have likelihood-ratio p values and profile limits [@venzon1988]; where the "
    "outcome was separated, Firth’s penalized likelihood [@firth1993; @heinze2002]. Their "
    "discrimination is the AUC with DeLong’s interval [@delong1988; @sun2014], calibration "
    "[@cox1958] and Brier score are given [@steyerberg2010], corrected for optimism by bootstrap "
    "[@harrell1996], beside the Hosmer–Lemeshow test [@hosmer1980]. Events per variable "
    "[@peduzzi1996], variance inflation [@fox1992], and linearity of the log odds by Box and "
    "Tidwell’s test [@box1962] and restricted cubic splines [@harrell2015] were checked."
)
HU = (
    "HU was compared with bone densitometry by ROC analysis, and the threshold was chosen "
    "by Youden’s index [@youden1950]. The results were repeated at other thresholds of HU."
)
SIZE = (
    "Sample sizes are those of the two-sample t test [@cohen1988], Wilson’s interval, and logistic "
    "regression [@hsieh1998], for effects chosen beforehand. Power for the effects found would say "
    "no more than their p values [@hoenig2001]."
)


def recommended_methods(
    settings: Settings, printer: Printer, known: Known, helping: Sequence[str] = ()
) -> list[tuple[str, str]]:
    """Return (heading, paragraph) pairs; citations are written ``[@key]``.

    ``helping`` are variables outside the multivariable model that help to impute it.
    """
    if not known.anything_compared:
        return []
    several = split_words(settings.analysis.table1_grouping, printer).has_several
    imputed = settings.statistics.multiple_imputation
    missing = "Participants with a missing value were left out of the models that need it."
    if imputed:
        missing += (
            f" The multivariable model was also fitted to {imputed} data sets imputed by chained "
            "equations [@vanbuuren2011] and pooled by Rubin’s rules [@rubin1987; @barnard1999]. "
            f"{_imputed_from(settings, printer, helping)}"
        )
    parts = {
        BESIDE: True,
        VERTEBRAE: known.endplates_read,
        EFFECTS_OF_SEVERAL if several else EFFECTS: known.grouped,
        MODELS: known.modelled,
        HU: True,
        missing: known.modelled,
        SIZE: True,
    }
    paragraph = " ".join(text for text, is_used in parts.items() if is_used)
    return [("Recommended analysis", paragraph)]


def _imputed_from(settings: Settings, printer: Printer, helping: Sequence[str]) -> str:
    analysis = settings.analysis
    names = dict.fromkeys((analysis.outcome, *analysis.multivariable_terms))
    model, others = (
        fmt.joined([labels.in_sentence(printer.label(name)) for name in of])
        for of in (names, helping)
    )
    also = (
        f"; {others} helped, though outside the model" if helping else "; no other variable helped"
    )
    return f"Each missing value was predicted from {model}; {also}. The outcome was never imputed."


def recommended_sentences(inputs: ReportInputs, printer: Printer) -> list[str]:
    """Return the main results of the recommended analysis; of absent parts, nothing."""
    result = [
        _location(inputs, printer),
        _performance(inputs),
        _roc(inputs, printer),
    ]
    return [sentence for sentence in result if sentence] or [
        "The recommended analysis has no result."
    ]


def _location(inputs: ReportInputs, printer: Printer) -> str:
    clustered = inputs.frame("statistics/clustered.csv")
    rows = records(clustered, shown="yes", question="defect_region")
    if not rows or rows[0]["p_value"] != rows[0]["p_value"]:
        return ""
    row = rows[0]
    prevalence = inputs.frame("statistics/clustered_prevalence.csv")
    shares = [
        estimates.percent_interval(result)
        for group in ("upper", "lower")
        for result in records(prevalence, variable="lumbar_region", group=group, shown="yes")
    ]
    p_text = printer.p_phrase(row["p_value"])
    adjusted = printer.p(row["p_adjusted"])
    return (
        f"Of the upper lumbar vertebrae {shares[0]} have a defect, of the lower {shares[1]} "
        f"({estimates.method_name(row)}: {estimate_text(row, printer)}; {p_text}, after Holm’s "
        f"correction {adjusted}; Tables [#clustered:number] and [#clustered_prevalence:number])."
    )


def _performance(inputs: ReportInputs) -> str:
    rows = records(inputs.frame("statistics/model_performance.csv"), model="multivariable")
    text = _auc(rows[0], ("auc", "auc_ci_low", "auc_ci_high")) if rows else ""
    if not text:
        return ""
    return (
        f"The multivariable model has an AUC of {text}, {fmt.number(rows[0]['auc_corrected'], 2)} "
        "corrected for optimism, with "
        f"{fmt.number(rows[0]['events_per_variable'], 1)} events per variable ([#performance])."
    )


def _roc(inputs: ReportInputs, printer: Printer) -> str:
    rows = records(inputs.frame("statistics/roc.csv"), predictor="total_spine_hu")
    text = _auc(rows[0], ("auc", "ci_low", "ci_high")) if rows else ""
    if not text:
        return ""
    label = printer.label("total_spine_hu")
    columns = ("youden_cut", "youden_cut_ci_low", "youden_cut_ci_high")
    cut = estimates.interval(rows[0], printer.decimals("total_spine_hu"), columns)
    return (
        f"{label} distinguished participants with a low T-score from the others with an AUC of "
        f"{text}. The best threshold in these data is {cut} HU ([#roc])."
    )


def _auc(row: Record, columns: tuple[str, str, str]) -> str:
    text = estimates.interval(row, 2, columns)
    return "" if text == fmt.ABSENT else text
