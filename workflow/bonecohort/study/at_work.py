"""Which techniques and stages a study uses, by the kinds of its participants' files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.techniques.registry import stages

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bonecohort.study.settings import Settings
    from bonecohort.techniques.declare import Technique
    from bonecohort.techniques.registry import OwnStage


def is_at_work(
    settings: Settings, kinds_together: Iterable[frozenset[str]], technique: Technique
) -> bool:
    """Whether somebody has files of the technique's own kinds, or measuring steps of it.

    Parameters
    ----------
    settings
        The study's settings.
    kinds_together
        Kinds of which one participant has files: a set for each who has others.
    technique
        The technique.
    """
    own = {kind.name for kind in technique.kinds}
    measuring = [stage for stage in technique.stages if stage.record == "measurements"]
    return any(
        not own.isdisjoint(kinds) or any(stage.when(kinds, settings) for stage in measuring)
        for kinds in kinds_together
    )


def stages_at_work(settings: Settings, kinds: frozenset[str]) -> dict[str, OwnStage]:
    """Return the stages of a participant with files of some kinds, by their rules, in order."""
    result = {rule: own for rule, own in stages().items() if own.stage.when(kinds, settings)}
    used = {rule for own in result.values() for rule in own.stage.after}
    return {rule: own for rule, own in result.items() if not own.stage.on_demand or rule in used}
