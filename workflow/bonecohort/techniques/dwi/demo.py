"""Write a small study of synthetic diffusion images with known truth.

Participants and their vertebrae are those of the demo study of the same seed. Their images are
those of a Siemens scanner in turn as the trace at each b value, and as three directions; of every
third participant there is the scanner's ADC map instead. The label maps have TotalSegmentator's
numbers for MR.
"""

from __future__ import annotations

import argparse
import csv
import io
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import MRImageStorage

from bonecohort.demo.anatomy import pose_vertebrae
from bonecohort.demo.cohort import draw_cohort
from bonecohort.demo.dicom import Acquisition, write_series
from bonecohort.demo.mr_spine import spine_grid, spine_models
from bonecohort.demo.tables import participants_text
from bonecohort.faults import StudyFault
from bonecohort.images.nifti import write_nifti
from bonecohort.images.volume import Volume
from bonecohort.study.writing import whole_file
from bonecohort.techniques.dwi.phantom import render

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bonecohort.demo.truth import DemoParticipant, Vertebra
    from bonecohort.techniques.dwi.phantom import DiffusionImages

FOLDER = "demo_dwi"
TRUTH_PATH = f"{FOLDER}/truth.csv"
PIXEL_MM, SLICE_MM, SLICES = 2.2, 4.0, 9
STREAM = 6
"""Distinguishes the noise of these images from that of the demo study's."""
B_VALUES = (0, 400, 800)
DIRECTIONS = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
MEAN_ADC, ADC_PER_HU, MEAN_HU, ADC_RANGE = 0.45, 0.0012, 105.0, (0.2, 0.8)
"""The sparser the bone, the fatter the marrow, and the lower its ADC (10⁻³ mm²/s)."""
LEVEL_OFFSET_ADC = {"L1": 0.04, "L2": 0.02, "L3": 0.0, "L4": -0.02, "L5": -0.04}
STORED_PER_UNIT = 1000
"""Stored values of the ADC maps, 10⁻⁶ mm²/s, per 10⁻³ mm²/s."""

SHARED: dict[str, Any] = {
    "Modality": "MR",
    "Manufacturer": "SIEMENS",
    "BodyPartExamined": "LSPINE",
    "ScanningSequence": "EP",
    "SequenceVariant": "SK",
    "ScanOptions": "FS",
    "MRAcquisitionType": "2D",
    "RepetitionTime": "3500",
    "EchoTime": "65",
    "FlipAngle": "90",
    "MagneticFieldStrength": "1.5",
    "ImagedNucleus": "1H",
    "SeriesDescription": "ep2d_diff",
}
TRACE = Acquisition(
    "dwi_trace",
    MRImageStorage,
    5,
    SHARED
    | {
        "ImageType": ["DERIVED", "PRIMARY", "DIFFUSION", "TRACEW"],
        "DiffusionDirectionality": "ISOTROPIC",
    },
)
ADC_MAP = Acquisition(
    "adc_map", MRImageStorage, 6, SHARED | {"ImageType": ["DERIVED", "PRIMARY", "DIFFUSION", "ADC"]}
)

CONFIG = (
    "# Synthetic diffusion images with known truth.\n"
    "participants: config/participants.tsv\n"
    "series: config/series.tsv\n"
    "vertebrae:\n"
    "  label_scheme: totalsegmentator_mr\n"
    f"truth: {TRUTH_PATH}\n"
    "report:\n"
    "  title: Demo study of the diffusion of vertebral bodies\n"
)


def write_dwi_study(folder: Path, participants: int, seed: int) -> None:
    """Write the study: tables, DICOM series, label maps and truth.

    Parameters
    ----------
    folder
        Study folder; made when absent.
    participants
        Size of the cohort.
    seed
        Decides every number of the study, the images' noise included.

    Raises
    ------
    StudyFault
        The folder holds a study already.
    """
    if (folder / "config" / "config.yaml").exists() or (folder / FOLDER).exists():
        raise StudyFault([f"{folder} holds a study already; write the demo into another folder."])
    cohort = draw_cohort(participants, seed)
    imaged = [one for one in cohort if not one.is_excluded]
    for one in imaged:
        _write_images(folder / FOLDER / one.participant_id, one, seed)
    texts = {
        "config/config.yaml": CONFIG,
        "config/participants.tsv": participants_text(cohort),
        "config/series.tsv": _table(["participant_id", "kind", "path"], _series(imaged), "\t"),
        TRUTH_PATH: _table(["participant_id", "level", "measure", "value"], _truth(imaged), ","),
    }
    for name, text in texts.items():
        with whole_file(folder / name) as unfinished:
            unfinished.write_text(text, encoding="utf-8")


