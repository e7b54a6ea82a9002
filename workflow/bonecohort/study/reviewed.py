"""What of a study's measurements readers looked at, by their verdicts and exclusions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bonecohort.study.left_out import left_out_of, measured_techniques
from bonecohort.study.verdicts import REJECT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bonecohort.study.place_rows import PlaceRow
    from bonecohort.study.study import Study


@dataclass(frozen=True)
class Reviewed:
    """A site of a technique of a participant, and what the study's tables say of it.

    ``verdict`` is '' where nobody looked at it. ``row`` is the row that says so; ``is_left_out``
    says whether it is one of the table of exclusions. Such a row ``is_of_several`` where it leaves
    out more than this site of this technique.
    """

    participant_id: str
    technique: str
    site: str
    verdict: str = ""
    row: PlaceRow | None = None
    is_left_out: bool = False

    @property
    def is_of_several(self) -> bool:
        """Whether its row is of more than this site of this technique."""
        return self.row is not None and "" in (self.row.site, self.row.technique)


def reviewed_places(study: Study) -> Iterator[Reviewed]:
    """Yield every site of each technique of the included participants, in the order of work.

    Techniques with sites of their own names are read elsewhere: there is nothing to look at.
    """
    for name in study.included:
        left_out = left_out_of(study, name)
        own = study.verdicts_of(name)
        for technique in measured_techniques(study, name):
            sites = () if technique.sites.names else study.sites_of(name, technique)
            for site in sites:
                left = left_out.get((technique.name, "")) or left_out.get((technique.name, site))
                result = next(
                    (verdict for verdict in own if verdict.covers(site, technique.name)), None
                )
                if left:
                    place = Reviewed(name, technique.name, site, REJECT, left, is_left_out=True)
                elif result:
                    place = Reviewed(name, technique.name, site, result.verdict, result)
                else:
                    place = Reviewed(name, technique.name, site)
                yield place


def rejects_not_left_out(study: Study) -> Iterator[str]:
    """Yield a warning for each verdict that rejects what no row of exclusions leaves out."""
    included = set(study.included)
    for row in study.verdicts:
        if row.verdict != REJECT or row.participant_id not in included:
            continue
        left_out = left_out_of(study, row.participant_id)
        if not any(row.covers(site, technique) for technique, site in left_out):
            text = ", ".join(filter(None, (row.participant_id, row.site, row.technique)))
            yield (
                f"{study.review_path}, row {row.row_number}: {text} is rejected, but no row of "
                "exclusions leaves it out, so it counts. Save exclusions.tsv on the review page "
                "as well."
            )
