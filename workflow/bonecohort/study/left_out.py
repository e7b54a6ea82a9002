"""What the table of exclusions means for the work of a study: which values are left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.study.job_table import readings_of
from bonecohort.study.place_rows import measuring_techniques

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bonecohort.study.exclusions import LeftOut
    from bonecohort.study.study import Study
    from bonecohort.techniques.declare import Technique

NO_EFFECT = "{where}: nothing of {name} is measured {there}, so the row leaves out nothing."


def without_effect(study: Study) -> Iterator[str]:
    """Yield a warning for each row of an included participant that leaves out nothing."""
    included = set(study.included)
    for row in study.exclusions:
        name = row.participant_id
        if name not in included:
            continue
        techniques_of = measured_techniques(study, name)
        if not any(
            row.technique in ("", technique.name)
            and (not row.site or row.site in study.sites_of(name, technique))
            for technique in techniques_of
        ):
            at = f"at {row.site} " if row.site else ""
            there = f"{at}by {row.technique or 'any technique'}"
            where = f"{study.exclusions_path}, row {row.row_number}"
            yield NO_EFFECT.format(where=where, name=name, there=there)


def measured_techniques(study: Study, participant_id: str) -> list[Technique]:
    """Return the techniques that measure a participant, or of which it has readings."""
    active = study.stages_of(participant_id).values()
    own = {
        own_stage.technique.name for own_stage in active if own_stage.stage.record == "measurements"
    }
    return [
        technique
        for technique in measuring_techniques()
        if technique.name in own or readings_of(study, participant_id, technique)
    ]


def left_out_of(study: Study, participant_id: str) -> dict[tuple[str, str], LeftOut]:
    """Return what is left out of a participant: by technique and site, the row that says so.

    A technique of which all is left out has the site ''. Where several rows leave out the same,
    the one that says most exactly what it means counts.
    """
    rows = study.exclusions_of(participant_id)
    result: dict[tuple[str, str], LeftOut] = {}
    for technique in measured_techniques(study, participant_id) if rows else ():
        sites = ("", *study.sites_of(participant_id, technique))
        own = {
            site: row
            for site in sites
            if (row := next((row for row in rows if row.covers(site, technique.name)), None))
        }
        if "" in own:
            own = {"": own[""]}
        result |= {(technique.name, site): row for site, row in own.items()}
    return result


def is_left_out(study: Study, participant_id: str, technique: str, site: str) -> bool:
    """Whether a site of a technique is left out of a participant."""
    result = left_out_of(study, participant_id)
    return (technique, "") in result or (technique, site) in result
