"""Calibrated CT (QCT): what is declared of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.techniques.declare import File, Kind, Measure, Method, Needs, Stage, Technique
from bonecohort.techniques.qct.means import CLASS_NAME, NAME, participant_values
from bonecohort.techniques.qct.methods import (
    ACR_CLASS,
    ACR_METHOD,
    INTERCEPT,
    MODALITY,
    R2,
    SLOPE,
    VBMD,
)
from bonecohort.techniques.qct.settings import QctSettings

if TYPE_CHECKING:
    from bonecohort.techniques.declare import AllSettings

IN_SCAN = ("qct_rods", "tissue_samples")
HU_SOURCES = ("ct", "hu_rois", "hu_table")
COLUMNS = ("scanner", "kvp", "kernel", "ct_date", "contrast_phase")
SETTINGS = ("phantom", "asynchronous", "hu_to_bmd", "tissues", "contrast", "kvp_factors")


def _is_calibrated(kinds: frozenset[str], settings: AllSettings) -> bool:
    own = settings.of(QctSettings)
    has_line = bool(own.asynchronous or own.hu_to_bmd)
    return bool(kinds.intersection(IN_SCAN)) or (has_line and bool(kinds.intersection(HU_SOURCES)))


def _has_samples(kinds: frozenset[str], _: AllSettings) -> bool:
    return bool(kinds.intersection(IN_SCAN))


TECHNIQUE = Technique(
    "qct",
    section="bmd",
    settings=QctSettings,
    doing="calibrating the CT",
    modality=MODALITY,
    kinds=(
        Kind("qct_rods", "rods of a calibration phantom", File()),
        Kind("tissue_samples", "tissue samples for calibration", File()),
    ),
    stages=(
        Stage(
            "calibrate_qct",
            "calibrate the CT",
            job="calibrate",
            makes="qct/calibration.json",
            log="qct.log",
            when=_is_calibrated,
            files=("ct", *IN_SCAN),
            after=("ct", "measure_hounsfield"),
            columns=COLUMNS,
            settings=SETTINGS,
            record="measurements",
        ),
        Stage(
            "show_qct",
            "draw the calibration",
            job="show",
            makes="qc/qct.png",
            log="qct_picture.log",
            when=_has_samples,
            files=("ct", *IN_SCAN),
            after=("ct", "measure_hounsfield", "calibrate_qct"),
            settings=("phantom", "tissues"),
            shown_by=("build_report",),
        ),
    ),
    needs=tuple(Needs(kind, HU_SOURCES) for kind in IN_SCAN),
    measures=(
        Measure(
            VBMD,
            "Volumetric BMD",
            "mg/cm3",
            range=(-300, 1500),
            direction="lower is worse",
        ),
        Measure(SLOPE, "Calibration slope", "mg/cm3/HU", decimals=4),
        Measure(INTERCEPT, "Calibration intercept", "mg/cm3", decimals=2),
        Measure(R2, "R² of the calibration", decimals=4),
        Measure(ACR_CLASS, "ACR class", decimals=0, direction="higher is worse"),
    ),
    methods=(
        Method("qct.rods.k2hpo4", "rods of K2HPO4 in the scan"),
        Method("qct.rods.ha", "rods of hydroxyapatite in the scan"),
        Method("qct.mindways.k2hpo4", "a Mindways phantom in the scan"),
        Method("qct.async.k2hpo4", "a K2HPO4 phantom scanned at another time"),
        Method("qct.async.ha", "a hydroxyapatite phantom scanned at another time"),
        Method("qct.internal.k2hpo4.afbcm", "the participant’s own tissues"),
        Method(ACR_METHOD, "classes of the ACR for quantitative CT"),
        Method(f"{ACR_METHOD}.ha", "these classes, of hydroxyapatite"),
    ),
    variables=participant_values,
    computed_from=((CLASS_NAME, (NAME,)),),
    computed="computed",
    pooling="pooling",
    flags="flags",
    report="report",
    demo="demo",
)
