"""The measurements of a results folder as the review page shows them."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from dataclasses import asdict
from itertools import groupby
from typing import TYPE_CHECKING

from PIL import Image

from bonecohort.cohort.frames import read_table
from bonecohort.report.page.review_model import (
    Block,
    Participant,
    Place,
    Remark,
    Shown,
    Value,
    ValueGroup,
)
from bonecohort.report.printing import format as fmt
from bonecohort.report.printing import labels
from bonecohort.report.printing.flag_words import flag_words
from bonecohort.report.records import Record, by_participant, records, text_of
from bonecohort.report.results.exclusions_and_flags import words_of_flags
from bonecohort.study.layout import participant_folder
from bonecohort.study.reviewed import Reviewed, reviewed_places
from bonecohort.techniques.registry import techniques, techniques_measuring

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from bonecohort.report.printing.flag_words import FlagWords
    from bonecohort.study.study import Study
    from bonecohort.techniques.declare import Measure

MEASURED = ("site", "measure", "value", "method", "reader")
"""Columns of a measurement that a verdict is given on."""
DIGEST_LENGTH = 12
OTHER = "other"
"""Code of a flag that is a sentence."""


def reviewed_participants(study: Study, results: Path) -> Iterator[Participant]:
    """Yield every included participant of whom something is measured, in the study's order.

    Parameters
    ----------
    study
        The study, with its exclusions and verdicts.
    results
        Its results folder: tables and pictures are read.
    """
    tables = results / "tables"
    measurements = read_table(tables / "measurements.csv")
    blank_as_none = measurements.astype(object).where(measurements.notna(), None)
    values = by_participant(records(blank_as_none))
    remarks: dict[str, list[tuple[str, Remark]]] = defaultdict(list)
    for row in records(read_table(tables / "exclusions.csv")):
        remarks[row["participant_id"]].append((text_of(row, "level"), _reason(row)))
    known = words_of_flags()
    for row in records(read_table(tables / "flags.csv")):
        remarks[row["participant_id"]].append((text_of(row, "level"), _flag(row, known)))
    measures = {
        technique.name: {m.name: m for m in technique.measures} for technique in techniques()
    }
    for name, places in groupby(reviewed_places(study), key=lambda place: place.participant_id):
        own = [row for row in values.get(name, ()) if row["value"] is not None]
        made = tuple(
            _place(
                place,
                [row for row in own if place.technique in _measuring(row)],
                remarks.get(name, ()),
                measures[place.technique],
            )
            for place in places
        )
        seen = {remark for place in made for remark in place.remarks}
        whole = tuple(
            dict.fromkeys(remark for _, remark in remarks.get(name, ()) if remark not in seen)
        )
        yield Participant(name, whole, tuple(_blocks(made, list(_pictures(study, results, name)))))


def _measuring(row: Record) -> tuple[str, ...]:
    return techniques_measuring(row["modality"], row["measure"])


def _blocks(places: Iterable[Place], pictures: Iterable[Shown]) -> Iterator[Block]:
    """Yield a participant's techniques in the order of the work."""
    by_technique: dict[str, list[Place]] = defaultdict(list)
    for place in places:
        by_technique[place.reviewed.technique].append(place)
    for technique in techniques():
        own = tuple(by_technique.get(technique.name, ()))
        shown = tuple(picture for picture in pictures if picture.technique == technique.name)
        if own or shown:
            yield Block(technique.name, shown, own)


def _reason(row: Record) -> Remark:
    return Remark("left out", "", text_of(row, "stage"), labels.sentence(text_of(row, "reason")))


def _flag(row: Record, known: Mapping[str, Mapping[str, FlagWords]]) -> Remark:
    """Return a flag in words; ``known`` are those of each technique's flags."""
    text, stage = text_of(row, "text"), text_of(row, "stage")
    words = flag_words(text, known.get(stage, {}))
    if words is None:
        return Remark("flag", OTHER, stage, labels.sentence(text))
    kind = "flag" if words.noteworthy else "note"
    return Remark(kind, text.partition(": ")[0], stage, words.sentence)


def _place(
    reviewed: Reviewed,
    rows: Iterable[Record],
    remarks: Iterable[tuple[str, Remark]],
    measures: Mapping[str, Measure],
) -> Place:
    """Return a place; ``rows`` are the participant's measurements of the technique."""
    site = reviewed.site
    own = [row for row in rows if row["site"] == site or row["site"].startswith(f"{site}.")]
    said = tuple(
        remark
        for level, remark in remarks
        if remark.stage == reviewed.technique and level in ("", site)
    )
    readers = tuple(dict.fromkeys(str(row["reader"]) for row in own))
    content = [[row[key] for key in MEASURED] for row in own]
    text = json.dumps([content, [asdict(remark) for remark in said]], ensure_ascii=False)
    digest = hashlib.sha256(text.encode()).hexdigest()[:DIGEST_LENGTH]
    return Place(
        reviewed,
        tuple(_groups(site, own, measures, has_several=len(readers) > 1)),
        said,
        readers,
        _number(own, measures),
        digest,
    )


def _groups(
    site: str, rows: Iterable[Record], measures: Mapping[str, Measure], *, has_several: bool
) -> Iterator[ValueGroup]:
    """Yield the values of a site, by its parts and readers, in the order of the measures."""
    order = list(measures)
    grouped: dict[str, list[Record]] = defaultdict(list)
    for row in rows:
        part = row["site"].removeprefix(site).removeprefix(".")
        reader = f"reader {row['reader']}" if has_several else ""
        grouped[", ".join(filter(None, (part, reader)))].append(row)
    for title, own in grouped.items():
        own.sort(key=lambda row: order.index(row["measure"]))
        is_zero = not any(row["value"] for row in own)  # nothing there: one zero says so
        shown = own[:1] if is_zero else own
        values = (_value(row, measures[row["measure"]]) for row in shown)
        yield ValueGroup(title, tuple(values))


def _value(row: Record, measure: Measure) -> Value:
    unit = labels.printed_unit(measure.unit)
    text = fmt.number(float(row["value"]), measure.decimals)
    return Value(measure.label, f"{text}{fmt.NO_BREAK if unit else ''}{unit}")


def _number(rows: Iterable[Record], measures: Mapping[str, Measure]) -> float | None:
    """Return the first value of which the technique says whether more of it is worse."""
    main = [name for name, measure in measures.items() if measure.direction]
    result = {row["measure"]: float(row["value"]) for row in reversed(list(rows))}
    return next((result[name] for name in main if name in result), None)


def _pictures(study: Study, results: Path, name: str) -> Iterator[Shown]:
    folder = participant_folder(results, name)
    for own in study.stages_of(name).values():
        path = folder / own.stage.makes
        if own.stage.shown_by and path.is_file():
            with Image.open(path) as image:
                width, height = image.size
            source = path.relative_to(results).as_posix()
            yield Shown(source, width, height, own.technique.name)
