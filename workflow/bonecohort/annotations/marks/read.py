"""One reader's marks: every file of a reading is read, or known to hold none, or told as unread.

What a file is, its content says. A file that is not understood may hold marks: the levels without
marks are then not known to be normal.
"""

from __future__ import annotations

import tempfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from bonecohort.annotations.dicom_files import STRUCTURED_REPORTS, sop_class
from bonecohort.annotations.marks.formats import (
    INSTEAD,
    Format,
    class_name,
    format_of,
    holds_no_marks,
    may_hold_marks,
    refusal,
    seems_dicom,
    unreadable,
)
from bonecohort.annotations.marks.reading_files import files_of_reading
from bonecohort.annotations.marks.slicer_json import MARKUPS_SUFFIX, read_markups_file
from bonecohort.annotations.system_files import is_of_the_system
from bonecohort.faults import DataFault
from bonecohort.images.archives import BAD_ZIP, check_unpacked, open_archive, refuse_repeated
from bonecohort.limits import GIB
from bonecohort.study.companions import IMAGE_ENDINGS, sidecar_path
from bonecohort.study.paths import refuse_absent

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Collection, Iterable

    from bonecohort.annotations.marks.markup import Markup

SCENE_SUFFIX = ".mrml"
"""By it the files beside a listed scene are found before its job runs."""
ZIP_BYTES = GIB
"""Bytes that a zip of marks unpacks to: with the images that they were drawn on."""
MOST_ZIPS = 2
"""Zips within one another that are opened: an upload of a download."""
OFFICE = {"xl/": "an Excel workbook", "word/": "a Word document", "ppt/": "a presentation"}
OFFICE_MARK = "[Content_Types].xml"
READ_FIRST = tuple(Format)
"""Files are read in this order of their formats, then of their names."""


@dataclass(frozen=True)
class Unread:
    """A file that was not understood: what to call it, and why as a sentence."""

    file: str
    why: str


@dataclass
class Reading:
    """Marks of a reading, files of it that are unread, and names of files that are nobody's.

    ``n_read`` counts the files that were read.
    """

    markups: list[Markup] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    n_read: int = 0

    def add(self, other: Reading) -> None:
        """Add what another part of the reading holds; a mark that a file repeats is left out."""
        known = {_identity(markup): markup.source for markup in self.markups}
        for markup in other.markups:
            identity = _identity(markup)
            if identity is not None and known.get(identity, markup.source) != markup.source:
                self.skipped.append(f"{markup.name or markup.source} (repeated)")
            else:
                self.markups.append(markup)
        self.unread += other.unread
        self.skipped += other.skipped
        self.n_read += other.n_read


def _identity(markup: Markup) -> tuple[object, ...] | None:
    name = markup.annotation_name()
    return None if name is None else (name, markup.type, markup.points_lps_mm)


def read_reading(path: Path, images: Path | None = None, listed: Collection[Path] = ()) -> Reading:
    """Read a file of marks, or all files of a folder, at any depth and behind links.

    Parameters
    ----------
    images
        File or folder of the images that an SR in pixel coordinates refers to; see
        :func:`~bonecohort.annotations.marks.sr.read_sr`. It is no mark itself.
    listed
        Other files and folders that series.tsv lists for the participant, which are none either.

    Raises
    ------
    DataFault
        When the path is missing, or nothing of it can be read.
    """
    refuse_absent(path, "The file or folder of marks")
    if path.is_dir():
        return _read_folder(path, images, MOST_ZIPS, listed)
    if why := refusal(path):
        raise DataFault(why)
    kind = format_of(path)
    if kind is Format.SCENE and path.suffix.lower() != SCENE_SUFFIX:
        raise DataFault(
            f"{path.name} is a Slicer scene; call it {SCENE_SUFFIX}, or list its folder."
        )
    return _read_file(path, kind, images, "the DICOM SR", MOST_ZIPS)


def _read_folder(
    folder: Path, images: Path | None, zips: int, listed: Collection[Path] = ()
) -> Reading:
    found = files_of_reading(folder)
    formats = {file: format_of(file) for file in found.files}
    known = [*([] if images is None else [images]), *listed]
    files = [
        file
        for file in found.files
        if not any(_is_of_image(file, formats[file], image, folder) for image in known)
    ]
    reports = _reports(file for file in files if formats[file] is Format.DICOM)
    files, left_behind = _without_scenes_own(files, formats)
    reading = Reading(
        unread=[Unread(why.split(" is ")[0], f"{why}.") for why in found.unread] + left_behind,
        skipped=found.skipped,
    )
    for file in sorted(files, key=lambda file: READ_FIRST.index(formats[file])):
        if holds_no_marks(file):
            continue
        called = reports.get(file, "")
        try:
            reading.add(_read_in_folder(file, formats[file], images, called, zips))
        except DataFault as fault:
            reading.unread.append(Unread(_called(file, formats[file], called), fault.reason))
    if reading.n_read:
        return reading
    if reading.unread:
        raise DataFault(" ".join(one.why for one in reading.unread))
    raise DataFault(
        f"The folder of markups holds no {MARKUPS_SUFFIX} file and no DICOM SR, nor a Slicer "
        "scene (.mrml, .mrb) or an OHIF CSV."
    )


def _read_in_folder(
    file: Path, kind: Format, images: Path | None, called: str, zips: int
) -> Reading:
    if why := refusal(file):
        raise DataFault(why)
    if kind is Format.DICOM and not called:
        raise DataFault(f"A DICOM file ({class_name(sop_class(file))}) cannot be read as marks.")
    return _read_file(file, kind, images, called, zips)


