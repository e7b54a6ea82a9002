"""Write a small study of synthetic echoes and T2 maps with known truth.

Participants and their vertebrae are those of the demo study of the same seed. In turn they have the
echoes of a spin echo as DICOM, the same as NIfTI files, the scanner's T2 map, and the echoes of a
gradient echo. The label maps have TotalSegmentator's numbers for MR.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
from pydicom.uid import MRImageStorage

from bonecohort.demo.anatomy import pose_vertebrae
from bonecohort.demo.dicom import Acquisition, write_series
from bonecohort.demo.mr_spine import spine_grid, spine_models
from bonecohort.demo.share import SeriesRow, Share
from bonecohort.demo.small_study import SmallStudy, truth_path
from bonecohort.images.nifti import write_nifti
from bonecohort.images.volume import Volume
from bonecohort.techniques.t2.phantom import (
    SPIN_ECHO,
    gradient_echoes,
    spin_echoes,
    tissues_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from bonecohort.demo.mr_spine import SpineTissues
    from bonecohort.demo.truth import DemoParticipant, Vertebra
    from bonecohort.images.volume import FloatArray
    from bonecohort.techniques.t2.phantom import SpineEchoes

FOLDER = "demo_t2"
TRUTH_PATH = truth_path(FOLDER)
PIXEL_MM, SLICE_MM, SLICES = 2.2, 4.0, 9
STREAM = 11
"""Distinguishes the noise of these images from that of the demo study's."""
SPIN_ECHO_MS = np.arange(12.0, 97.0, 12.0)
GRADIENT_ECHO_MS = np.arange(1.15, 10.0, 1.15)
"""In phase at each second."""
MEAN_T2, T2_PER_HU, MEAN_HU, T2_RANGE = 75.0, -0.15, 105.0, (45.0, 130.0)
"""The sparser the bone, the fatter the marrow, and the longer its T2 (ms)."""
T2STAR_AT_ZERO_HU, T2STAR_PER_HU, T2STAR_RANGE = 12.0, -0.03, (5.0, 14.0)
STORED_PER_MS = 10
"""Stored values of the T2 maps per ms; their RescaleSlope takes it out."""

SHARED: dict[str, Any] = {
    "Modality": "MR",
    "Manufacturer": "SIEMENS",
    "BodyPartExamined": "LSPINE",
    "SequenceVariant": "SK",
    "ScanOptions": "",
    "MRAcquisitionType": "2D",
    "RepetitionTime": "2000",
    "MagneticFieldStrength": "3",
    "ImagedNucleus": "1H",
}
CONFIG = (
    "# Synthetic echoes and T2 maps with known truth.\n"
    "participants: config/participants.tsv\n"
    "series: config/series.tsv\n"
    "vertebrae:\n"
    "  label_scheme: totalsegmentator_mr\n"
    f"truth: {TRUTH_PATH}\n"
    "t2:\n"
    "  pool_methods: yes\n"
    "report:\n"
    "  title: Demo study of T2 of vertebral bodies\n"
)
KINDS = ("multi_echo_gre", "multi_echo_se", "multi_echo_se", "t2_map")


def t2_of(vertebra: Vertebra) -> float:
    """Return the truth of a vertebra's T2, ms."""
    return round(float(np.clip(MEAN_T2 + T2_PER_HU * (vertebra.hu - MEAN_HU), *T2_RANGE)), 1)


def t2star_of(vertebra: Vertebra) -> float:
    """Return the truth of a vertebra's T2*, ms."""
    result = T2STAR_AT_ZERO_HU + T2STAR_PER_HU * vertebra.hu
    return round(float(np.clip(result, *T2STAR_RANGE)), 2)


def kind_of(participant: DemoParticipant) -> str:
    """Return the kind of a participant's image."""
    return KINDS[participant.number % len(KINDS)]


def _has_nifti(participant: DemoParticipant) -> bool:
    return participant.number % len(KINDS) == 2


def _tissues(participant: DemoParticipant, seed: int) -> SpineTissues:
    poses = pose_vertebrae(participant, seed)
    return tissues_of(spine_models(poses), *spine_grid(poses, PIXEL_MM, SLICE_MM, SLICES))


def _write_images(folder: Path, participant: DemoParticipant, seed: int) -> None:
    tissues = _tissues(participant, seed)
    write_nifti(folder / "mr_vertebrae.nii.gz", tissues.labels)
    _write_series(folder, tissues, participant, seed)


