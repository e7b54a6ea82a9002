"""The review page: each measurement with its picture, values and flags, to be judged by readers."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from bonecohort.report.page.guide import guide_pictures
from bonecohort.report.page.html import environment
from bonecohort.report.page.review_model import technique_title
from bonecohort.report.page.review_places import DIGEST_LENGTH, reviewed_participants
from bonecohort.report.results.exclusions_and_flags import stage_words
from bonecohort.study.verdicts import VERDICTS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from bonecohort.report.page.review_model import Participant, Place
    from bonecohort.study.place_rows import PlaceRow
    from bonecohort.study.study import Study

REASONS = (
    "compression fracture", "cement", "metal", "haemangioma", "sclerosis",
    "region touches the endplate", "region leaves the vertebra", "wrong level", "motion",
)  # fmt: skip
"""Reasons that the page offers; any other may be typed."""
SAVED = ("participant_id", "site", "technique", "verdict", "reason", "reader", "date")
"""Columns of the tables that the page saves."""


def review_page(study: Study, results: Path) -> str:
    """Return the review page of a results folder as HTML, to lie in that folder."""
    participants = tuple(reviewed_participants(study, results))
    return (
        environment()
        .get_template("review.html.j2")
        .render(
            title=study.settings.report.title,
            participants=participants,
            data=_data(study, participants),
            filters=_filters(participants),
            reasons=REASONS,
            paths=(study.exclusions_path, study.review_path),
            guide=guide_pictures(),
        )
    )


def _data(study: Study, participants: Iterable[Participant]) -> dict[str, Any]:
    """Return what the page's script works on."""
    title = study.settings.report.title
    return {
        "study": hashlib.sha256(title.encode()).hexdigest()[:DIGEST_LENGTH],
        "verdicts": VERDICTS,
        "columns": {
            "exclusions": [name for name in SAVED if name != "verdict"],
            "review": SAVED,
        },
        "exclusions": [_saved(row) for row in study.exclusions],
        "review": [_saved(row) for row in study.verdicts],
        "places": [
            _place_data(place) for participant in participants for place in participant.places
        ],
        "participants": {
            participant.participant_id: [remark.stage for remark in participant.remarks]
            for participant in participants
        },
    }


def _saved(row: PlaceRow) -> dict[str, str]:
    return {name: getattr(row, name) for name in SAVED if hasattr(row, name)}


def _place_data(place: Place) -> dict[str, Any]:
    reviewed = place.reviewed
    row = reviewed.row
    return {
        "key": place.key,
        "participant_id": reviewed.participant_id,
        "site": reviewed.site,
        "technique": reviewed.technique,
        "flags": [remark.code for remark in place.remarks if remark.kind == "flag"],
        "stages": list(dict.fromkeys(remark.stage for remark in place.remarks)),
        "readers": place.readers,
        "number": place.number,
        "digest": place.digest,
        "several": reviewed.is_of_several,
        "fixed": reviewed.is_left_out and reviewed.is_of_several,
        "file": None
        if row is None
        else {
            "verdict": reviewed.verdict,
            "reason": row.reason,
            "reader": row.reader,
            "date": row.date,
        },
    }


def _filters(participants: Iterable[Participant]) -> dict[str, list[tuple[str, str]]]:
    """Return the values that the page can be filtered by, each with how it is printed."""
    result: dict[str, dict[str, str]] = {
        name: {} for name in ("technique", "site", "flag", "stage", "reader")
    }
    words = stage_words()
    for participant in participants:
        places = participant.places
        remarks = [*participant.remarks, *(remark for place in places for remark in place.remarks)]
        stages = [remark.stage for remark in remarks]
        result["stage"] |= {stage: words.get(stage, technique_title(stage)) for stage in stages}
        for place in places:
            reviewed = place.reviewed
            result["technique"][reviewed.technique] = technique_title(reviewed.technique)
            result["site"][reviewed.site] = reviewed.site
            result["reader"] |= {reader: reader for reader in place.readers}
            for remark in place.remarks:
                if remark.kind == "flag":
                    result["flag"][remark.code] = remark.code.replace("_", " ")
    return {name: sorted(options.items()) for name, options in result.items()}
