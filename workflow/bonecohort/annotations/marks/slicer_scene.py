"""Markups kept in a saved 3D Slicer scene: a folder with an ``.mrml``, or that zipped as ``.mrb``.

The scene says which files are its markups and what their nodes are called, which a file does not.
It also says which of them hang below a transform. Their files then hold untransformed positions.
"""

from __future__ import annotations

import re
import tempfile
import zipfile
import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote
from xml.etree import ElementTree as ET

from bonecohort.annotations.marks.markup import printable
from bonecohort.annotations.marks.names import parse_name
from bonecohort.annotations.marks.slicer_json import MARKUPS_SUFFIX, read_markups_file
from bonecohort.faults import DataFault
from bonecohort.images.archives import check_unpacked, open_archive, refuse_repeated
from bonecohort.limits import SCENE_BYTES, check_limit
from bonecohort.study.companions import inside

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bonecohort.annotations.marks.markup import Markup
    from bonecohort.annotations.marks.names import Form

SCENE_SUFFIX = ".mrml"
JSON_SUFFIX = ".json"
# What unpacking raises on a zip that is damaged, encrypted or packed by an unknown method.
BAD_ZIP = (
    EOFError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)
DRAWN = ("MarkupsLine", "MarkupsCurve", "MarkupsClosedCurve")
PAINTED = ("Segmentation", "LabelMapVolume")
"""Nodes in which a reader may have painted what is to be drawn."""
OLD_RULER = "AnnotationRuler"


@dataclass(frozen=True)
class MarkupsNode:
    """A markup of a scene: its element, its name, its file, and whether a transform moves it."""

    kind: str
    name: str
    file: Path
    transformed: bool


def read_scene(scene: Path, forms: Sequence[Form]) -> list[Markup]:
    """Read the markups of a scene file; ``forms`` are those of the names of measures.

    Raises
    ------
    DataFault
        The scene cannot be read, a file of its markups is absent, or a line or curve hangs below a
        transform. Or a markups file named like a measure lies beside the scene without being of it.
    """
    nodes = [
        node
        for node in _nodes(scene)
        if node.kind in DRAWN or node.file.name.lower().endswith(JSON_SUFFIX)
    ]
    for node in nodes:
        if node.transformed and node.kind in DRAWN:
            raise DataFault(
                f"Markup '{node.name}' of the scene {scene.name} hangs below a transform, which "
                "its file does not hold. Harden it in Slicer (Data module, right click, Harden "
                "transform) and save the scene again."
            )
        if not _is_file(node.file):
            raise DataFault(
                f"The scene {scene.name} names the file {printable(node.file.name)} of markup "
                f"'{node.name}', which is not there; save the scene with all its files."
            )
    _refuse_strays(scene, {node.file.resolve() for node in nodes}, forms)
    return [markup for node in nodes for markup in _markups_of(node)]


def read_bundle(bundle: Path, forms: Sequence[Form]) -> list[Markup]:
    """Read the markups of a zipped scene; raises as :func:`read_scene` does."""
    with tempfile.TemporaryDirectory() as temporary:
        try:
            with open_archive(bundle, f"The scene {bundle.name}") as archive:
                _refuse_names_outside(bundle, archive.namelist())
                wanted = (SCENE_SUFFIX, JSON_SUFFIX)
                members = [
                    member
                    for member in archive.infolist()
                    if member.filename.lower().endswith(wanted) and not _is_fork(member.filename)
                ]
                check_unpacked(members, f"The scene {bundle.name}", SCENE_BYTES)
                refuse_repeated(members, f"The scene {bundle.name}")
                archive.extractall(temporary, members)
        except BAD_ZIP as error:
            message = f"The scene {bundle.name} is no readable zip file: {type(error).__name__}."
            raise DataFault(message) from error
        scenes = sorted(
            path for path in Path(temporary).rglob("*") if path.suffix.lower() == SCENE_SUFFIX
        )
        if len(scenes) != 1:
            raise DataFault(f"{bundle.name} holds {len(scenes)} scenes (.mrml); one is expected.")
        return read_scene(scenes[0], forms)


def files_of_scene(scene: Path) -> set[Path]:
    """Return the files that a scene names and that hold no painted marks, and its own picture."""
    try:
        own, painted = names_in_scene(scene.read_bytes(), scene.name)
    except (DataFault, OSError):  # it is reported when the scene is read
        return set()
    named = [scene.parent / name for name in own - painted if "\0" not in name]
    return {file.resolve() for file in [*named, scene.with_suffix(".png")]}


