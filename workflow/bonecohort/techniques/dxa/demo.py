"""Write a small study of synthetic HU readings and DXA exports with known truth.

Participants and the HU of their vertebrae are those of the demo study of the same seed. Their DXA
is in tables of Hologic's APEX, in a long table as of GE Lunar's enCORE, and in FHIR bundles. The
long table has Hologic's name.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bonecohort.demo.cohort import YOUNG_BMD, YOUNG_SD_BMD
from bonecohort.demo.share import Share
from bonecohort.demo.small_study import SmallStudy, truth_path
from bonecohort.demo.tables import table_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from bonecohort.demo.truth import DemoParticipant

    TruthOf = Callable[[DemoParticipant], "DxaTruth"]

FOLDER = "demo_dxa"
TRUTH_PATH = truth_path(FOLDER)
HU, SPINE, HIP, LONG = (f"{FOLDER}/{name}.csv" for name in ("hu", "spine", "hip", "dxa"))
FORMS = 3
AREAS_CM2 = {"L1": 12.3, "L2": 13.6, "L3": 15.0, "L4": 16.8}
BMD_SHARES = {"L1": 0.94, "L2": 0.99, "L3": 1.03}
"""BMD of a vertebra by that of the spine; that of L4 makes up for the others."""
HIP_AREAS_CM2 = {"TROCH": 10.1, "INTER": 17.8, "NECK": 4.9}
HIP_SHARES = {"TROCH": 0.75, "NECK": 0.83}
REFERENCES = {
    "spine": (1.047, 0.110, "demo spine"),
    "total_hip": (0.942, 0.122, "NHANES III"),
    "femoral_neck": (0.858, 0.120, "NHANES III"),
}
"""Mean and SD in g/cm², and name."""
BMD_PER_HU, BMD_AT_0_HU = 0.0024, 0.66
SCATTER = 0.06
"""SD of the BMD of the spine about that line, g/cm²."""
STREAM = 7
"""Distinguishes these numbers from those of other demo studies."""
HIP_OF_SPINE = 0.88
PLANES = {"upper": 6.0, "middle": -8.0, "lower": 2.0}
"""HU of a plane above that of the vertebra; their sum is 0."""
LOINC_L_SPINE, LOINC_HIP_LEFT, LOINC_FEMUR_LEFT = "24966-4", "46278-8", "80954-1"
WHEN = "2024-03-05"


@dataclass(frozen=True)
class DxaTruth:
    """BMD in g/cm² of a participant's lumbar spine, total hip and femoral neck."""

    spine: float
    hip: float
    neck: float


def truth_of(participant: DemoParticipant) -> DxaTruth:
    """Return the BMD of a participant: the higher the HU, the higher it is by and large."""
    hu = sum(vertebra.hu for vertebra in participant.vertebrae) / len(participant.vertebrae)
    scatter = np.random.default_rng([participant.number, STREAM]).normal(0, SCATTER)
    return _truth_of_spine(round(BMD_AT_0_HU + BMD_PER_HU * hu + scatter, 3))


def _truth_of_spine(bmd: float) -> DxaTruth:
    hip = round(HIP_OF_SPINE * bmd, 3)
    return DxaTruth(bmd, hip, round(HIP_SHARES["NECK"] * hip, 3))


