"""Read one reader's marks, and name the files that could not be read.

What a file is, its content says. A file that is not understood may hold marks: the levels without
marks are then not known to be normal.
"""

from __future__ import annotations

import tempfile
import zlib
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from bonecohort.annotations.dicom_files import sop_class
from bonecohort.annotations.marks.belonging import (
    called_in_folder,
    is_of_image,
    named_reports,
    without_scenes_own,
)
from bonecohort.annotations.marks.formats import (
    INSTEAD,
    Format,
    class_name,
    format_of,
    holds_no_marks,
    refusal,
    unreadable,
)
from bonecohort.annotations.marks.markup import understood
from bonecohort.annotations.marks.reading import Reading, Unread
from bonecohort.annotations.marks.reading_files import files_of_reading
from bonecohort.annotations.marks.slicer_json import MARKUPS_SUFFIX, read_markups_file
from bonecohort.annotations.system_files import is_of_the_system
from bonecohort.faults import DataFault
from bonecohort.images.archives import BAD_ZIP, check_unpacked, open_archive, refuse_repeated
from bonecohort.limits import GIB
from bonecohort.study.paths import refuse_absent

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Collection, Iterable, Sequence

    from bonecohort.annotations.marks.names import Form

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
class _With:
    """What the files of a reading are read with.

    Attributes
    ----------
    forms
        The forms of names that are understood.
    images
        File or folder of the images that an SR in pixel coordinates refers to.
    zips
        Zips within one another that are opened.
    """

    forms: Sequence[Form]
    images: Path | None
    zips: int = MOST_ZIPS


