"""DXA measured elsewhere: what the files of kind ``dxa`` say, per participant."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from bonecohort.cohort.collected import Collected, Flag
from bonecohort.cohort.readings_rows import only_reader, readings_files
from bonecohort.faults import DataFault
from bonecohort.study.left_out import left_out_of
from bonecohort.techniques.dxa.faults import SiteFault
from bonecohort.techniques.dxa.files import DxaFiles
from bonecohort.techniques.dxa.participant import Person, measured
from bonecohort.techniques.dxa.settings import DxaSettings

if TYPE_CHECKING:
    from pathlib import Path

    from bonecohort.study.settings import Settings
    from bonecohort.study.study import Study
    from bonecohort.techniques.dxa.reading import RegionReading

KIND, STAGE = "dxa", "dxa"
NO_VALUE = "{paths}: no BMD or T-score of a region of the spine, hip or forearm."


def files_of_study(study: Study, folder: Path) -> DxaFiles:
    """Return the files of a study, none of them read yet."""
    rows = {(row.participant_id, row.path) for row in study.series if row.kind == KIND}
    return DxaFiles(
        folder,
        study.participants,
        Counter(path for _, path in rows),
        study.settings.of(DxaSettings),
    )


def words_of_strangers(_: Settings) -> str:
    """Return what rows without a participant mean for the participants' readings: nothing."""
    return ""


def add_readings(study: Study, participant_id: str, files: DxaFiles, into: Collected) -> None:
    """Add one participant's DXA; raises DataFault where no file of it says anything."""
    readings: list[RegionReading] = []
    faults: list[SiteFault] = []
    unknown: list[str] = []
    paths = readings_files(study, participant_id, KIND)
    for path, listed in paths.items():
        try:
            read = files.of_participant(path, participant_id, only_reader(listed) or listed[0])
        except DataFault as fault:
            faults.append(SiteFault("", fault.reason))
            continue
        readings += read.readings
        faults += read.faults
        unknown += read.unknown
    if not readings and not faults:
        raise DataFault(" ".join([NO_VALUE.format(paths=", ".join(paths)), *unknown]))
    left_out = {
        site for (technique, site) in left_out_of(study, participant_id) if technique == STAGE
    }
    outcome = measured(
        readings, faults, _person(study, participant_id), left_out, study.settings.of(DxaSettings)
    )
    into.add(participant_id, outcome.measurements)
    for site, reason in outcome.faults:
        into.exclude(participant_id, site, STAGE, reason)
    flags = [*outcome.flags, *(("", f"not_read: {text}") for text in unknown)]
    for site, text in dict.fromkeys(flags):
        into.flags.append(Flag(participant_id, site, STAGE, text))


def _person(study: Study, participant_id: str) -> Person:
    participant = study.participants[participant_id]
    values = participant.values
    age = values.get("age_years")
    menopause = values.get("postmenopausal") or participant.cells.get("postmenopausal")
    return Person(
        sex=_text(values.get("sex")),
        age_years=age if isinstance(age, float) else None,
        postmenopausal=_text(menopause),
        ct_date=str(values.get("ct_date") or participant.cells.get("ct_date") or ""),
    )


def _text(value: object) -> str | None:
    return value.lower() if isinstance(value, str) else None
