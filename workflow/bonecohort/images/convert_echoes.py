"""Echoes that series.tsv lists a row an echo, to one stack: NIfTI files, or DICOM folders."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bonecohort.faults import DataFault
from bonecohort.images.convert_volume_files import convert_volume_files, nifti_files
from bonecohort.images.convert_volumes import convert_volumes
from bonecohort.images.given_echoes import GivenEcho, check_echo_of_each
from bonecohort.images.headers import lenient_reading, read_slices
from bonecohort.images.image_files import format_of
from bonecohort.images.series_sidecar import damage_hint
from bonecohort.images.sources import open_source
from bonecohort.images.stack_choice import nothing_found, of_series
from bonecohort.images.volume_index import TAGS, lacks_index
from bonecohort.images.volume_stack import is_of_stack
from bonecohort.study.paths import refuse_absent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bonecohort.images.converted import ConvertedSeries
    from bonecohort.images.slices import Slice
    from bonecohort.images.sources import SourceFile
    from bonecohort.techniques.image import Image


@dataclass(frozen=True)
class EchoRow:
    """One row of series.tsv: a file or folder, which series of it, and its echo time in ms.

    ``content`` is the digest of what it holds.
    """

    path: Path
    series_uid: str = ""
    echo_time_ms: float | None = None
    content: str = ""


def convert_echoes(
    rows: Sequence[EchoRow], image: Image, *, allow_burned_in_annotation: bool = False
) -> ConvertedSeries:
    """Convert the rows of one participant and kind to a stack of volumes sorted by echo time.

    A row's echo time counts where a header, or the JSON file beside a NIfTI file, gives none.

    Raises
    ------
    DataFault
        A row gives an echo time that is not its header's. A row has none. Two rows hold one echo.
        Or the stack could not be trusted, as in ``convert.convert_series``.
    """
    listed = [
        (row, GivenEcho(f"File {at} of {len(rows)} in series.tsv", row.echo_time_ms))
        for at, row in enumerate(rows, start=1)
    ]
    of_nifti = [_nifti_files(row, given) for row, given in listed]
    if not any(of_nifti):
        converted = _convert_dicom(listed, image, allow_burned_in_annotation)
    elif all(of_nifti):
        paths = [path for files in of_nifti for path in files]
        times = {
            path: given
            for files, (_, given) in zip(of_nifti, listed, strict=True)
            for path in files
        }
        converted = convert_volume_files(paths, image, allow_burned_in_annotation, times)
    else:
        count = sum(map(bool, of_nifti))
        raise DataFault(
            f"Of {len(rows)} echoes in series.tsv {count} {'is' if count == 1 else 'are'} NIfTI, "
            "and the others are not. List them all as NIfTI, or all as DICOM."
        )
    _check_other_contents(listed)
    return converted


def _nifti_files(row: EchoRow, given: GivenEcho) -> list[Path]:
    with given.named():
        refuse_absent(row.path)
        files = nifti_files(row.path)
        if not files and (name := format_of(row.path)):
            raise DataFault(f"The image is {name}; an echo is read from DICOM or NIfTI.")
    return files


def _check_other_contents(listed: Sequence[tuple[EchoRow, GivenEcho]]) -> None:
    """Raise a DataFault where two rows hold the same bytes: one image is no two echoes."""
    seen: dict[tuple[str, str], GivenEcho] = {}
    for row, given in listed:
        other = seen.setdefault((row.content, row.series_uid), given)
        if other is not given:
            raise DataFault(
                f"{given.called} holds the same bytes as {other.called.lower()}. Each echo has an "
                "image of its own."
            )


def _convert_dicom(
    listed: Sequence[tuple[EchoRow, GivenEcho]], image: Image, allow_drawings: bool
) -> ConvertedSeries:
    slices: list[Slice] = []
    by_row = []
    left_out: Counter[str] = Counter()
    with lenient_reading(), ExitStack() as opened:
        for row, given in listed:
            with given.named():
                files = opened.enter_context(open_source(row.path))
                own, left = _slices_of_echo(files, row, given, image)
            slices += own
            left_out += left
            indices = [plane.facts for plane in own if is_of_stack(plane, image)]
            by_row.append((given, indices))
        check_echo_of_each(by_row, image)
        try:
            return convert_volumes(slices, image, None, left_out, allow_drawings=allow_drawings)
        except DataFault as fault:
            raise DataFault(fault.reason + damage_hint(left_out)) from fault


def _slices_of_echo(
    files: list[SourceFile], row: EchoRow, given: GivenEcho, image: Image
) -> tuple[list[Slice], Counter[str]]:
    """Return the planes of one row, each with its echo time, and files left out by reason."""
    slices, left_out = read_slices(files, image)
    if not slices:
        raise DataFault(nothing_found(image, left_out))
    if row.series_uid:
        slices = of_series(slices, row.series_uid)
    return [_with_time(plane, given, image) for plane in slices], left_out


def _with_time(dicom_slice: Slice, given: GivenEcho, image: Image) -> Slice:
    if not is_of_stack(dicom_slice, image):
        return dicom_slice
    facts = given.applied(dicom_slice.facts, "EchoTime (0018,0081)")
    if lacking := lacks_index(facts, image):
        raise DataFault(
            f"An image has no {lacking} ({TAGS[lacking]}). Write echo_time_ms in its row."
        )
    return replace(dicom_slice, facts=facts)
