"""What the report says about DXA: regions, classes, methods with their works, each participant."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bonecohort.report.page.participant_values import OfParticipant, declared_values, value_of
from bonecohort.report.page.section import RESULTS, Block, Contribution, Paragraph, Section
from bonecohort.report.printing import format as fmt
from bonecohort.report.records import Record, records
from bonecohort.techniques.dxa.names import LOWEST, MODALITY
from bonecohort.techniques.dxa.section import (
    WORKS,
    class_sentence,
    methods_of,
    methods_text,
    region_table,
)
from bonecohort.techniques.dxa.settings import DxaSettings
from bonecohort.techniques.dxa.technique import LOWEST_T_SCORE, TECHNIQUE, WHO_CLASS, site_words

if TYPE_CHECKING:
    from bonecohort.report.printing.printer import Printer
    from bonecohort.report.results.inputs import ReportInputs
    from bonecohort.study.settings import Settings

PER_PARTICIPANT = ("bmd", "sbmd", "t_score", "z_score")


def contribution(inputs: ReportInputs, settings: Settings, _: Printer) -> Contribution:
    """Return what the report says about DXA; nothing where none was read."""
    measurements = inputs.frame("tables/measurements.csv")
    own = measurements[measurements["modality"] == MODALITY]
    if own.empty:
        return Contribution()
    table = region_table(inputs.frame("tables/sites.csv"))
    participants = inputs.frame("tables/participants.csv")
    classes = participants[WHO_CLASS].dropna() if WHO_CLASS in participants else ()
    sentence = class_sentence([str(one) for one in classes]) if len(classes) else ""
    blocks: list[Block] = [Paragraph(sentence)] if sentence else []
    blocks += [table] if table else []
    return Contribution(
        sections=(Section("dxa", "Bone mineral density by DXA", tuple(blocks), parent=RESULTS),),
        measuring=(("DXA", methods_text(settings.of(DxaSettings), methods_of(own))),),
        summary=(sentence,) if sentence else (),
        of_participants=of_participants(inputs),
        works=WORKS,
    )


def of_participants(inputs: ReportInputs) -> dict[str, OfParticipant]:
    """Return each participant's values by region, the lowest T-score and the class."""
    measures = tuple(measure for measure in TECHNIQUE.measures if measure.name in PER_PARTICIPANT)
    declared = declared_values(inputs, replace(TECHNIQUE, measures=measures))
    lowest = {
        row["participant_id"]: _summary(row)
        for row in records(inputs.frame("tables/participants.csv"))
    }
    return {
        name: replace(
            result,
            values={
                site_words(site): values
                for site, values in (result.values or {}).items()
                if site != LOWEST
            },
            summary=lowest.get(name, ()),
        )
        for name, result in declared.items()
    }


def _summary(row: Record) -> tuple[str, ...]:
    """Return the lowest T-score and the class in a phrase; nothing without a T-score."""
    score = value_of(row, LOWEST_T_SCORE)
    if score is None:
        return ()
    result = row.get(WHO_CLASS)
    named = f" ({result})" if isinstance(result, str) else ""
    return (f"lowest T-score {fmt.number(score, 1)}{named}",)
