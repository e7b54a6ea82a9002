"""Write a small study of synthetic T1-weighted images with known bone quality scores.

Participants and their vertebrae are those of the demo study of the same seed. The label maps have
TotalSpineSeg's numbers, the canal's among them.
"""

from __future__ import annotations

import argparse
import csv
import io
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np
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
from bonecohort.techniques.vbq.phantom import render

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bonecohort.demo.truth import DemoParticipant, Vertebra
    from bonecohort.techniques.vbq.phantom import T1Image

FOLDER = "demo_vbq"
TRUTH_PATH = f"{FOLDER}/truth.csv"
PIXEL_MM, SLICE_MM, SLICES = 1.2, 4.0, 9
STREAM = 9
"""Makes the noise of these images another than that of the demo study's."""
MEAN_SCORE, SCORE_PER_HU, MEAN_HU, SCORE_RANGE = 2.8, -0.008, 105.0, (1.6, 4.2)
"""The sparser the bone, the fatter the marrow, and the brighter on T1."""
LEVELS = ("L1", "L2", "L3", "L4")
"""Those of a participant's VBQ."""
T1 = Acquisition(
    "t1_sagittal",
    MRImageStorage,
    7,
    {
        "Modality": "MR",
        "Manufacturer": "SIEMENS",
        "BodyPartExamined": "LSPINE",
        "ImageType": ["ORIGINAL", "PRIMARY", "M", "ND"],
        "ScanningSequence": "SE",
        "SequenceVariant": "SK",
        "ScanOptions": "",
        "MRAcquisitionType": "2D",
        "RepetitionTime": "560",
        "EchoTime": "10",
        "FlipAngle": "150",
        "MagneticFieldStrength": "1.5",
        "ImagedNucleus": "1H",
        "SeriesDescription": "t1_tse_sag",
    },
)
CONFIG = (
    "# Synthetic T1-weighted images with known bone quality scores.\n"
    "participants: config/participants.tsv\n"
    "series: config/series.tsv\n"
    "vertebrae:\n"
    "  label_scheme: totalspineseg\n"
    f"truth: {TRUTH_PATH}\n"
    "report:\n"
    "  title: Demo study of vertebral bone quality scores\n"
)


def write_vbq_study(folder: Path, participants: int, seed: int) -> None:
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


def score_of(vertebra: Vertebra) -> float:
    """Return the truth of a vertebra: the signal of its marrow over that of CSF."""
    score = MEAN_SCORE + SCORE_PER_HU * (vertebra.hu - MEAN_HU)
    return round(float(np.clip(score, *SCORE_RANGE)), 3)


def vbq_of(participant: DemoParticipant) -> float:
    """Return the truth of a participant: the median of L1 to L4."""
    scores = [score_of(one) for one in participant.vertebrae if one.level in LEVELS]
    return float(median(scores))


def draw_image(participant: DemoParticipant, seed: int) -> T1Image:
    """Draw the image of one participant."""
    poses = pose_vertebrae(participant, seed)
    affine, shape = spine_grid(poses, PIXEL_MM, SLICE_MM, SLICES)
    scores = {one.level: score_of(one) for one in participant.vertebrae}
    rng = np.random.default_rng([seed, participant.number, STREAM])
    return render(spine_models(poses), scores, affine, shape, rng=rng)


def _write_images(folder: Path, participant: DemoParticipant, seed: int) -> None:
    drawn = draw_image(participant, seed)
    write_series(
        folder / T1.name,
        Volume(np.rint(drawn.image.array).astype(np.int16), drawn.image.affine_lps),
        T1,
        thickness_mm=SLICE_MM,
        participant=participant,
        seed=seed,
    )
    write_nifti(folder / "mr_vertebrae.nii.gz", drawn.labels)


def _series(cohort: Sequence[DemoParticipant]) -> Iterator[list[str]]:
    for one in cohort:
        own = f"{FOLDER}/{one.participant_id}"
        yield [one.participant_id, T1.name, f"{own}/{T1.name}"]
        yield [one.participant_id, "mr_vertebrae", f"{own}/mr_vertebrae.nii.gz"]


def _truth(cohort: Sequence[DemoParticipant]) -> Iterator[list[Any]]:
    for one in cohort:
        for vertebra in one.vertebrae:
            yield [one.participant_id, vertebra.level, "vbq_level", score_of(vertebra)]
        yield [one.participant_id, "L1-L4", "vbq", vbq_of(one)]


def _table(columns: list[str], rows: Iterator[Sequence[object]], delimiter: str) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return buffer.getvalue()


def main() -> None:
    """Write the study that the command line asks for."""
    parser = argparse.ArgumentParser(description="Write a synthetic study of T1-weighted images.")
    parser.add_argument("folder", type=Path, help="the study folder, made when absent")
    parser.add_argument("--participants", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    write_vbq_study(asked.folder, asked.participants, asked.seed)


if __name__ == "__main__":
    main()
