"""What the study's table of exclusions leaves out, taken from what was collected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bonecohort.cohort.collected import Exclusion
from bonecohort.study.left_out import left_out_of
from bonecohort.techniques.registry import techniques, techniques_measuring

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from bonecohort.cohort.collected import Collected
    from bonecohort.measures.measurement import Measurement
    from bonecohort.study.study import Study


@dataclass(frozen=True)
class _LeftOut:
    """What is left out of one technique of one participant.

    ``by_site`` are the exclusions, that of all sites at ''; ``sites`` are those where the
    technique measures the participant.
    """

    by_site: Mapping[str, Exclusion]
    sites: Collection[str]

    def of(self, site: str) -> Exclusion | None:
        """Return the exclusion of a site, or of the site that it is a part of (``L3.superior``)."""
        whole = site if site in self.sites else site.partition(".")[0]
        return self.by_site.get("") or self.by_site.get(site) or self.by_site.get(whole)


@dataclass(frozen=True)
class LeftOutPlaces:
    """What the table of exclusions leaves out, by participant and technique."""

    found: Mapping[tuple[str, str], _LeftOut]

    @classmethod
    def of_study(cls, study: Study) -> LeftOutPlaces:
        """Return what is left out of a study's included participants."""
        return cls(_all_left_out(study))

    def of(self, participant_id: str, site: str, *of: str) -> Exclusion | None:
        """Return the exclusion of a site of any of some techniques; '' asks for all its sites."""
        own = (self.found.get((participant_id, technique)) for technique in of)
        return next((left for left_out in own if left_out and (left := left_out.of(site))), None)

    def of_row(self, participant_id: str, row: Measurement) -> Exclusion | None:
        """Return the exclusion of a measurement's site, by the techniques that may have made it."""
        return self.of(participant_id, row.site, *techniques_measuring(row.modality, row.measure))


def leave_out(study: Study, collected: Collected) -> None:
    """Take out what the table of exclusions names, and add its reasons to the exclusions.

    Measurements and flags of such a site go, with those of its parts. So do faults of it: a
    vertebra that is left out has one reason. Means over sites are made afterwards.
    """
    places = LeftOutPlaces.of_study(study)
    if not places.found:
        return

    was_measured: set[Exclusion] = set()
    kept = []
    for participant_id, row in collected.measurements:
        left = places.of_row(participant_id, row)
        if left:
            was_measured.add(left)
        else:
            kept.append((participant_id, row))
    collected.measurements = kept
    collected.flags = [
        flag
        for flag in collected.flags
        if not places.of(flag.participant_id, flag.level, flag.stage)
    ]
    for fault in list(collected.exclusions):
        if places.of(fault.participant_id, fault.level, fault.stage):
            del collected.exclusions[fault]
    for own in places.found.values():
        for left in own.by_site.values():
            collected.exclusions[left] = None
            collected.left_out[left] = left in was_measured


def _all_left_out(study: Study) -> dict[tuple[str, str], _LeftOut]:
    """Return what is left out, by participant and technique."""
    result: dict[tuple[str, str], dict[str, Exclusion]] = {}
    for participant_id in study.included:
        for (technique, site), row in left_out_of(study, participant_id).items():
            own = result.setdefault((participant_id, technique), {})
            own[site] = Exclusion(participant_id, site, technique, row.reason)
    by_name = {one.name: one for one in techniques()}
    return {
        (participant_id, technique): _LeftOut(
            by_site, study.sites_of(participant_id, by_name[technique])
        )
        for (participant_id, technique), by_site in result.items()
    }
