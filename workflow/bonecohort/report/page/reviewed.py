"""What the report says about the readers' review: how much was looked at, and what was not."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

from bonecohort.report.page.review_model import technique_title
from bonecohort.report.page.section import AttentionItem, Contribution, Part
from bonecohort.report.printing import format as fmt
from bonecohort.study.verdicts import ACCEPT, LOOK_AGAIN, REJECT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bonecohort.report.page.section import Contributor
    from bonecohort.report.printing.printer import Printer
    from bonecohort.report.results.inputs import ReportInputs
    from bonecohort.study.reviewed import Reviewed
    from bonecohort.study.settings import Settings

PAGE = "review.html"
"""The review page, beside the report."""
NOBODY = "Nobody has reviewed the measurements yet."


def review_of(places: Iterable[Reviewed]) -> Contributor:
    """Return what adds the review of a study's measurements to its report."""
    return partial(_contribution, list(places))


def _contribution(
    places: Sequence[Reviewed],
    _inputs: ReportInputs,
    _settings: Settings,
    _printer: Printer,
) -> Contribution:
    if not places:
        return Contribution()
    values = {
        "sentence": review_sentence(places),
        "open": _of_verdict(places, "") if any(place.verdict for place in places) else [],
        "again": _of_verdict(places, LOOK_AGAIN),
        "page": PAGE,
    }
    again = tuple(
        dict.fromkeys(place.participant_id for place in places if place.verdict == LOOK_AGAIN)
    )
    text = f"{fmt.counted(len(again), 'participant')} with a measurement to look at again"
    attention = (AttentionItem(text, again, "#quality-control"),) if again else ()
    return Contribution(quality=(Part("reviewed.html.j2", values),), attention=attention)


def review_sentence(places: Sequence[Reviewed]) -> str:
    """Say how many measurements were looked at, and with which verdict."""
    result = Counter(place.verdict for place in places)
    looked_at = len(places) - result[""]
    if not looked_at:
        return NOBODY
    return (
        f"Reviewed: {looked_at} of {fmt.counted(len(places), 'measurement')}; "
        f"{result[ACCEPT]} accepted, {result[REJECT]} rejected, {result[LOOK_AGAIN]} to look at "
        f"again. Not looked at: {result['']}."
    )


def _of_verdict(places: Iterable[Reviewed], verdict: str) -> list[tuple[str, str]]:
    """Return each participant with measurements of a verdict, and which they are."""
    result: dict[str, dict[str, list[str]]] = {}
    for place in places:
        if place.verdict == verdict:
            own = result.setdefault(place.participant_id, {})
            own.setdefault(technique_title(place.technique), []).append(place.site)
    return [
        (name, "; ".join(f"{technique} {fmt.span(sites)}" for technique, sites in own.items()))
        for name, own in result.items()
    ]
