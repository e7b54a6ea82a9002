"""Write a small study of synthetic T1-weighted images with known bone quality scores.

Participants and their vertebrae are those of the demo study of the same seed. The label maps have
TotalSpineSeg's numbers, the canal's among them.
"""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

import numpy as np
from pydicom.uid import MRImageStorage

from bonecohort.demo.anatomy import pose_vertebrae
from bonecohort.demo.dicom import Acquisition, write_series
from bonecohort.demo.mr_spine import spine_grid, spine_models
from bonecohort.demo.share import SeriesRow, Share
from bonecohort.demo.small_study import SmallStudy, truth_path
from bonecohort.images.nifti import write_nifti
from bonecohort.images.volume import Volume
from bonecohort.techniques.vbq.phantom import render

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from bonecohort.demo.truth import DemoParticipant, Vertebra
    from bonecohort.techniques.vbq.phantom import T1Image

FOLDER = "demo_vbq"
TRUTH_PATH = truth_path(FOLDER)
LABELS = "mr_vertebrae.nii.gz"
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


def score_of(vertebra: Vertebra) -> float:
    """Return the truth of a vertebra: the signal of its marrow over that of CSF."""
    score = MEAN_SCORE + SCORE_PER_HU * (vertebra.hu - MEAN_HU)
    return round(float(np.clip(score, *SCORE_RANGE)), 3)


def vbq_of(participant: DemoParticipant) -> float:
    """Return the truth of a participant: the median of L1 to L4."""
    scores = [score_of(vertebra) for vertebra in participant.vertebrae if vertebra.level in LEVELS]
    return float(median(scores))


def draw_image(participant: DemoParticipant, seed: int) -> T1Image:
    """Draw the image of one participant."""
    poses = pose_vertebrae(participant, seed)
    affine, shape = spine_grid(poses, PIXEL_MM, SLICE_MM, SLICES)
    scores = {vertebra.level: score_of(vertebra) for vertebra in participant.vertebrae}
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
    write_nifti(folder / LABELS, drawn.labels)


def _series(cohort: Sequence[DemoParticipant]) -> Iterator[list[str]]:
    for participant in cohort:
        own = f"{FOLDER}/{participant.participant_id}"
        yield [participant.participant_id, T1.name, f"{own}/{T1.name}"]
        yield [participant.participant_id, "mr_vertebrae", f"{own}/{LABELS}"]


def _scores(participant: DemoParticipant) -> Iterator[tuple[str, str, float]]:
    for vertebra in participant.vertebrae:
        yield vertebra.level, "vbq_level", score_of(vertebra)
    yield "L1-L4", "vbq", vbq_of(participant)


def _shared_series(_participant: DemoParticipant) -> list[SeriesRow]:
    labels = SeriesRow("mr_vertebrae", LABELS, label_scheme="totalspineseg")
    return [SeriesRow(T1.name, T1.name), labels]


SHARE = Share(
    "vbq",
    range(17, 21),
    _scores,
    series=_shared_series,
    files=_write_images,
)
"""Its label map serves the participant's other MR images."""


STUDY = SmallStudy(FOLDER, CONFIG, _series, _scores, files=_write_images)


def write_vbq_study(folder: Path, participants: int, seed: int) -> None:
    """Write the study; see :meth:`~bonecohort.demo.small_study.SmallStudy.write`."""
    STUDY.write(folder, participants, seed)


if __name__ == "__main__":
    STUDY.write_as_asked("Write a synthetic study of T1-weighted images.", 8)