def adc_of(vertebra: Vertebra) -> float:
    """Return the truth of a vertebra's marrow, 10⁻³ mm²/s."""
    adc = MEAN_ADC + ADC_PER_HU * (vertebra.hu - MEAN_HU) + LEVEL_OFFSET_ADC[vertebra.level]
    return round(float(np.clip(adc, *ADC_RANGE)), 3)


def source_of(participant: DemoParticipant) -> str:
    """Return what a participant has: ``trace``, ``directions`` or ``map``."""
    return ("map", "trace", "directions")[participant.number % 3]


def draw_images(participant: DemoParticipant, seed: int) -> DiffusionImages:
    """Draw the images of one participant, a volume a b value; three at each where directions."""
    poses = pose_vertebrae(participant, seed)
    affine, shape = spine_grid(poses, PIXEL_MM, SLICE_MM, SLICES)
    marrow = {one.level: adc_of(one) for one in participant.vertebrae}
    rng = np.random.default_rng([seed, participant.number, STREAM])
    weighted = [b for b in B_VALUES[1:] for _ in _directions(participant)]
    return render(spine_models(poses), marrow, affine, shape, [B_VALUES[0], *weighted], rng=rng)


def _directions(participant: DemoParticipant) -> tuple[tuple[float, ...], ...]:
    """Return the directions at each b value; one without any stands for the trace."""
    return DIRECTIONS if source_of(participant) == "directions" else ((),)


def _write_images(folder: Path, participant: DemoParticipant, seed: int) -> None:
    images = draw_images(participant, seed)
    if source_of(participant) == "map":
        stored = [(ADC_MAP, "adc_map", STORED_PER_UNIT * images.adc.array)]
    else:
        acquisitions = [_weighted(B_VALUES[0], ())]
        acquisitions += [
            _weighted(b_value, direction)
            for b_value in B_VALUES[1:]
            for direction in _directions(participant)
        ]
        volumes = np.moveaxis(images.signals.array, -1, 0)
        stored = [
            (one, f"dwi/{one.name}", volume)
            for one, volume in zip(acquisitions, volumes, strict=True)
        ]
    for acquisition, place, values in stored:
        write_series(
            folder / place,
            Volume(np.rint(values).astype(np.int16), images.labels.affine_lps),
            acquisition,
            thickness_mm=SLICE_MM,
            participant=participant,
            seed=seed,
        )
    write_nifti(folder / "mr_vertebrae.nii.gz", images.labels)


def _weighted(b_value: int, direction: tuple[float, ...]) -> Acquisition:
    """Return the acquisition at a b value, of a direction or of the trace."""
    values = TRACE.values | {"DiffusionBValue": float(b_value)}
    name = f"b{b_value}"
    if direction:
        item = Dataset()
        item.DiffusionGradientOrientation = list(direction)
        name += f"_{DIRECTIONS.index(direction)}"
        values |= {
            "ImageType": ["ORIGINAL", "PRIMARY", "DIFFUSION", "NONE"],
            "DiffusionDirectionality": "DIRECTIONAL",
            "DiffusionGradientDirectionSequence": Items([item]),
        }
    elif not b_value:
        values["DiffusionDirectionality"] = "NONE"
    return replace(TRACE, name=name, values=values)


def _series(cohort: Sequence[DemoParticipant]) -> Iterator[list[str]]:
    for one in cohort:
        kind = "adc_map" if source_of(one) == "map" else "dwi"
        yield [one.participant_id, kind, f"{FOLDER}/{one.participant_id}/{kind}"]
        labels = f"{FOLDER}/{one.participant_id}/mr_vertebrae.nii.gz"
        yield [one.participant_id, "mr_vertebrae", labels]


def _truth(cohort: Sequence[DemoParticipant]) -> Iterator[list[object]]:
    for one in cohort:
        for vertebra in one.vertebrae:
            yield [one.participant_id, vertebra.level, "adc", adc_of(vertebra)]


def _table(columns: list[str], rows: Iterator[Sequence[object]], delimiter: str) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return buffer.getvalue()


def main() -> None:
    """Write the study that the command line asks for."""
    parser = argparse.ArgumentParser(description="Write a synthetic study of diffusion images.")
    parser.add_argument("folder", type=Path, help="the study folder, made when absent")
    parser.add_argument("--participants", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    write_dwi_study(asked.folder, asked.participants, asked.seed)


if __name__ == "__main__":
    main()
