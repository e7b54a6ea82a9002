"""Files on which a run can measure nothing, as the tables already show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.techniques.registry import kinds, techniques

if TYPE_CHECKING:
    from collections.abc import Collection

    from bonecohort.study.study import Study
    from bonecohort.techniques.declare import Needs

NOTHING_MEASURED = "{what} without {needed}: nothing is measured on it."


def files_without_use(study: Study) -> dict[str, list[str]]:
    """Return whose files nothing can be measured on, by what they lack."""
    result: dict[str, list[str]] = {}
    for participant_id in study.included:
        has = study.kinds_of(participant_id)
        there = {*has, *study.stages_of(participant_id)}
        for kind in kinds():
            if kind in has and (lacking := _lacking(kind, there)):
                result.setdefault(lacking, []).append(participant_id)
    return result


def _lacking(kind: str, there: Collection[str]) -> str:
    """Return what every technique that measures on a kind lacks; '' where one lacks nothing."""
    unmet: list[Needs] = []
    for technique in techniques():
        own = [needs for needs in technique.needs if needs.kind == kind]
        lacking = [needs for needs in own if not set(needs.one_of) & set(there)]
        if own and not lacking:
            return ""
        unmet += lacking
    if not unmet:
        return ""
    *others, last = dict.fromkeys(
        _named(one) for needs in unmet for one in needs.one_of if one in kinds()
    )
    needed = f"{', '.join(others)} or {last}" if others else last
    return NOTHING_MEASURED.format(what=_named(kind), needed=needed)


def _named(kind: str) -> str:
    """Return a kind as people say it, with its name in series.tsv."""
    label = kinds()[kind].label
    return label if label == kind else f"{label} ({kind})"
