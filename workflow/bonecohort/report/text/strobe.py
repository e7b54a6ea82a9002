"""The items of the STROBE checklist of cross-sectional studies.

Items after von Elm et al., Lancet 2007;370:1453, in this project's own words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bonecohort.report.results.counts import recorded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TO_WRITE = "To be written by the authors."


@dataclass(frozen=True)
class StrobeRow:
    """One item: what is asked, what the workflow can answer, and where the report holds it.

    ``answer`` ends with, or is, ``TO_WRITE`` where the authors must add or write it.
    """

    item: str
    topic: str
    recommendation: str
    answer: str = TO_WRITE
    where: str = ""


ITEMS: tuple[tuple[str, str, str], ...] = (
    ("1a", "Title and abstract", ("Name the study's design by a common term in the title or the "
     "abstract.")),
    ("1b", "Title and abstract", "Sum up in the abstract what was done and what was found."),
    ("2", "Background", "Say why the study was made and what was known before."),
    ("3", "Objectives", "State the aims, and any hypothesis set beforehand."),
    ("4", "Study design", "Present the main elements of the design early."),
    ("5", "Setting", "Give places and dates: recruitment, imaging, data collection."),
    ("6a", "Participants", ("Give the criteria of eligibility, and where and how participants were "
     "chosen.")),
    ("7", "Variables", ("Define outcomes, exposures, predictors, possible confounders and effect "
     "modifiers, with diagnostic criteria.")),
    ("8", "Measurement", ("For each variable give its source and how it was measured. Say whether "
     "that was alike in all groups.")),
    ("9", "Bias", "State what was done against sources of bias."),
    ("10", "Study size", "Explain how the number of participants was arrived at."),
    ("11", "Quantitative variables", ("Explain how they were handled, and which groups were formed "
     "and why.")),
    ("12a", "Statistical methods", ("Describe all of them, with those that control for "
     "confounding.")),
    ("12b", "Statistical methods", "Describe how subgroups and interactions were examined."),
    ("12c", "Statistical methods", "Explain how missing data were dealt with."),
    ("12d", "Statistical methods", ("Where it applies, describe methods that account for the "
     "sampling.")),
    ("12e", "Statistical methods", "Describe sensitivity analyses."),
    ("13a", "Participants", "Give the numbers at each stage: eligible, included, analysed."),
    ("13b", "Participants", "Give the reasons for not taking part at each stage."),
    ("13c", "Participants", "Consider a flow diagram."),
    ("14a", "Descriptive data", "Describe the participants, exposures and possible confounders."),
    ("14b", "Descriptive data", "Give the number with missing data for each variable."),
    ("15", "Outcome data", "Report the number of outcomes, or summary measures."),
    ("16a", "Main results", ("Give unadjusted and adjusted estimates with their precision; say "
     "which confounders were adjusted for and why.")),
    ("16b", "Main results", "Give the limits of categories made of continuous variables."),
    ("16c", "Main results", "Consider turning relative into absolute risk."),
    ("17", "Other analyses", "Report other analyses: subgroups, interactions, sensitivity."),
    ("18", "Key results", "Sum up the results against the aims."),
    ("19", "Limitations", "Discuss limitations, with the direction and size of possible bias."),
    ("20", "Interpretation", ("Interpret with caution, given aims, limits, the number of analyses "
     "and other evidence.")),
    ("21", "Generalisability", "Discuss how far the results hold elsewhere."),
    ("22", "Funding", "Name the source of funding and the part the funders had."),
)  # fmt: skip
"""Number, topic and recommendation of each item, in order."""


def partly(answer: str, remains: str) -> str:
    """Return an answer, and what of the item the authors must write."""
    return f"{answer} {remains}: {TO_WRITE[0].lower()}{TO_WRITE[1:]}"


def strobe_checklist(answers: Mapping[str, tuple[str, str]]) -> list[StrobeRow]:
    """Return the checklist, one row an item; an item without an answer is the authors'."""
    return [
        StrobeRow(item, topic, recommendation, *answers.get(item, (TO_WRITE, "")))
        for item, topic, recommendation in ITEMS
    ]


def participants_answers(
    counts: Mapping[str, Any], measuring: Sequence[str], limitations: Sequence[str]
) -> dict[str, tuple[str, str]]:
    """Return the answers that any study has: its design, its participants, its limitations.

    Parameters
    ----------
    counts
        The counts of ``run.json``.
    measuring
        How the study's values were measured.
    limitations
        The study's limitations.
    """
    reasons: dict[str, int] = counts.get("not_included_reasons") or {}
    sentences = [f"{int(n)} × {reason}" for reason, n in reasons.items()]
    sentences.append(f"{recorded(counts, 'excluded_by_fault')} × fault in the data")
    if counts.get("left_out"):
        sentences.append(f"{int(counts['left_out'])} × left out by the study’s table of exclusions")
    if counts.get("excluded_by_failure"):
        sentences.append(f"{int(counts['excluded_by_failure'])} × a job failed")
    numbers = (
        f"Listed {recorded(counts, 'listed')}, included {recorded(counts, 'included')}, "
        f"analysed {recorded(counts, 'analysed')}."
    )
    return {
        "4": ("Cross-sectional: images and readings of each participant at one time.", "Methods"),
        "6a": (
            partly("Those excluded, with reasons, are counted.", "Criteria and recruitment"),
            "[#figure_flow]",
        ),
        "8": (" ".join(measuring), "Methods; Scans") if measuring else (TO_WRITE, ""),
        "13a": (partly(numbers, "Examined for eligibility"), "[#figure_flow]"),
        "13b": ("; ".join(sentences) + ".", "[#figure_flow]; Exclusions"),
        "13c": ("Drawn.", "[#figure_flow]"),
        "19": (partly(" ".join(limitations), "Direction and size of bias"), "Limitations"),
    }
