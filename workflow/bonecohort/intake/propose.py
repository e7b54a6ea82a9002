"""Which series is the CT and which the sagittal T2 of a participant, and why not the others.

Two steps: what refuses a series (:mod:`~bonecohort.intake.fitness`), then an order of preferences
among those left (:mod:`~bonecohort.intake.preference`). The first preference in which a series is
worse is the reason it is passed over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bonecohort.intake.fitness import refusal, thickness_mm, usable_stack
from bonecohort.intake.preference import best_of, preferences, why_worse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bonecohort.intake.fitness import Kind
    from bonecohort.intake.series import SeriesSummary

MODALITY: dict[str, Kind] = {"CT": "ct", "MR": "t2_sagittal"}


@dataclass(frozen=True)
class Proposal:
    """The series proposed for one kind, or None; and every other series with its reason."""

    participant_id: str
    kind: Kind
    chosen: SeriesSummary | None
    reason: str
    passed_over: tuple[tuple[SeriesSummary, str], ...]


def propose(participant_id: str, series: Sequence[SeriesSummary]) -> tuple[Proposal, ...]:
    """Return the proposals of one participant, CT first.

    Where several CT or T2 are equally good, those nearest in time to one another are taken, then
    the thinner slices, then the longer coverage, then the order of the files.
    """
    fits: dict[Kind, list[SeriesSummary]] = {"ct": [], "t2_sagittal": []}
    refused: dict[Kind, list[tuple[SeriesSummary, str]]] = {"ct": [], "t2_sagittal": []}
    for one in series:
        kind = MODALITY.get(one.modality)
        if kind:
            why = refusal(one, kind)
            if why:
                refused[kind].append((one, why))
            else:
                fits[kind].append(one)
    best = {kind: best_of(fits[kind], kind) for kind in fits}
    chosen = _nearest(best["ct"], best["t2_sagittal"])
    return tuple(
        _proposal(participant_id, kind, chosen[kind], fits[kind], refused[kind]) for kind in fits
    )


def _nearest(
    ct: Sequence[SeriesSummary], t2: Sequence[SeriesSummary]
) -> dict[Kind, SeriesSummary | None]:
    """Return the CT and the T2 nearest in time, the first of those equally near."""
    if not ct or not t2:
        return {"ct": ct[0] if ct else None, "t2_sagittal": t2[0] if t2 else None}

    def gap(pair: tuple[SeriesSummary, SeriesSummary]) -> float:
        return _days_apart(*pair)

    first, second = min(((one, other) for one in ct for other in t2), key=gap)
    return {"ct": first, "t2_sagittal": second}


def _days_apart(first: SeriesSummary, second: SeriesSummary) -> float:
    if first.day is None or second.day is None:
        return float("inf")
    return abs(first.day - second.day)


def _proposal(
    participant_id: str,
    kind: Kind,
    chosen: SeriesSummary | None,
    fitting: Sequence[SeriesSummary],
    refused: Sequence[tuple[SeriesSummary, str]],
) -> Proposal:
    if chosen is None:
        seen = "; ".join(dict.fromkeys(why for _, why in refused))
        modality = "CT" if kind == "ct" else "MR"
        why = (
            f"none of the {len(refused)} {modality} series fits ({seen})"
            if refused
            else (f"no {modality} series")
        )
        return Proposal(participant_id, kind, None, why, tuple(refused))
    others = [(one, why_worse(one, chosen, kind)) for one in fitting if one is not chosen]
    return Proposal(participant_id, kind, chosen, _describe(chosen, kind), (*others, *refused))


def _describe(series: SeriesSummary, kind: Kind) -> str:
    stack = usable_stack(series, kind)
    thickness = thickness_mm(stack)
    plane = f"axial, {stack.coverage_mm:.0f} mm long" if kind == "ct" else "sagittal"
    said = [preference.said for preference in preferences(series, kind)]
    size = [] if kind == "ct" else [f"slices {thickness:g} mm thick"]
    return ", ".join([f"{stack.n_slices} slices", plane, *size, *said])