def read_reading(
    path: Path,
    forms: Sequence[Form],
    images: Path | None = None,
    listed: Collection[Path] = (),
) -> Reading:
    """Read a file of marks, or all files of a folder, at any depth and behind links.

    Parameters
    ----------
    path
        The file or folder.
    forms
        The forms of names that are understood, of every technique: a folder may serve several.
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
        return _read_folder(path, _With(forms, images), listed)
    if why := refusal(path):
        raise DataFault(why)
    kind = format_of(path)
    if kind is Format.SCENE and path.suffix.lower() != SCENE_SUFFIX:
        raise DataFault(
            f"{path.name} is a Slicer scene; call it {SCENE_SUFFIX}, or list its folder."
        )
    return _read_file(path, kind, _With(forms, images), "the DICOM SR")


def _read_folder(folder: Path, given: _With, listed: Collection[Path] = ()) -> Reading:
    result = files_of_reading(folder)
    formats = {file: format_of(file) for file in result.files}
    known = [*([] if given.images is None else [given.images]), *listed]
    files = [
        file
        for file in result.files
        if not any(is_of_image(file, formats[file], image, folder) for image in known)
    ]
    reports = named_reports(file for file in files if formats[file] is Format.DICOM)
    files, left_behind = without_scenes_own(files, formats)
    reading = Reading(
        unread=[Unread(why.split(" is ")[0], f"{why}.") for why in result.unread] + left_behind,
        skipped=result.skipped,
    )
    for file in sorted(files, key=lambda file: READ_FIRST.index(formats[file])):
        if holds_no_marks(file, given.forms):
            continue
        called = reports.get(file, "")
        try:
            reading.add(_read_in_folder(file, formats[file], given, called))
        except DataFault as fault:
            reading.unread.append(
                Unread(called_in_folder(file, formats[file], called), fault.reason)
            )
    if reading.n_read:
        return reading
    if reading.unread:
        raise DataFault(" ".join(unread.why for unread in reading.unread))
    raise DataFault(
        f"The folder of markups holds no {MARKUPS_SUFFIX} file, DICOM SR, Slicer scene (.mrml, "
        ".mrb) "
        "or OHIF CSV."
    )


def _read_in_folder(file: Path, kind: Format, given: _With, called: str) -> Reading:
    if why := refusal(file):
        raise DataFault(why)
    if kind is Format.DICOM and not called:
        raise DataFault(f"A DICOM file ({class_name(sop_class(file))}) cannot be read as marks.")
    return _read_file(file, kind, given, called)


def _read_file(file: Path, kind: Format, given: _With, called: str) -> Reading:
    reading = _read_format(file, kind, given, called)
    reading.markups = [understood(markup, given.forms) for markup in reading.markups]
    return reading


def _read_format(file: Path, kind: Format, given: _With, called: str) -> Reading:
    match kind:
        case Format.MARKUPS:
            markups = read_markups_file(file)
        case Format.SCENE:
            return _read_scene(file, given)
        case Format.ZIP:
            return _read_zip(file, given)
        case Format.DICOM:
            from bonecohort.annotations.marks.sr import read_sr  # numpy and pydicom

            markups = read_sr(file, given.forms, given.images, called)
        case Format.OHIF:
            from bonecohort.annotations.marks.ohif_csv import read_ohif_csv

            markups = read_ohif_csv(file, given.forms)
        case Format.POINTS:
            from bonecohort.annotations.marks.point_table import read_point_table

            markups = read_point_table(file, given.forms)
        case _:
            if ".json" in file.name.lower():  # one that is broken
                read_markups_file(file)
            if file.suffix.lower() == ".mrml":
                return _read_scene(file, given)
            if file.suffix.lower() == ".mrb":
                return _bundle(file, given)
            raise DataFault(f"{unreadable(file)}. {INSTEAD}")
    return Reading(markups, n_read=1)


def _read_scene(file: Path, given: _With) -> Reading:
    from bonecohort.annotations.marks.slicer_scene import drawn_elsewhere, read_scene

    markups = read_scene(file, given.forms)
    unread = [Unread(name, _not_of_lines(name, file)) for name in drawn_elsewhere(file)]
    return Reading(markups, unread, n_read=1)


def _not_of_lines(name: str, scene: Path) -> str:
    return f"{name} of the scene {scene.name} is a segmentation, and no line or curve."


def _bundle(file: Path, given: _With) -> Reading:
    from bonecohort.annotations.marks.slicer_scene import read_bundle

    return Reading(read_bundle(file, given.forms), n_read=1)


def _read_zip(file: Path, given: _With) -> Reading:
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
                return _with_strangers(file, given, archive, names)
            if given.zips == 0:
                raise DataFault(f"{called} lies in too many others to be opened.")
            check_unpacked(members, called, ZIP_BYTES)
            refuse_repeated(members, called)
            archive.extractall(temporary, members)
            return _read_unpacked(file, Path(temporary), replace(given, zips=given.zips - 1))
    except (*BAD_ZIP, EOFError, zlib.error) as error:
        if file.suffix.lower() == ".mrb":
            return _bundle(file, given)  # whose reader names it
        message = f"{called} cannot be unpacked ({type(error).__name__})."
        raise DataFault(message) from error


def _read_unpacked(file: Path, folder: Path, given: _With) -> Reading:
    try:
        reading = _read_folder(folder, given)
    except DataFault as fault:
        raise DataFault(f"In the zip {file.name}: {fault.reason}") from fault
    reading.unread = [
        Unread(f"{file.name}/{unread.file}", f"In {file.name}: {unread.why}")
        for unread in reading.unread
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


def _with_strangers(
    file: Path, given: _With, archive: zipfile.ZipFile, names: Iterable[str]
) -> Reading:
    """Read a zipped scene; what else lies in the zip may hold marks."""
    from bonecohort.annotations.marks.slicer_scene import names_in_scene

    reading = _bundle(file, given)
    for scene in [name for name in names if name.lower().endswith(".mrml")]:
        own, drawn = names_in_scene(archive.read(scene), file.name)
        folder = PurePosixPath(scene).parent
        of_scene = {str(folder / name) for name in own - drawn} | {scene}
        pictures = {str(PurePosixPath(scene).with_suffix(".png")), str(folder / f"{file.stem}.png")}
        for name in names:
            if name not in of_scene and name not in pictures:
                base_name = PurePosixPath(name).name
                why = f"{base_name} in {file.name} is no line or curve of its scene."
                reading.unread.append(Unread(f"{file.name}/{base_name}", why))
    return reading
