"""The demo study's small text files: settings, tables, truth."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import yaml

from bonecohort.demo.truth import EXCLUSION_REASON, DemoParticipant, Vertebra

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bonecohort.demo.share import Share

IMAGES_FOLDER = "demo"
TRUTH_PATH = f"{IMAGES_FOLDER}/truth.csv"
SERIES_PATHS = {
    "ct": "ct",
    "t2_sagittal": "t2",
    "vertebrae": "vertebrae.nii.gz",
    "endplate_markups": "endplates.mrk.json",
}
"""Where each kind of series.tsv lies in a participant's folder."""
TRUTH_COLUMNS = ("participant_id", "level", "measure", "value")
RATIO_DECIMALS = 6


def settings_text(participants: int, seed: int, shares: Iterable[Share] = ()) -> str:
    """Return config.yaml of the demo, with the sections of the techniques' shares."""
    sections: dict[str, dict[str, Any]] = {}
    for share in shares:
        for section, settings in share.config.items():
            sections.setdefault(section, {}).update(settings)
    of_shares = yaml.safe_dump(sections, sort_keys=False, width=100) if sections else ""
    return (
        f"# The demo study: {participants} synthetic participants with known truth, "
        f"drawn from seed {seed}.\n"
        "# Its images are not kept here: `make demo` draws them again.\n"
        "participants: config/participants.tsv\n"
        "series: config/series.tsv\n"
        "vertebrae:\n"
        "  label_scheme: totalsegmentator_v2\n"
        f"{of_shares}"
        f"truth: {TRUTH_PATH}\n"
        "report:\n"
        "  title: Demo study with known truth\n"
    )


def participants_text(cohort: Sequence[DemoParticipant]) -> str:
    """Return participants.tsv; BMI is left to be computed."""
    columns = [
        "participant_id", "include", "exclusion_reason", "age_years", "sex", "height_cm",
        "weight_kg", "bmd_g_cm2", "t_score", "hypertension", "diabetes", "smoking", "alcohol",
        "back_pain", "vas_0_10",
    ]  # fmt: skip
    return table_text(
        columns, (_participant_row(participant) for participant in cohort), delimiter="\t"
    )


def _participant_row(one: DemoParticipant) -> list[object]:
    excluded = one.is_excluded
    return [
        one.participant_id, "no" if excluded else "yes", EXCLUSION_REASON if excluded else "",
        one.age_years, one.sex, one.height_cm, f"{one.weight_kg:.1f}", f"{one.bmd_g_cm2:.3f}",
        f"{one.t_score:.1f}", _yes_no(one.hypertension), _yes_no(one.diabetes),
        _yes_no(one.smoking), _yes_no(one.alcohol), _yes_no(one.back_pain), one.vas_0_10,
    ]  # fmt: skip


def _yes_no(value: bool) -> str:
    return "yes" if value else "no"


def series_text(cohort: Sequence[DemoParticipant], shares: Sequence[Share] = ()) -> str:
    """Return series.tsv: the files of everyone who takes part."""
    columns = ["participant_id", "kind", "path"]
    if shares:
        columns += ["site", "label_scheme"]
    rows = (
        [participant.participant_id, *row][: len(columns)]
        for participant in cohort
        if not participant.is_excluded
        for row in _series(participant, shares)
    )
    return table_text(columns, rows, delimiter="\t")


def _series(participant: DemoParticipant, shares: Sequence[Share]) -> Iterator[list[str]]:
    """Yield kind, path, site and label scheme of each file of a participant."""
    own = f"{IMAGES_FOLDER}/{participant.participant_id}"
    for kind, name in SERIES_PATHS.items():
        yield [kind, f"{own}/{name}", "", ""]
    for share in shares:
        if not share.of([participant]):
            continue
        for kind, name in share.shared:
            yield [kind, f"{IMAGES_FOLDER}/{share.name}/{name}", "", ""]
        for row in share.series(participant):
            yield [row.kind, f"{own}/{share.name}/{row.path}", row.site, row.label_scheme]


def truth_text(cohort: Sequence[DemoParticipant], shares: Sequence[Share] = ()) -> str:
    """Return truth.csv: what the images of everyone who takes part were drawn from.

    Sizes are the bodies' and defects' own, not the reader's; a vertebra without a defect has
    sizes 0. ``hu`` is the trabecular bone's, without islands or sclerosis.
    """
    rows = (
        [participant.participant_id, *row]
        for participant in cohort
        if not participant.is_excluded
        for row in _all_truths(participant, shares)
    )
    return table_text(TRUTH_COLUMNS, rows, delimiter=",")


def _all_truths(
    participant: DemoParticipant, shares: Sequence[Share]
) -> Iterator[tuple[str, str, float]]:
    for vertebra in participant.vertebrae:
        for measure, value in _truths(vertebra):
            yield vertebra.level, measure, value
    for share in shares:
        if share.of([participant]):
            yield from share.truth(participant)


def _truths(vertebra: Vertebra) -> Iterator[tuple[str, float]]:
    width_ratio = round(vertebra.width_mm / vertebra.body_width_mm, RATIO_DECIMALS)
    depth_ratio = round(vertebra.depth_mm / vertebra.body_height_mm, RATIO_DECIMALS)
    yield "hu", vertebra.hu
    yield "width_mm", vertebra.width_mm
    yield "depth_mm", vertebra.depth_mm
    yield "body_width_mm", vertebra.body_width_mm
    yield "body_height_mm", vertebra.body_height_mm
    yield "standardized_width", width_ratio
    yield "standardized_depth", depth_ratio
    yield "cumulative_score", round(width_ratio + depth_ratio, RATIO_DECIMALS)


def table_text(columns: Sequence[str], rows: Iterable[Sequence[object]], delimiter: str) -> str:
    """Return a table as text: a header, and a line a row."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return buffer.getvalue()