def _read_file(file: Path, kind: Format, images: Path | None, called: str, zips: int) -> Reading:
    match kind:
        case Format.MARKUPS:
            markups = read_markups_file(file)
        case Format.SCENE:
            return _read_scene(file)
        case Format.ZIP:
            return _read_zip(file, images, zips)
        case Format.DICOM:
            from bonecohort.annotations.marks.sr import read_sr  # numpy and pydicom

            markups = read_sr(file, images, called)
        case Format.OHIF:
            from bonecohort.annotations.marks.ohif_csv import read_ohif_csv

            markups = read_ohif_csv(file)
        case Format.POINTS:
            from bonecohort.annotations.marks.point_table import read_point_table

            markups = read_point_table(file)
        case _:
            if ".json" in file.name.lower():  # one that is broken
                read_markups_file(file)
            if file.suffix.lower() in (".mrml", ".mrb"):
                return _read_scene(file) if file.suffix.lower() == ".mrml" else _bundle(file)
            raise DataFault(f"{unreadable(file)}. {INSTEAD}")
    return Reading(markups, n_read=1)


def _read_scene(file: Path) -> Reading:
    from bonecohort.annotations.marks.slicer_scene import drawn_elsewhere, read_scene

    markups = read_scene(file)
    unread = [Unread(name, _not_of_lines(name, file)) for name in drawn_elsewhere(file)]
    return Reading(markups, unread, n_read=1)


def _not_of_lines(name: str, scene: Path) -> str:
    return f"{name} of the scene {scene.name} is a segmentation, and no line or curve."


def _bundle(file: Path) -> Reading:
    from bonecohort.annotations.marks.slicer_scene import read_bundle

    return Reading(read_bundle(file), n_read=1)


def _read_zip(file: Path, images: Path | None, zips: int) -> Reading:
    """Read a zip as the folder it unpacks to; one with a scene without its images."""
    called = f"The zip {file.name}"
    try:
        with open_archive(file, called) as archive, tempfile.TemporaryDirectory() as temporary:
            members = [
                member
                for member in archive.infolist()
                if not member.filename.endswith("/")
                and not is_of_the_system(Path(member.filename), Path(temporary), named_only=True)
            ]
            names = [member.filename for member in members]
            _refuse_office(file, names)
            if any(name.lower().endswith(".mrml") for name in names):
                return _with_strangers(file, archive, names)
            if zips == 0:
                raise DataFault(f"{called} lies in too many others to be opened.")
            check_unpacked(members, called, ZIP_BYTES)
            refuse_repeated(members, called)
            archive.extractall(temporary, members)
            return _read_unpacked(file, Path(temporary), images, zips - 1)
    except (*BAD_ZIP, EOFError, zlib.error) as error:
        if file.suffix.lower() == ".mrb":
            return _bundle(file)  # whose reader tells it
        message = f"{called} cannot be unpacked ({type(error).__name__})."
        raise DataFault(message) from error


def _read_unpacked(file: Path, folder: Path, images: Path | None, zips: int) -> Reading:
    try:
        reading = _read_folder(folder, images, zips)
    except DataFault as fault:
        raise DataFault(f"In the zip {file.name}: {fault.reason}") from fault
    reading.unread = [
        Unread(f"{file.name}/{one.file}", f"In {file.name}: {one.why}") for one in reading.unread
    ]
    return reading


def _refuse_office(file: Path, names: Iterable[str]) -> None:
    names = list(names)
    if OFFICE_MARK not in names:
        return
    what = next(
        (what for part, what in OFFICE.items() if any(name.startswith(part) for name in names)),
        "an Office document",
    )
    raise DataFault(
        f"{file.name} is {what}: list a table of readings as endplate_table or hu_table."
    )


def _with_strangers(file: Path, archive: zipfile.ZipFile, names: Iterable[str]) -> Reading:
    """Read a zipped scene; what else lies in the zip may hold marks."""
    from bonecohort.annotations.marks.slicer_scene import names_in_scene

    reading = _bundle(file)
    for scene in [name for name in names if name.lower().endswith(".mrml")]:
        own, drawn = names_in_scene(archive.read(scene), file.name)
        folder = PurePosixPath(scene).parent
        of_scene = {str(folder / name) for name in own - drawn} | {scene}
        pictures = {str(PurePosixPath(scene).with_suffix(".png")), str(folder / f"{file.stem}.png")}
        for name in names:
            if name not in of_scene and name not in pictures:
                told = PurePosixPath(name).name
                why = f"{told} in {file.name} is no line or curve of its scene."
                reading.unread.append(Unread(f"{file.name}/{told}", why))
    return reading


def _without_scenes_own(
    files: list[Path], formats: dict[Path, Format]
) -> tuple[list[Path], list[Unread]]:
    """Return the files that no scene names, which reads or needs its own itself.

    Markups below a scene's folder that are not of it are unread: nobody can tell whether a
    deleted markup's file still counts.
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
    told = [
        Unread(file.name, f"{file.name} lies beside the scene {scene.name} but is not of it.")
        for file, scene in behind.items()
    ]
    return [file for file in others if file not in behind], told


def _is_of_image(file: Path, kind: Format, image: Path, folder: Path) -> bool:
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


def _reports(dicom: Iterable[Path]) -> dict[Path, str]:
    """Return what to call each DICOM SR of a folder: its file's name may identify a patient."""
    reports = [file for file in dicom if sop_class(file) in STRUCTURED_REPORTS]
    many = f" {{}} of {len(reports)}" if len(reports) > 1 else ""
    return {
        file: f"the DICOM SR{many.format(number)}" for number, file in enumerate(reports, start=1)
    }


def _called(file: Path, kind: Format, called: str) -> str:
    if kind is Format.DICOM:
        return called or f"a DICOM file ({class_name(sop_class(file))})"
    return "a file that seems to be DICOM" if seems_dicom(file) else file.name
