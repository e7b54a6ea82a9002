"""What the files of a reading belong to: a scene, an image, or the reader."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bonecohort.annotations.dicom_files import STRUCTURED_REPORTS, sop_class
from bonecohort.annotations.marks.formats import Format, class_name, may_hold_marks, seems_dicom
from bonecohort.annotations.marks.reading import Unread
from bonecohort.study.companions import IMAGE_ENDINGS, sidecar_path

if TYPE_CHECKING:
    from collections.abc import Iterable


def without_scenes_own(
    files: list[Path], formats: dict[Path, Format]
) -> tuple[list[Path], list[Unread]]:
    """Return the files that no scene names, which reads or needs its own itself.

    Markups below a scene's folder that are not of it are unread: whether a deleted markup's file
    still counts is unknown.
    """
    scenes = [file for file in files if formats[file] is Format.SCENE]
    if not scenes:
        return files, []
    from bonecohort.annotations.marks.slicer_scene import files_of_scene

    own: set[Path] = set()
    for scene in scenes:
        own |= files_of_scene(scene)
    others = [file for file in files if file in scenes or file.resolve() not in own]
    behind = {
        file: scene
        for scene in scenes
        for file in others
        if formats[file] is Format.MARKUPS and file.is_relative_to(scene.parent)
    }
    texts = [
        Unread(file.name, f"{file.name} lies beside the scene {scene.name} but is not of it.")
        for file, scene in behind.items()
    ]
    return [file for file in others if file not in behind], texts


def is_of_image(file: Path, kind: Format, image: Path, folder: Path) -> bool:
    """Whether a file is one listed as an image, its sidecar, or lies among its slices.

    Marks that lie among them, or are called as its sidecar, are marks nevertheless.
    """
    listed, own = image.resolve(), file.resolve()
    if image.is_dir():
        within = own.is_relative_to(listed) and not folder.resolve().is_relative_to(listed)
        return within and kind is Format.OTHER and not may_hold_marks(file)
    if own == listed:
        return True
    has_sidecar = image.name.lower().endswith(IMAGE_ENDINGS)
    is_sidecar = has_sidecar and own == Path(sidecar_path(str(image))).resolve()
    return is_sidecar and not may_hold_marks(file)


def named_reports(dicom: Iterable[Path]) -> dict[Path, str]:
    """Return what to call each DICOM SR of a folder: its file's name may identify a patient."""
    reports = [file for file in dicom if sop_class(file) in STRUCTURED_REPORTS]
    many = f" {{}} of {len(reports)}" if len(reports) > 1 else ""
    return {
        file: f"the DICOM SR{many.format(number)}" for number, file in enumerate(reports, start=1)
    }


def called_in_folder(file: Path, kind: Format, called: str) -> str:
    """Return what a fault calls a file of a folder; ``called`` is its name as a report."""
    if kind is Format.DICOM:
        return called or f"a DICOM file ({class_name(sop_class(file))})"
    return "a file that seems to be DICOM" if seems_dicom(file) else file.name