CONFIG = (
    "# Synthetic HU readings and DXA exports with known truth: does HU say what DXA says?\n"
    "participants: config/participants.tsv\n"
    "series: config/series.tsv\n"
    "bmd:\n"
    "  reference:\n"
    + "".join(
        f"    {site}: {{mean: {mean}, sd: {sd}, name: {name}}}\n"
        for site, (mean, sd, name) in REFERENCES.items()
    )
    + "analyses:\n"
    "  - table1: {by: dxa_who_class, rows: [age_years, sex, total_spine_hu]}\n"
    "  - correlation: {of: [total_spine_hu, dxa_t_score, dxa_bmd]}\n"
    "  - roc: {of: dxa_osteoporosis, predictors: [total_spine_hu]}\n"
    "report:\n"
    "  title: Demo study of HU against DXA\n"
)
SPINE_COLUMNS = [
    "PATIENT_KEY", "SCANID", "NO_REGIONS", "STARTING_REGION",
    *(f"{level}_{what}" for level in AREAS_CM2 for what in ("INCLUDED", "AREA", "BMC", "BMD")),
    "TOT_AREA", "TOT_BMC", "TOT_BMD",
]  # fmt: skip
HIP_COLUMNS = [
    "PATIENT_KEY", "SCANID",
    *(f"{part}_{what}" for part in (*HIP_AREAS_CM2, "HTOT") for what in ("AREA", "BMC", "BMD")),
]  # fmt: skip
LONG_COLUMNS = ["participant_id", "region", "bmd", "manufacturer", "scan_date"]


def _spine_row(participant: DemoParticipant, truth: DxaTruth) -> list[object]:
    parts = _parts(AREAS_CM2, BMD_SHARES, truth.spine)
    cells = [cell for part in parts for cell in (1, *part)]
    scan = f"A{participant.number:04}"
    return [participant.participant_id, scan, 4, 1, *cells, *_whole(parts)]


def _hip_row(participant: DemoParticipant, truth: DxaTruth) -> list[object]:
    parts = _parts(HIP_AREAS_CM2, HIP_SHARES, truth.hip)
    cells = [cell for part in parts for cell in part]
    return [participant.participant_id, f"B{participant.number:04}", *cells, *_whole(parts)]


def _parts(
    areas: dict[str, float], shares: dict[str, float], bmd: float
) -> list[tuple[float, float, float]]:
    """Return area in cm², BMC in g and BMD in g/cm² of regions whose BMD together is ``bmd``."""
    given = {name: share * area for name, area in areas.items() if (share := shares.get(name))}
    rest = sum(areas.values()) - sum(given.values())
    result = []
    for name, area in areas.items():
        bmc = round(bmd * given.get(name, rest), 4)
        result.append((area, bmc, round(bmc / area, 3)))
    return result


def _whole(parts: Sequence[tuple[float, float, float]]) -> tuple[float, float, float]:
    area, bmc = (sum(part[at] for part in parts) for at in (0, 1))
    return round(area, 2), round(bmc, 3), round(bmc / area, 4)


def _long_rows(participant: DemoParticipant) -> Iterator[list[object]]:
    truth = truth_of(participant)
    for region, bmd in (
        ("AP Spine L1-L4", truth.spine),
        ("Total hip", truth.hip),
        ("Femoral neck", truth.neck),
    ):
        yield [participant.participant_id, region, bmd, "Hologic", WHEN]


def _bundle(participant: DemoParticipant) -> dict[str, Any]:
    truth = truth_of(participant)
    values = (
        (LOINC_L_SPINE, truth.spine),
        (LOINC_HIP_LEFT, truth.hip),
        (LOINC_FEMUR_LEFT, truth.neck),
    )
    subject = {"reference": f"Patient/{participant.participant_id}"}
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [
            {
                "resource": {
                    "resourceType": "Observation",
                    "status": "final",
                    "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
                    "subject": subject,
                    "effectiveDateTime": WHEN,
                    "device": {"display": "Hologic Discovery"},
                    "valueQuantity": {
                        "value": bmd,
                        "unit": "g/cm2",
                        "system": "http://unitsofmeasure.org",
                        "code": "g/cm2",
                    },
                }
            }
            for code, bmd in values
        ],
    }


def _bundle_path(participant: DemoParticipant) -> str:
    return f"{FOLDER}/{participant.participant_id}.json"


def _series(cohort: Sequence[DemoParticipant]) -> Iterator[list[str]]:
    for participant in cohort:
        yield [participant.participant_id, "hu_table", HU]
        of_dxa = ([_bundle_path(participant)], [SPINE, HIP], [LONG])[participant.number % FORMS]
        for path in of_dxa:
            yield [participant.participant_id, "dxa", path]


