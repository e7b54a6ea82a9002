"""The images that the coordinates of a DICOM SR refer to: where they lie, of which series."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bonecohort.annotations.dicom_files import instance_uid_of, is_dicom, open_dicom
from bonecohort.images.grid import uid_digest
from bonecohort.images.multiframe import frames_of
from bonecohort.study.folders import entries_below
from bonecohort.study.given import is_given

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydicom.dataset import Dataset

    from bonecohort.images.slices import Place

EVIDENCE = ("CurrentRequestedProcedureEvidenceSequence", "PertinentOtherEvidenceSequence")


def references_of(graphic: Dataset) -> list[Dataset]:
    """Return the references to images that a graphic was selected from."""
    return [
        reference
        for child in graphic.get("ContentSequence") or ()
        for reference in child.get("ReferencedSOPSequence") or ()
    ]


@dataclass(frozen=True)
class ReferencedImage:
    """Where each frame of an image lies; digests of its frame of reference and series UIDs."""

    frames: list[Place | None]
    frame_of_reference: str
    series: str


class ImageFinder:
    """The images that are there; the files are searched once, at the first request."""

    def __init__(self, images: Path | None, beside: Path, report: Dataset) -> None:
        self._images = images
        self._beside = beside
        self._files: dict[str, Path] | None = None
        self._series = _series_by_instance(report)

    def find(self, instance_uid: str) -> ReferencedImage | None:
        """Return an image by its SOP instance; None when it is not there."""
        if self._files is None:
            self._files = {instance_uid_of(file): file for file in self._dicom_files()}
        file = self._files.get(instance_uid)
        if file is None:
            return None
        dataset = open_dicom(file, pixels=False)
        return ReferencedImage(
            [frame.place for frame in frames_of(dataset)],
            uid_digest(dataset.get("FrameOfReferenceUID")),
            uid_digest(dataset.get("SeriesInstanceUID")),
        )

    def series_of(self, references: list[Dataset]) -> frozenset[str]:
        """Return digests of the series that the report's evidence lists instances under."""
        instances = (str(one.get("ReferencedSOPInstanceUID") or "") for one in references)
        return frozenset(self._series[name] for name in instances if name in self._series)

    def _dicom_files(self) -> Iterator[Path]:
        yield from filter(is_dicom, filter(is_given, sorted(self._beside.parent.iterdir())))
        if self._images is not None:
            folder = self._images.is_dir()
            result = entries_below(str(self._images)) if folder else ()
            files = [Path(entry.path) for entry in result] if folder else [self._images]
            yield from filter(is_dicom, files)


def _series_by_instance(report: Dataset) -> dict[str, str]:
    """Return SOP instance UID → digest of its series, of a report's evidence (PS3.3, C.17.2)."""
    return {
        str(instance.get("ReferencedSOPInstanceUID") or ""): digest
        for evidence in EVIDENCE
        for study in report.get(evidence) or ()
        for series in study.get("ReferencedSeriesSequence") or ()
        if (digest := uid_digest(series.get("SeriesInstanceUID")))
        for instance in series.get("ReferencedSOPSequence") or ()
    }
