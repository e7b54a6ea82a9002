"""Agreement of readers as the report describes it, in sentences and a methods paragraph."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from bonecohort.papers.hao2025.report.agreement.results import (
    FINDINGS,
    RATIO_DECIMALS,
    Agreement,
    measure_words,
    pair_text,
)
from bonecohort.papers.hao2025.statistics.groupings import CLUSTERED
from bonecohort.report.printing import format as fmt
from bonecohort.report.printing import labels
from bonecohort.report.records import Record, text_of

if TYPE_CHECKING:
    from collections.abc import Sequence

IN_SENTENCES = ("hu", "width_mm", "depth_mm")


def agreement_sentences(agreement: Agreement) -> list[str]:
    """Say in words what the tables hold of the main measures; nothing where nothing is compared."""
    sentences = [
        _measure_sentence(measure, agreement.compared(measure)) for measure in IN_SENTENCES
    ]
    sentences.append(_defect_sentence(agreement.compared("endplate_defect")))
    return [text for text in sentences if text]


def _measure_sentence(measure: str, compared: dict[str, dict[str, Record]]) -> str:
    label, unit, places = measure_words(measure)
    parts = []
    n: Record = {}
    for readers, result in compared.items():
        if "icc_2_1" in result and pd.notna(result["icc_2_1"]["estimate"]):
            n = n or result["icc_2_1"]
            parts.append(f"ICC(2,1) {_phrase(result['icc_2_1'], RATIO_DECIMALS)}")
        if "mean_difference" in result:
            n = n or result["mean_difference"]
            low, high = (
                fmt.number(result[name]["estimate"], places) for name in ("limit_low", "limit_high")
            )
            mean = fmt.number(result["mean_difference"]["estimate"], places)
            own_n = (
                f" ({fmt.n_phrase(result['mean_difference']['n'])})" if len(compared) > 1 else ""
            )
            parts.append(
                f"{pair_text(*readers.split(', ', maxsplit=1))}, mean difference {mean} {unit} "
                f"with 95% limits of agreement from {fmt.limits(low, high)} {unit}{own_n}"
            )
    return f"{label} ({_n_text(n)}): {'; '.join(parts)}." if parts else ""


def _defect_sentence(compared: dict[str, dict[str, Record]]) -> str:
    parts = []
    for readers, result in compared.items():
        if "percent_agreement" not in result:
            continue
        agreed = fmt.number(result["percent_agreement"]["estimate"], 1)
        kappa = result["cohen_kappa"]
        kappa_text: str = (
            labels.in_sentence(kappa["warning"])
            if pd.isna(kappa["estimate"])
            else f"κ {_phrase(kappa, RATIO_DECIMALS)}"
        )
        first, second = readers.split(", ", maxsplit=1)
        own_n = f" of {fmt.number(result['percent_agreement']['n'], 0)} vertebrae"
        parts.append(f"readers {first} and {second} agreed in {agreed}%{own_n}, {kappa_text}")
    return f"Defect, yes or no: {'; '.join(parts)}." if parts else ""


def _n_text(row: Record) -> str:
    people = fmt.counted(row["n_participants"], "participant")
    return f"{fmt.counted(row['n'], 'vertebra', 'vertebrae')} of {people}"


def _phrase(row: Record, places: int) -> str:
    value = fmt.number(row["estimate"], places)
    if pd.isna(row["ci_low"]):
        return value
    low, high = fmt.number(row["ci_low"], places), fmt.number(row["ci_high"], places)
    return f"{value} (95% CI {fmt.limits(low, high)})"


def clustering_note(agreement: Agreement, tables: Sequence[str]) -> str:
    """Say that intervals over vertebrae are too narrow, where they are.

    ``tables`` are the keys of the tables that the report prints.
    """
    if not any(CLUSTERED in text_of(row, "warning") for row in agreement.rows):
        return ""
    numbers = fmt.joined([f"[#{key}:number]" for key in tables])
    return (
        "Vertebrae of one participant resemble each other. So the intervals of "
        f"{'Tables' if len(tables) > 1 else 'Table'} {numbers} and of [#figure_agreement] are "
        "likely too narrow. Those of total spine HU are not concerned."
    )


def agreement_methods(agreement: Agreement) -> list[tuple[str, str]]:
    """Return the heading and paragraph of the methods; nothing where nothing is compared."""
    if agreement.absent_because:
        return []
    graded = any(agreement.compared(finding) for finding in FINDINGS)
    text = (
        "Each reader’s own values were kept, and the mean of the readers was analysed. Agreement "
        "was assessed where all the readers compared had read. The intraclass correlations of "
        "single readings are ICC(2,1) for agreement and ICC(3,1) for consistency [@shrout1979]. "
        "They have confidence intervals [@mcgraw1996], for ICC(2,1) a generalized one too "
        "[@weerahandi1993]. Differences are described by 95% limits of agreement with their "
        "approximate confidence intervals [@bland1999]; and by the within-subject SD and the "
        "least significant change, 1.96 √2 of it."
    )
    if graded:
        text += (
            " Sizes of defects were compared in vertebrae in which all of these readers found a "
            "defect. Agreement on the presence, the type and the number of affected endplates of "
            "each vertebra is Cohen’s κ [@cohen1960] with its large-sample standard error "
            "[@fleiss1969]. For the number it also has linear and quadratic weights [@cohen1968]. "
            "Among more than two readers it is Fleiss’ κ [@fleiss1971]."
        )
    return [("Agreement of readers", text)]
