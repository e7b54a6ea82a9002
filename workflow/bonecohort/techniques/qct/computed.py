"""The densities of a participant's vertebrae, from the HU that were measured or read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.cohort.collected import Flag
from bonecohort.measures.calibration import Calibration
from bonecohort.study.layout import EXCLUDED, read_record
from bonecohort.techniques.qct.means import density_means
from bonecohort.techniques.qct.settings import QctSettings
from bonecohort.techniques.qct.vbmd import class_rows, densities

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bonecohort.cohort.collected import Collected
    from bonecohort.cohort.computed import OfOthers
    from bonecohort.measures.measurement import Measurement

STAGE = "qct"
NO_HU = "No HU of this vertebra, from which its density is computed."
NO_HU_AT_ALL = "No HU of any vertebra, from which densities are computed."
USUAL_DENSITY = (0.0, 350.0)


def add_computed(given: OfOthers, into: Collected) -> None:
    """Add the densities, the class of their mean, and which vertebrae have none."""
    path = given.folder / "qct" / "calibration.json"
    if not path.is_file():  # its job failed, which is reported already
        return
    record = read_record(path)
    if record["status"] == EXCLUDED:
        return
    calibration = Calibration.of_record(record["calibration"])
    rows = [row for row in densities(given.rows, calibration) if row.site in given.sites]
    name = given.participant_id
    into.add(name, rows)
    _exclude_unmeasured(given, rows, into)
    for row in rows:
        low, high = USUAL_DENSITY
        if row.value is not None and not low <= row.value <= high:
            text = f"unusual_density: {row.value:.0f} mg/cm³"
            into.flags.append(Flag(name, row.site, STAGE, text))
    _add_class(given, calibration, rows, into)


def _exclude_unmeasured(given: OfOthers, rows: Sequence[Measurement], into: Collected) -> None:
    measured = {row.site for row in rows}
    if given.sites and not measured:
        into.exclude(given.participant_id, "", STAGE, NO_HU_AT_ALL)
        return
    for site in given.sites:
        if site not in measured:
            into.exclude(given.participant_id, site, STAGE, NO_HU)


def _add_class(
    given: OfOthers, calibration: Calibration, rows: Sequence[Measurement], into: Collected
) -> None:
    is_ha = calibration.equivalent == "HA"
    if not rows or (is_ha and not given.settings.of(QctSettings).acr_on_ha):
        return
    classes = class_rows(rows, density_means(given.settings)[0], calibration.equivalent)
    into.add(given.participant_id, classes)
    if is_ha and classes:
        into.flags.append(Flag(given.participant_id, "", STAGE, "acr_on_ha"))