def _hu(cohort: Sequence[DemoParticipant]) -> Iterator[list[object]]:
    for participant in cohort:
        for vertebra in participant.vertebrae:
            for plane, above in PLANES.items():
                yield [
                    participant.participant_id,
                    vertebra.level,
                    plane,
                    round(vertebra.hu + above, 1),
                ]


def _truth(participant: DemoParticipant) -> Iterator[tuple[str, str, float]]:
    return _truth_rows(truth_of(participant), REFERENCES)


def _truth_rows(
    truth: DxaTruth, references: Mapping[str, tuple[float, float, str]]
) -> Iterator[tuple[str, str, float]]:
    for key, site, bmd in (
        ("spine", "L1-L4", truth.spine),
        ("total_hip", "total_hip", truth.hip),
        ("femoral_neck", "femoral_neck", truth.neck),
    ):
        mean, sd, _ = references[key]
        yield site, "bmd", bmd
        yield site, "t_score", round((bmd - mean) / sd, 6)


def _texts(cohort: Sequence[DemoParticipant]) -> dict[str, str]:
    by_form = [
        [participant for participant in cohort if participant.number % FORMS == form]
        for form in range(FORMS)
    ]
    long = (row for participant in by_form[2] for row in _long_rows(participant))
    return {
        HU: table_text(["participant_id", "level", "plane", "hu"], _hu(cohort), ","),
        SPINE: _spine_table(by_form[1], truth_of),
        HIP: _hip_table(by_form[1], truth_of),
        LONG: table_text(LONG_COLUMNS, long, ","),
        **{
            _bundle_path(participant): json.dumps(_bundle(participant), indent=1)
            for participant in by_form[0]
        },
    }


def _spine_table(cohort: Sequence[DemoParticipant], truth: TruthOf) -> str:
    return table_text(
        SPINE_COLUMNS, (_spine_row(participant, truth(participant)) for participant in cohort), ","
    )


def _hip_table(cohort: Sequence[DemoParticipant], truth: TruthOf) -> str:
    return table_text(
        HIP_COLUMNS, (_hip_row(participant, truth(participant)) for participant in cohort), ","
    )


def shared_truth_of(participant: DemoParticipant) -> DxaTruth:
    """Return the BMD of a participant of the demo study, whose spine's participants.tsv holds."""
    return _truth_of_spine(participant.bmd_g_cm2)


SHARED_REFERENCES = REFERENCES | {"spine": (YOUNG_BMD, YOUNG_SD_BMD, "demo spine")}


def _shared_truth(participant: DemoParticipant) -> Iterator[tuple[str, str, float]]:
    return _truth_rows(shared_truth_of(participant), SHARED_REFERENCES)


def _shared_tables(cohort: Sequence[DemoParticipant]) -> dict[str, str]:
    return {
        "spine.csv": _spine_table(cohort, shared_truth_of),
        "hip.csv": _hip_table(cohort, shared_truth_of),
    }


SHARE = Share(
    "dxa",
    range(13, 25),
    _shared_truth,
    config={
        "bmd": {
            "reference": {
                site: {"mean": mean, "sd": sd, "name": name}
                for site, (mean, sd, name) in SHARED_REFERENCES.items()
            }
        }
    },
    shared=[("dxa", "spine.csv"), ("dxa", "hip.csv")],
    texts=_shared_tables,
)
STUDY = SmallStudy(FOLDER, CONFIG, _series, _truth, texts=_texts)


def write_dxa_study(folder: Path, participants: int, seed: int) -> None:
    """Write the study; see :meth:`~bonecohort.demo.small_study.SmallStudy.write`."""
    STUDY.write(folder, participants, seed)


if __name__ == "__main__":
    STUDY.write_as_asked("Write a synthetic study of HU against DXA.", 40)
