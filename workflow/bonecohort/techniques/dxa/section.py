"""The technique's part of the report: its methods text, its works, and its tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.report.printing import format as fmt
from bonecohort.report.printing.labels import printed_unit
from bonecohort.report.tables.table_model import Cell, FootnoteLetters, TableModel, first_left
from bonecohort.report.text.references import Reference
from bonecohort.techniques.dxa.names import (
    MAKERS,
    SITES,
    UNKNOWN,
    VENDOR,
    WHO,
    maker_method,
)
from bonecohort.techniques.dxa.sbmd import HUI1997, LU2001
from bonecohort.techniques.dxa.scans import ALL, LATEST
from bonecohort.techniques.dxa.scores import method_of
from bonecohort.techniques.dxa.technique import TECHNIQUE, site_words
from bonecohort.techniques.dxa.who import CLASSES

if TYPE_CHECKING:
    from collections.abc import Collection

    import pandas as pd

    from bonecohort.techniques.dxa.settings import DxaSettings

WORKS = (
    Reference("hans2006",
              "Hans, Didier and Downs, Robert W and Duboeuf, François and Greenspan, Susan and "
              "Jankowski, Lawrence G and Kiebzak, Gary M and Petak, Steven M", 2006,
              "Skeletal sites for osteoporosis diagnosis: the 2005 ISCD Official Positions",
              "Journal of Clinical Densitometry", "9", "1", "15–21", "10.1016/j.jocd.2006.05.003"),
    Reference("hui1997",
              "Hui, Siu L and Gao, Sujuan and Zhou, Xiao-Hua and Johnston, C Conrad and Lu, Ying "
              "and Glüer, Claus C and Grampp, Stephan and Genant, Harry", 1997,
              "Universal standardization of bone density measurements: a method with optimal "
              "properties for calibration among several instruments",
              "Journal of Bone and Mineral Research", "12", "9", "1463–1470",
              "10.1359/jbmr.1997.12.9.1463"),
    Reference("kanis1994", "Kanis, John A", 1994,
              "Assessment of fracture risk and its application to screening for postmenopausal "
              "osteoporosis: synopsis of a WHO report",
              "Osteoporosis International", "4", "6", "368–381", "10.1007/BF01622200"),
    Reference("lu2001", "Lu, Ying and Fuerst, Thomas and Hui, Siu and Genant, Harry K", 2001,
              "Standardization of bone mineral density at femoral neck, trochanter and Ward’s "
              "triangle",
              "Osteoporosis International", "12", "6", "438–444", "10.1007/s001980170087"),
)  # fmt: skip
"""What the text cites."""
SHOWN = ("bmd", "sbmd", "t_score", "z_score")
"""The measures of the table by region."""
PICKED = {LATEST: "the latest", ALL: "the mean of all"}
NEAREST = "the one nearest the CT"


def methods_text(settings: DxaSettings, participants: dict[str, int]) -> str:
    """Return the methods paragraph; it cites as ``[@hui1997]``.

    Parameters
    ----------
    settings
        The study's.
    participants
        Method → number of participants who have values by it.
    """
    makers = [
        f"{name} ({fmt.counted(participants[maker_method(maker)], 'participant')})"
        for maker, name in (*((one, one.capitalize()) for one in MAKERS), (UNKNOWN, "not named"))
        if participants.get(maker_method(maker))
    ]
    of_makers = f" Maker of the densitometer: {fmt.joined(makers)}." if makers else ""
    sentences = [
        (
            "Areal bone mineral density (BMD) was measured by dual-energy X-ray absorptiometry "
            f"(DXA). It was read from the export of the densitometer.{of_makers}"
        ),
        (
            "The BMD of several regions together is their total bone mineral content (BMC) "
            "divided by their total area."
        ),
        _iscd(settings),
        *_standardized(participants),
        *_scores(settings, participants),
        f"Of repeated scans of a region, {PICKED.get(settings.dxa_pick, NEAREST)} counted.",
    ]
    if participants.get(WHO):
        sentences.append(
            "Bone mass was classed by the lowest T-score of lumbar spine, total hip and femoral "
            "neck [@kanis1994]. Where all of these were missing, it was classed by the 33% "
            "radius. After rounding to one decimal, normal is from −1.0, osteoporosis at or below "
            "−2.5, and low bone mass between. Only postmenopausal women and men from 50 years on "
            "have a class; where nothing was known of the menopause, women from 50 years on count "
            "as postmenopausal."
        )
    return " ".join(sentences)


def _iscd(settings: DxaSettings) -> str:
    what = (
        "was left out of the total of the spine"
        if settings.iscd == "apply"
        else "was flagged and counts in the total of the spine"
    )
    return (
        f"A vertebra whose T-score differs by more than 1.0 from a neighbour’s [@hans2006] {what}. "
        "Of those that differ, the one with most such differences is meant. Of several, it is the "
        "one farthest from the median of the others."
    )


def _standardized(participants: dict[str, int]) -> list[str]:
    works = [
        f"{region} [@{work}]"
        for method, region, work in (
            (HUI1997, "spine and total hip", "hui1997"),
            (LU2001, "femoral neck and trochanter", "lu2001"),
        )
        if participants.get(method)
    ]
    if not works:
        return []
    return [f"Standardized BMD (sBMD) was computed by published formulas: {fmt.joined(works)}."]


def _scores(settings: DxaSettings, participants: dict[str, int]) -> list[str]:
    sentences = []
    for site, reference in settings.reference.items():
        if participants.get(method_of(reference)):
            sentences.append(
                f"T-scores of the {site.replace('_', ' ')} are (BMD − {reference.mean:g}) / "
                f"{reference.sd:g}. Mean and SD in g/cm² are those of the reference population "
                f"{reference.name}."
            )
    if participants.get(VENDOR):
        others = "Other scores" if sentences else "Scores"
        sentences.append(f"{others} are those of the export, by the maker’s reference population.")
    return sentences


def methods_of(own: pd.DataFrame) -> dict[str, int]:
    """Return how many participants have values by each method; ``own`` are the technique's rows."""
    people = own.groupby("method")["participant_id"].nunique()
    return {str(method): int(n) for method, n in people.items()}


