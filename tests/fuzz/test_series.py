"""Damaged DICOM series: refused with a reason, or converted to what stands in their files."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import dcmwrite
from pydicom.uid import RLELossless

from bonecohort.faults import DataFault
from bonecohort.study.records import write_record
from tests.images import diffusion_writer, water_fat
from tests.images.kinds import convert_series
from tests.images.test_multiframe import enhanced
from tests.images.writer import ct_series, t2_series

from .damage import Damaged, changed_bytes, changes, difference
from .elements import Element, Malformed, encode, get, numbers, parse
from .profile import cases
from .reasons import SECRETS, TOKEN, check_reason

SLICES, SIZE = 6, 16
IDENTITY = {
    "PatientName": f"{TOKEN}^Jane",
    "PatientID": f"{TOKEN}1",
    "PatientBirthDate": "19410203",
    "InstitutionName": f"{TOKEN} HOSPITAL",
    "StudyDescription": f"{TOKEN} STUDY",
    "SeriesDescription": f"{TOKEN} SERIES",
    "ReferringPhysicianName": f"{TOKEN}^Doctor",
    "DeviceSerialNumber": f"{TOKEN}77",
    "ImageComments": f"{TOKEN} COMMENT",
}


def contents_of(datasets) -> list[bytes]:
    contents = []
    for number, dataset in enumerate(datasets):
        # A writer's own UID is another in every run, and the damage to it too.
        dataset.SOPInstanceUID = f"{dataset.SeriesInstanceUID}.{number}"
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
        for keyword, value in IDENTITY.items():
            setattr(dataset, keyword, value)
        stream = io.BytesIO()
        dcmwrite(stream, dataset)
        contents.append(stream.getvalue())
    return contents


def compressed(datasets):
    for dataset in datasets:
        dataset.compress(RLELossless, generate_instance_uid=False)
    return datasets


CT = contents_of(ct_series(SLICES, SIZE, SIZE, uid="1.2.826.0.1").datasets)
OTHER_CT = contents_of(ct_series(SLICES, SIZE, SIZE, offset=500, uid="1.2.826.0.2").datasets)
T2 = contents_of(t2_series(SLICES, uid="1.2.826.0.3").datasets)
RLE = contents_of(compressed(ct_series(SLICES, SIZE, SIZE, uid="1.2.826.0.4").datasets))
ENHANCED = contents_of([enhanced(ct_series(SLICES, SIZE, SIZE, uid="1.2.826.0.5"))])
MAP = contents_of(water_fat.map_with_every_scale(uid="1.2.826.0.6").datasets)
WATER_FAT = contents_of([water_fat.enhanced(water_fat.one_part_a_content(SLICES), "1.2.826.0.7")])
DIFFUSION = {
    vendor: contents_of(diffusion_writer.series((0, 600), vendor, uid="1.2.826.0.8"))
    for vendor in ("siemens", "ge_1e9", "philips", "uih")
}
ENHANCED_DIFFUSION = contents_of(
    [diffusion_writer.enhanced(diffusion_writer.series((0, 600), uid="1.2.826.0.9"))]
)
SERIES = {"ct": CT, "t2_sagittal": T2}


@dataclass
class Plane:
    """One plane as its own file declares it: LPS mm, values shape (rows, columns)."""

    position_mm: np.ndarray
    columns_step_mm: np.ndarray  # one column further
    rows_step_mm: np.ndarray  # one row further
    values: np.ndarray


def plane_in(content: bytes) -> Plane | None:
    """Read one plane from the elements by the standard's words; None where they don't hold it."""
    try:
        tree = parse(content)
        position = np.array(numbers(get(tree, 0x00200032)))
        directions = np.array(numbers(get(tree, 0x00200037)))
        spacing = numbers(get(tree, 0x00280030))
        slope, intercept = 1.0, 0.0
        if get(tree, 0x00281053):
            slope = numbers(get(tree, 0x00281053))[0]
            intercept = numbers(get(tree, 0x00281052))[0]
        rows, columns, stored_bits, signed = (
            int.from_bytes(get(tree, tag)[:2], "little")
            for tag in (0x00280010, 0x00280011, 0x00280101, 0x00280103)
        )
        kind = np.int16 if signed else np.uint16
        stored = np.frombuffer(get(tree, 0x7FE00010), kind, count=rows * columns)
        if not signed and 0 < stored_bits < 16:
            stored = stored & np.uint16((1 << stored_bits) - 1)
        row, column = directions[:3], directions[3:]
        row, column = row / np.linalg.norm(row), column / np.linalg.norm(column)
        return Plane(
            position, row * spacing[1], column * spacing[0],
            stored.reshape(rows, columns) * slope + intercept,
        )  # fmt: skip
    except (Malformed, ValueError, IndexError, UnicodeDecodeError):
        return None


UNDAMAGED = {kind: [plane_in(content) for content in SERIES[kind]] for kind in SERIES}


def matches(plane: Plane, found: Plane, drift_mm: float) -> bool:
    """Whether a plane of the volume is this plane of a file."""
    return (
        plane.values.shape == found.values.shape
        and np.allclose(plane.columns_step_mm, found.columns_step_mm, rtol=0, atol=1e-3)
        and np.allclose(plane.rows_step_mm, found.rows_step_mm, rtol=0, atol=1e-3)
        and bool(np.abs(plane.position_mm - found.position_mm).max() <= drift_mm)
        and np.allclose(plane.values, found.values, rtol=1e-5, atol=1e-3)
    )


def check_converted(converted, sources: list[Plane]) -> None:
    """Every plane of a volume is one of the files', each file's used once, in even steps."""
    array, affine = converted.volume.array, converted.volume.affine_lps
    assert np.isfinite(array).all()
    uneven = any("spacing varies" in note for note in converted.sidecar["Notes"])
    spacing_mm = float(np.linalg.norm(affine[:3, 2]))
    used: set[int] = set()
    for k in range(array.shape[2]):
        found = Plane(
            affine[:3, 3] + k * affine[:3, 2], affine[:3, 0], affine[:3, 1], array[:, :, k].T
        )
        drift_mm = (0.5 if uneven else 0.06) * spacing_mm
        fitting = [i for i, plane in enumerate(sources) if matches(plane, found, drift_mm)]
        assert fitting, f"plane {k} stands in no file"
        used.update(fitting)
    assert len(used) >= array.shape[2], "one file made several planes"


def convert(folder: Path, kind: str, n_files: int | None):
    """Return the conversion, or None when it was refused; hold either to its promises."""
    try:
        converted = convert_series(folder, kind, hold=False)
        assert converted.volume.array.size, "read while its files are there"
    except DataFault as fault:
        check_reason(fault)
        return None
    write_record(folder.parent / "record.json", converted.sidecar)
    told = json.dumps(converted.sidecar, ensure_ascii=False)
    assert not [secret for secret in SECRETS if secret in told], told
    files = converted.files
    if n_files is not None:
        assert files.used + sum(files.not_used.values()) == n_files
    assert bool(files.not_used) == any("not used" in note for note in converted.sidecar["Notes"])
    return converted


def write(folder: Path, contents: list[bytes]) -> Path:
    folder.mkdir()
    for index, content in enumerate(contents):
        (folder / f"{TOKEN}{index:03d}").write_bytes(content)
    return folder


@st.composite
def damaged_series(draw: st.DrawFn, contents: list[bytes]) -> Damaged:
    """Damage the bytes of some files, an element of one or of all, and which files there are."""
    files, story = list(contents), []
    trees: dict[int, list[Element]] = {}
    for _ in range(draw(st.integers(0, 2))):
        change, told = draw(changes(parse(contents[0])))
        last = len(files) - 1
        some = st.lists(st.integers(0, last), min_size=1, max_size=3)
        chosen = sorted(set(draw(st.just(range(len(files))) | some)))
        story.append(f"{told} in {chosen}")
        for index in chosen:
            trees[index] = change(trees.get(index) or parse(contents[index]))
    for index, tree in trees.items():
        files[index] = encode(tree)
    for _ in range(draw(st.integers(0, 2))):
        index = draw(st.integers(0, len(files) - 1))
        before, files[index] = files[index], draw(changed_bytes(files[index]))
        story.append(f"{difference(before, files[index])} in {index}")
    for _ in range(draw(st.integers(0, 1))):
        index = draw(st.integers(0, len(files) - 1))
        what = draw(st.sampled_from(["remove", "duplicate", "swap", "add"]))
        story.append(f"{what} {index}")
        match what:
            case "remove":
                del files[index]
            case "duplicate":
                files.append(files[index])
            case "swap":
                files[index] = OTHER_CT[index % SLICES]
            case "add":
                files.append(draw(st.sampled_from([*OTHER_CT, *T2, b"", b"stray", RLE[0]])))
    return Damaged(files, story)


@pytest.mark.parametrize("kind", ["ct", "t2_sagittal"])
def test_a_damaged_series_is_refused_or_is_what_its_files_hold(kind):
    @cases(350)
    @given(damaged=damaged_series(SERIES[kind]))
    def holds(damaged):
        files = damaged.contents
        with TemporaryDirectory() as name:
            converted = convert(write(Path(name) / "in", files), kind, len(files))
        if converted is not None:
            own = [plane for plane in map(plane_in, files) if plane is not None]
            check_converted(converted, own + UNDAMAGED[kind])

    holds()


@cases(60)
@given(data=st.data())
def test_changed_pixels_change_no_others(data):
    """A byte that flips within pixel data changes that voxel alone, and nothing else."""
    index = data.draw(st.integers(0, SLICES - 1))
    at = data.draw(st.integers(0, 2 * SIZE * SIZE - 1))
    content = CT[index]
    start = len(content) - 2 * SIZE * SIZE
    files = list(CT)
    flipped = bytes([content[start + at] ^ data.draw(st.integers(1, 255))])
    files[index] = content[: start + at] + flipped + content[start + at + 1 :]
    with TemporaryDirectory() as name:
        converted = convert(write(Path(name) / "in", files), "ct", SLICES)
    assert converted is not None
    truth = ct_series(SLICES, SIZE, SIZE).truth.array
    changed = np.argwhere(converted.volume.array != truth)
    row, column = divmod(at // 2, SIZE)
    assert changed.tolist() == [[column, row, index]]


@pytest.mark.parametrize("contents", [RLE, ENHANCED], ids=["compressed", "enhanced"])
def test_a_damaged_compressed_or_enhanced_series_gives_a_reason_or_a_volume(contents):
    @cases(120)
    @given(damaged=damaged_series(contents))
    def holds(damaged):
        files = damaged.contents
        with TemporaryDirectory() as name:
            converted = convert(write(Path(name) / "in", files), "ct", len(files))
        if converted is not None:
            assert np.isfinite(converted.volume.array).all()

    holds()


@pytest.mark.parametrize("kind", ["fat_fraction", "water_image"])
@pytest.mark.parametrize("contents", [MAP, WATER_FAT], ids=["map", "enhanced"])
def test_a_damaged_map_gives_a_reason_or_a_volume(contents, kind):
    @cases(80)
    @given(damaged=damaged_series(contents))
    def holds(damaged):
        files = damaged.contents
        with TemporaryDirectory() as name:
            converted = convert(write(Path(name) / "in", files), kind, len(files))
        if converted is not None:
            assert np.isfinite(converted.volume.array).all()

    holds()


@cases(120)
@given(data=st.data())
def test_a_damaged_zip_gives_a_reason_or_the_series(data):
    stream = io.BytesIO()
    method = data.draw(st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]))
    with zipfile.ZipFile(stream, "w", method) as archive:
        for index, content in enumerate(CT):
            archive.writestr(zipfile.ZipInfo(f"{TOKEN}/{index}"), content, method)
    content = stream.getvalue()
    for _ in range(data.draw(st.integers(1, 2))):
        tail = data.draw(st.booleans())  # the directory of a zip stands at its end
        cut = max(len(content) - 400, 0) if tail else 0
        content = content[:cut] + data.draw(changed_bytes(content[cut:]))
    with TemporaryDirectory() as name:
        path = Path(name) / "ct.zip"
        path.write_bytes(content)
        converted = convert(path, "ct", None)
    if converted is not None:
        check_converted(converted, UNDAMAGED["ct"])


@pytest.mark.parametrize("vendor", [*DIFFUSION, "enhanced"])
def test_a_damaged_stack_gives_a_reason_or_volumes_of_possible_b_values(vendor):
    @cases(25)
    @given(damaged=damaged_series(DIFFUSION.get(vendor, ENHANCED_DIFFUSION)))
    def holds(damaged):
        files = damaged.contents
        with TemporaryDirectory() as name:
            converted = convert(write(Path(name) / "in", files), "dwi", len(files))
        if converted is not None:
            assert np.isfinite(converted.volume.array).all()
            told = [one["DiffusionBValue"] for one in converted.sidecar["Volumes"]]
            assert len(told) == converted.volume.array.shape[3]
            assert all(0 <= b_value <= 20_000 for b_value in told)

    holds()