def drawn_elsewhere(scene: Path) -> list[str]:
    """Return the names of the files of segmentations that a scene holds."""
    _, painted = names_in_scene(scene.read_bytes(), scene.name)
    return sorted(printable(Path(name).name) for name in painted)


def names_in_scene(content: bytes, called: str) -> tuple[set[str], set[str]]:
    """Return the names of all files of a scene, and of those that segmentations lie in.

    Raises
    ------
    DataFault
        The scene cannot be read.
    """
    try:
        root = ET.fromstring(content)  # noqa: S314 - expat itself limits entity expansion
    except (ET.ParseError, LookupError, ValueError) as error:
        message = f"The Slicer scene {called} could not be read: {printable(error)}."
        raise DataFault(message) from error
    files = {
        element.get("id", ""): unquote(element.get("fileName", ""))
        for element in root
        if element.get("fileName")
    }
    painted = {
        files[storage]
        for element in root
        if element.tag in PAINTED and (storage := _storage(element)) in files
    }
    return set(files.values()), painted


def _storage(element: ET.Element) -> str:
    references = dict(re.findall(r"(\w+):([^;]+)", element.get("references", "")))
    return references.get("storage") or element.get("storageNodeRef") or ""


def _is_fork(name: str) -> bool:
    parts = name.split("/")
    return "__MACOSX" in parts or parts[-1].startswith("._")


def _refuse_names_outside(bundle: Path, names: Iterable[str]) -> None:
    if any(inside(bundle.name, name) is None for name in names):
        raise DataFault(
            f"The scene {bundle.name} holds a file whose name leads out of it: save the scene "
            "again from Slicer."
        )


def _nodes(scene: Path) -> list[MarkupsNode]:
    try:
        check_limit(f"The scene {scene.name} has", scene.stat().st_size, SCENE_BYTES, "bytes")
        root = ET.parse(scene).getroot()  # noqa: S314 - expat itself limits entity expansion
    except (ET.ParseError, LookupError, OSError, ValueError) as error:  # Lookup: of the encoding
        message = f"The Slicer scene {scene.name} could not be read: {printable(error)}."
        raise DataFault(message) from error
    files = {element.get("id", ""): element.get("fileName", "") for element in root}
    nodes = []
    for element in root:
        if element.tag == OLD_RULER:
            raise DataFault(
                f"The scene {scene.name} holds rulers of Slicer 4's Annotations module, which are "
                "not read; draw them as Markups lines."
            )
        if not element.tag.startswith("Markups"):
            continue
        references = dict(re.findall(r"(\w+):([^;]+)", element.get("references", "")))
        storage = references.get("storage") or element.get("storageNodeRef") or ""
        if stored := files.get(storage):
            transform = references.get("transform") or element.get("transformNodeRef")
            file = _file_of(scene, unquote(stored))
            name = printable(element.get("name", ""))
            nodes.append(MarkupsNode(element.tag, name, file, bool(transform)))
        elif element.tag in DRAWN:
            raise DataFault(
                f"Markup '{printable(element.get('name', ''))}' of the scene {scene.name} has no "
                "file; save the scene with all its files."
            )
    return nodes


def _file_of(scene: Path, stored: str) -> Path:
    """Return the path of a file that a scene names; one elsewhere is none of the study's."""
    path = inside(str(scene.parent), stored)
    if path is None:
        raise DataFault(
            f"The scene {scene.name} names a file outside of its folder. Save the scene with all "
            "its files beside it, or as one .mrb."
        )
    return Path(path)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name longer than file systems hold
        return False


def _refuse_strays(scene: Path, known: Iterable[Path], forms: Sequence[Form]) -> None:
    """Refuse what a deleted markup left behind: whether it still counts is unknown."""
    for file in sorted(scene.parent.rglob(f"*{MARKUPS_SUFFIX}")):
        stem = file.name.removesuffix(MARKUPS_SUFFIX)
        if file.resolve() not in known and parse_name(stem, forms):
            raise DataFault(
                f"{file.name} lies beside the scene {scene.name} but is not of it. Remove the "
                "file if its markup was deleted, or save the scene with it."
            )


def _markups_of(node: MarkupsNode) -> list[Markup]:
    markups = read_markups_file(node.file)
    if len(markups) == 1 and not markups[0].name:
        return [replace(markups[0], name=node.name)]
    return markups
