"""Which series of an export is a participant's of each kind, and why not the others.

Two steps: what refuses a series (:mod:`~bonecohort.intake.fitness`), then an order of preferences
among those left (:mod:`~bonecohort.intake.preference`). The first preference in which a series is
worse is the reason why it is not taken. The rules of a kind are those of its technique.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from bonecohort.intake.fitness import refusal, usable_stack
from bonecohort.intake.preference import best_of, preferences, why_worse
from bonecohort.intake.rules import rules_by_kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bonecohort.intake.rules import Rules
    from bonecohort.intake.series import SeriesSummary


@dataclass(frozen=True)
class Proposal:
    """The series proposed for one kind, or None; and every other series with its reason."""

    participant_id: str
    kind: str
    chosen: SeriesSummary | None
    reason: str
    passed_over: tuple[tuple[SeriesSummary, str], ...]


@dataclass(frozen=True)
class _Sorted:
    """The series of one modality, by whether they can be of a kind, and the best of them."""

    fitting: list[SeriesSummary]
    refused: list[tuple[SeriesSummary, str]]
    best: list[SeriesSummary]


def proposed_modalities(by_kind: Mapping[str, Rules]) -> set[str]:
    """Return the modalities of the kinds that are proposed."""
    return {rules.modality for rules in by_kind.values()}


def found_on_request(
    series: Sequence[SeriesSummary], by_kind: Mapping[str, Rules]
) -> tuple[str, ...]:
    """Return the kinds that are not proposed, but would be if somebody asked.

    Parameters
    ----------
    by_kind
        The rules of the kinds that are proposed.
    """
    return tuple(
        kind
        for kind, rules in rules_by_kind().items()
        if kind not in by_kind and _sort(series, rules).best
    )


def propose(
    participant_id: str, series: Sequence[SeriesSummary], by_kind: Mapping[str, Rules]
) -> tuple[Proposal, ...]:
    """Return the proposals of one participant, in the order of the kinds.

    Several series of a kind may be equally good. Then those nearest in time to the other kinds' are
    taken. Next come the thinner slices, the longer coverage, and the order of the files. A kind on
    request that nobody can have is not among them.

    Parameters
    ----------
    by_kind
        The rules of the kinds that are proposed.
    """
    result = {kind: _sort(series, rules) for kind, rules in by_kind.items()}
    chosen = _nearest({kind: sorted_series.best for kind, sorted_series in result.items()})
    return tuple(
        _proposal(participant_id, kind, rules, chosen[kind], result[kind])
        for kind, rules in by_kind.items()
        if chosen[kind] or not rules.is_on_request
    )


def _sort(series: Sequence[SeriesSummary], rules: Rules) -> _Sorted:
    looked_at = [summary for summary in series if summary.modality == rules.modality]
    reasons = [refusal(summary, rules) for summary in looked_at]
    judged = list(zip(looked_at, reasons, strict=True))
    fitting = [summary for summary, why in judged if not why]
    return _Sorted(
        fitting, [(summary, why) for summary, why in judged if why], best_of(fitting, rules)
    )


def _nearest(best: Mapping[str, Sequence[SeriesSummary]]) -> dict[str, SeriesSummary | None]:
    """Return the series of each kind that are nearest in time, the first of those equally near."""
    there = {kind: several for kind, several in best.items() if several}
    nearest = min(product(*there.values()), key=_days_apart)
    return dict.fromkeys(best) | dict(zip(there, nearest, strict=True))


def _days_apart(series: Sequence[SeriesSummary]) -> float:
    """Return the days from the first to the last of some series; none between fewer than two."""
    days = [summary.day for summary in series if summary.day is not None]
    if len(series) > 1 and len(days) < len(series):
        return float("inf")
    return max(days) - min(days) if len(days) > 1 else 0.0


def _proposal(
    participant_id: str, kind: str, rules: Rules, chosen: SeriesSummary | None, result: _Sorted
) -> Proposal:
    refused = tuple(result.refused)
    if chosen is None:
        seen = "; ".join(dict.fromkeys(why for _, why in refused))
        why = (
            f"none of the {len(refused)} {rules.modality} series fits ({seen})"
            if refused
            else f"no {rules.modality} series"
        )
        return Proposal(participant_id, kind, None, why, refused)
    others = [
        (summary, why_worse(summary, chosen, rules))
        for summary in result.fitting
        if summary is not chosen
    ]
    return Proposal(participant_id, kind, chosen, _describe(chosen, rules), (*others, *refused))


def _describe(series: SeriesSummary, rules: Rules) -> str:
    stack = usable_stack(series, rules)
    said = [preference.said for preference in preferences(series, rules)]
    return ", ".join([f"{stack.n_slices} slices", *rules.describe(stack), *said])