def region_table(sites: pd.DataFrame) -> TableModel | None:
    """Build the table of values by region, a column a measure that anybody has.

    Parameters
    ----------
    sites
        The table of sites: ``participant_id``, ``site``, ``dxa_bmd`` and the like.
    """
    measures = [measure for measure in TECHNIQUE.measures if measure.name in SHOWN]
    shown = [
        measure
        for measure in measures
        if f"dxa_{measure.name}" in sites and sites[f"dxa_{measure.name}"].notna().any()
    ]
    if not shown:
        return None
    columns = [f"dxa_{measure.name}" for measure in shown]
    rows = []
    for site in SITES:
        here = sites.loc[sites["site"] == site, columns].dropna(how="all")
        if len(here):
            values = (
                fmt.mean_sd_of(here[name], measure.decimals)
                for measure, name in zip(shown, columns, strict=True)
            )
            words = site_words(site)
            rows.append((Cell(words[0].upper() + words[1:]), Cell(str(len(here))),
                         *map(Cell, values)))  # fmt: skip
    headings = (
        Cell(", ".join(filter(None, (measure.label, printed_unit(measure.unit)))))
        for measure in shown
    )
    return TableModel(
        key="dxa_regions",
        title="Bone mineral density by DXA, by region",
        header=((Cell("Region"), Cell("Participants"), *headings),),
        rows=tuple(rows),
        footnotes=FootnoteLetters().footnotes(
            [
                "Values are mean ± SD over the participants who have one.",
                *(
                    ["sBMD, standardized BMD."]
                    if any(measure.name == "sbmd" for measure in shown)
                    else []
                ),
            ]
        ),
        alignment=first_left(2 + len(shown)),
        series="S",
    )


def class_sentence(classes: Collection[str]) -> str:
    """Say how many participants are of each class of the World Health Organization."""
    result = list(classes)
    counts = [
        f"{name} in {fmt.count_percent(result.count(name), len(result))}"
        for name in CLASSES
        if name in result
    ]
    people = fmt.counted(len(result), "participant")
    return f"By the lowest T-score, bone mass of {people} was {fmt.joined(counts)}."
