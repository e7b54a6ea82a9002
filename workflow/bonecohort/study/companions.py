"""Files beside one that series.tsv names whose content counts as well.

They are found without parsing a file, for every row of series.tsv at every start. A job may open no
other file of the study than those of its rows and these (:mod:`bonecohort.study.inputs`). A reader
of another kind of file has its rule here.
"""

from __future__ import annotations

import html
import os
import re
from pathlib import Path
from typing import Literal
from urllib.parse import unquote

from bonecohort.limits import SCENE_BYTES

Holds = Literal["image", "marks", "other"]
"""What the files of a kind of series.tsv are."""
IMAGE_ENDINGS = (".nii.gz", ".nii", ".nrrd", ".nhdr", ".mha", ".mhd")
NIFTI_ENDINGS = (".nii.gz", ".nii")
BVAL_ENDING, BVEC_ENDING = ".bval", ".bvec"
"""Tables of the b values and directions of a NIfTI file's volumes."""
HEADER_ENDINGS = (".nhdr", ".mhd")
"""Formats whose voxels lie in another file, which the header names."""
VOXELS = re.compile(rb"^[ \t]*(?:ElementDataFile[ \t]*=|data ?file:)[ \t]*(.+?)[ \t\r]*$",
                    re.IGNORECASE | re.MULTILINE)  # fmt: skip
HEADER_BYTES = 65536
SCENE_ENDING = ".mrml"
NAMED_IN_SCENE = re.compile(rb"""\bfileName\s*=\s*(?:"([^"]*)"|'([^']*)')""")
MARK_ENDINGS = (".json", ".fcsv", ".acsv", ".csv", ".tsv", ".txt", ".xml", ".mps", ".xlsx")
"""Files beside a scene that may hold marks, of the scene or left behind."""
OTHER_FILES = (".mrb", ".zip", *MARK_ENDINGS, *IMAGE_ENDINGS, SCENE_ENDING)
"""Endings of marks that are no DICOM."""
NOT_LOOKED_INTO = ("results", "logs")
PREAMBLE_BYTES = 128
MAGIC = b"DICM"
SOP_INSTANCE_UID = re.compile(rb"\x02\x00\x03\x00UI(.)\x00([0-9.]+)", re.DOTALL)
"""In a DICOM file's meta header, which is explicit little endian always (PS3.10, 7.1)."""
META_BYTES = 1024
PIXEL_COORDINATES = re.compile(rb"SCOORD(?!3D)")
UID = re.compile(rb"[0-9]+(?:\.[0-9]+)+")


class Companions:
    """What lies beside the files of a study; each folder of DICOM files is looked through once."""

    def __init__(self) -> None:
        self._images: dict[str, dict[bytes, str]] = {}

    def of(self, holds: Holds, path: str) -> list[str]:
        """Return the files beside one that series.tsv names, in the order of their names."""
        name = path.lower()
        result: set[str] = set()
        if not os.path.isfile(path):  # noqa: PTH113 - texts
            return []
        if holds == "image" and name.endswith(IMAGE_ENDINGS):
            result.add(sidecar_path(path))
        if holds == "image" and name.endswith(NIFTI_ENDINGS):
            result |= {path_beside(path, BVAL_ENDING), path_beside(path, BVEC_ENDING)}
        if name.endswith(HEADER_ENDINGS):
            result |= _voxel_files(path)
        if name.endswith(SCENE_ENDING):
            result |= _mark_files(path)
        if holds == "marks" and not name.endswith(OTHER_FILES):
            result |= self._images_of_report(path)
        return sorted(one for one in result if os.path.isfile(one))  # noqa: PTH113

    def _images_of_report(self, path: str) -> set[str]:
        """Return the images that a DICOM SR in pixel coordinates refers to, where they lie by it.

        The report's bytes hold the UIDs; no DICOM is parsed for it.
        """
        if not _is_dicom(_first_bytes(path, META_BYTES)):
            return set()
        content = Path(path).read_bytes()
        if not PIXEL_COORDINATES.search(content):
            return set()
        folder = os.path.dirname(path)  # noqa: PTH120
        if folder not in self._images:
            self._images[folder] = _instances(folder)
        images = self._images[folder]
        referenced = (images.get(uid) for uid in set(UID.findall(content)))
        return {image for image in referenced if image and image != path}


def sidecar_path(image: str) -> str:
    """Return where the JSON file beside an image lies, if it has one."""
    return path_beside(image, ".json")


def path_beside(image: str, ending: str) -> str:
    """Return where the file beside an image lies that has its name and another ending."""
    own = next((one for one in IMAGE_ENDINGS if image.lower().endswith(one)), "")
    return f"{image.removesuffix(image[len(image) - len(own) :])}{ending}"


def inside(folder: str, name: str) -> str | None:
    """Return the path of a file that another one in a folder names; None when it is not in there.

    A name must neither be absolute nor lead out of the folder.
    """
    steps = os.path.normpath(name)
    if os.path.isabs(name) or Path(steps).parts[:1] == (os.pardir,):  # noqa: PTH117
        return None
    return os.path.join(folder, steps)  # noqa: PTH118


def _voxel_files(header: str) -> set[str]:
    names = VOXELS.findall(_first_bytes(header, HEADER_BYTES))
    folder = os.path.dirname(header)  # noqa: PTH120
    paths = (inside(folder, os.fsdecode(name)) for name in names)
    return {path for path in paths if path}


def _mark_files(scene: str) -> set[str]:
    """Return the files below a scene's folder that may be marks, of the scene or left behind.

    Those that it names count wherever they lie in there, behind links to folders too.
    """
    beside = os.path.dirname(scene)  # noqa: PTH120
    result = {path for name in _named_in(scene) if (path := inside(beside, name))}
    for folder, folders, names in os.walk(beside or os.curdir):
        folders[:] = [one for one in folders if one[0] != "." and one not in NOT_LOOKED_INTO]
        result |= {
            os.path.normpath(os.path.join(folder, name))  # noqa: PTH118
            for name in names
            if name[0] != "." and name.lower().endswith(MARK_ENDINGS)
        }
    return result


def _named_in(scene: str) -> set[str]:
    """Return the names of files of marks that a scene gives."""
    result = NAMED_IN_SCENE.findall(_first_bytes(scene, SCENE_BYTES))
    names = {unquote(html.unescape(os.fsdecode(one or other))) for one, other in result}
    return {name for name in names if name.lower().endswith(MARK_ENDINGS)}


def _instances(folder: str) -> dict[bytes, str]:
    """Return the DICOM files of a folder by their SOP instance UIDs."""
    result: dict[bytes, str] = {}
    try:
        names = sorted(os.listdir(folder or os.curdir))  # noqa: PTH208
    except PermissionError:  # its files may be read by their names alone
        return result
    for name in names:
        path = os.path.join(folder, name)  # noqa: PTH118
        if not os.path.isfile(path):  # noqa: PTH113 - nor a pipe, which would be waited for
            continue
        content = _first_bytes(path, META_BYTES)
        uid = SOP_INSTANCE_UID.search(content) if _is_dicom(content) else None
        if uid:
            result[uid[2]] = path
    return result


def _is_dicom(content: bytes) -> bool:
    return content[PREAMBLE_BYTES : PREAMBLE_BYTES + len(MAGIC)] == MAGIC


def _first_bytes(path: str, count: int) -> bytes:
    """Return the first bytes of a file; none of an unreadable one, which its job will report."""
    try:
        with Path(path).open("rb") as stream:
            return stream.read(count)
    except OSError:
        return b""