def _write_series(
    folder: Path, tissues: SpineTissues, participant: DemoParticipant, seed: int
) -> None:
    rng = np.random.default_rng([seed, participant.number, STREAM])
    kind = kind_of(participant)
    t2 = {vertebra.level: t2_of(vertebra) for vertebra in participant.vertebrae}
    if kind == "t2_map":
        series = [(_map(), _t2_map(tissues, t2))]
    else:
        if kind == "multi_echo_se":
            drawn, word = spin_echoes(tissues, t2, SPIN_ECHO_MS, rng), "SE"
        else:
            t2star = {vertebra.level: t2star_of(vertebra) for vertebra in participant.vertebrae}
            drawn, word = gradient_echoes(tissues, t2star, GRADIENT_ECHO_MS, rng), "GR"
        if _has_nifti(participant):
            _write_nifti_echoes(folder / kind, drawn)
            return
        volumes = np.moveaxis(drawn.stack.array, -1, 0)
        series = [
            (_echo(word, time), volume)
            for time, volume in zip(drawn.times_ms, volumes, strict=True)
        ]
    for acquisition, values in series:
        write_series(
            folder / kind / acquisition.name,
            Volume(np.rint(values).astype(np.int16), tissues.labels.affine_lps),
            acquisition,
            thickness_mm=SLICE_MM,
            participant=participant,
            seed=seed,
        )


def _t2_map(tissues: SpineTissues, t2_ms: dict[str, float]) -> FloatArray:
    values = {name: time for name, (_, time) in SPIN_ECHO.items()} | t2_ms
    return STORED_PER_MS * tissues.mixed(values)


def _map() -> Acquisition:
    own = {
        "ImageType": ["DERIVED", "PRIMARY", "M", "T2 MAP"],
        "ScanningSequence": "SE",
        "SeriesDescription": "se_mc_t2_map",
        "EchoTime": f"{SPIN_ECHO_MS[0]:g}",
        "RescaleSlope": f"{1 / STORED_PER_MS:g}",
        "RescaleIntercept": "0",
    }
    return Acquisition("t2_map", MRImageStorage, 8, SHARED | own)


def _echo(word: str, time_ms: float) -> Acquisition:
    own = {
        "ImageType": ["ORIGINAL", "PRIMARY", "M", "ND"],
        "ScanningSequence": word,
        "SeriesDescription": "se_mc" if word == "SE" else "gre_mc",
        "EchoTime": f"{time_ms:g}",
    }
    return Acquisition(f"echo_{time_ms:g}", MRImageStorage, 7, SHARED | own)


def _write_nifti_echoes(folder: Path, drawn: SpineEchoes) -> None:
    """Write a file an echo under a BIDS name, with the JSON file that dcm2niix writes."""
    for at, time_ms in enumerate(drawn.times_ms):
        stem = f"acq-mc_echo-{at + 1}_MESE"
        echo = Volume(drawn.stack.array[..., at].astype(np.float32), drawn.stack.affine_lps)
        write_nifti(folder / f"{stem}.nii.gz", echo)
        sidecar = {
            "Modality": "MR",
            "ScanningSequence": "SE",
            "EchoTime": float(time_ms) / 1000,
            "RepetitionTime": 2,
            "MagneticFieldStrength": 3,
        }
        (folder / f"{stem}.json").write_text(json.dumps(sidecar, indent=1) + "\n", "utf-8")


def _series(cohort: Sequence[DemoParticipant]) -> Iterator[list[str]]:
    for participant in cohort:
        own = f"{FOLDER}/{participant.participant_id}"
        yield [participant.participant_id, kind_of(participant), f"{own}/{kind_of(participant)}"]
        yield [participant.participant_id, "mr_vertebrae", f"{own}/mr_vertebrae.nii.gz"]


def _times(participant: DemoParticipant) -> Iterator[tuple[str, str, float]]:
    is_t2star = kind_of(participant) == "multi_echo_gre"
    for vertebra in participant.vertebrae:
        value = t2star_of(vertebra) if is_t2star else t2_of(vertebra)
        yield vertebra.level, "t2star" if is_t2star else "t2", value


def _shared_series(participant: DemoParticipant) -> list[SeriesRow]:
    return [SeriesRow(kind_of(participant), kind_of(participant))]


def _write_shared(folder: Path, participant: DemoParticipant, seed: int) -> None:
    _write_series(folder, _tissues(participant, seed), participant, seed)


SHARE = Share(
    "t2_relaxation",
    range(17, 20),
    _times,
    config={"t2": {"pool_methods": True}},
    series=_shared_series,
    files=_write_shared,
)


STUDY = SmallStudy(FOLDER, CONFIG, _series, _times, files=_write_images)


def write_t2_study(folder: Path, participants: int, seed: int) -> None:
    """Write the study; see :meth:`~bonecohort.demo.small_study.SmallStudy.write`."""
    STUDY.write(folder, participants, seed)


if __name__ == "__main__":
    STUDY.write_as_asked("Write a synthetic study of T2 of vertebral bodies.", 8)
