"""A stack of volumes: b values wherever vendors keep them, directions, repeats, echoes, faults."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest
from pydicom import dcmread, dcmwrite
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import generate_uid

from bonecohort.faults import DataFault
from bonecohort.images.convert import convert_series
from bonecohort.images.fat_suppression import fat_suppression_facts
from bonecohort.images.multiframe import frames_of
from bonecohort.images.nifti import read_nifti_volumes, write_nifti
from bonecohort.images.volume import Volume
from bonecohort.images.volume_index import frame_index
from bonecohort.study.companions import Companions
from bonecohort.techniques.image import Image
from tests.conftest import SHARED_DATA
from tests.images.diffusion_writer import (
    AXES,
    B_VALUES,
    DWI,
    SHAPE,
    VENDORS,
    add_b_value,
    enhanced,
    private,
    series,
    values,
    volume,
)

ECHOES = Image("multi_echo_gre", "multi-echo GRE", "MR", volumes=("echo time", "image part"))


def written(folder, *groups):
    folder.mkdir()
    for at, dataset in enumerate(one for group in groups for one in group):
        dcmwrite(folder / f"{(at * 7) % 997:04d}", dataset)
    return folder


def b_values(converted):
    return [one["DiffusionBValue"] for one in converted.sidecar["Volumes"]]


def stored(converted, at):
    """Return a volume as it was stored, shape (slices, rows, columns)."""
    return converted.volume.array[..., at].transpose(2, 1, 0)


@pytest.mark.parametrize("vendor", VENDORS)
def test_b_values_are_read_where_each_vendor_keeps_them(tmp_path, vendor):
    made = convert_series(written(tmp_path / "dwi", series(vendor=vendor)), DWI)
    assert b_values(made) == list(B_VALUES)
    assert made.volume.array.shape == (*SHAPE[::-1], len(B_VALUES))
    for at, b_value in enumerate(B_VALUES):
        assert np.array_equal(stored(made, at), values(b_value, at))
    assert made.sidecar["Shape"] == list(SHAPE[::-1])
    assert made.sidecar["FatSuppression"] == "yes"


def test_private_elements_that_an_archive_left_as_bytes_are_read(tmp_path):
    datasets = []
    for number, (b_value, packed) in enumerate(
        [(0, struct.pack("<f", 0)), (400, struct.pack("<f", 400)), (800, struct.pack("<f", 800))]
    ):
        own = volume(b_value, "uih", number=number, uid="1.2.3", Manufacturer="Philips")
        for one in own:
            private(one, 0x2001, "Philips Imaging DD 001", 0x03, "UN", packed)
        datasets += own
    assert b_values(convert_series(written(tmp_path / "dwi", datasets), DWI)) == list(B_VALUES)


def test_one_multi_frame_object_holds_all_volumes(tmp_path):
    uid = generate_uid()
    made = [volume(0, uid=uid)]
    made += [volume(b, "standard", axis, number=n, uid=uid)
             for n, (b, axis) in enumerate([(400, axis) for axis in AXES], start=1)]  # fmt: skip
    path = tmp_path / "all.dcm"
    dcmwrite(path, enhanced([one for group in made for one in group]))
    converted = convert_series(path, DWI)
    assert b_values(converted) == [0, 400, 400, 400]
    directions = [one.get("DiffusionGradientOrientation") for one in converted.sidecar["Volumes"]]
    assert directions[0] is None
    assert sorted(directions[1:]) == sorted(map(list, AXES))
    assert converted.sidecar["FatSuppression"] == "yes"


@pytest.mark.parametrize("vendor", ["siemens", "ge_1e9", "philips", "uih"])
@pytest.mark.parametrize("within", [False, True], ids=["in its item", "in a sequence of it"])
def test_a_multi_frame_object_may_keep_them_in_private_elements(tmp_path, vendor, within):
    datasets = [
        one
        for number, b_value in enumerate(B_VALUES)
        for one in volume(b_value, "standard", number=number, uid="1.2.3")
    ]
    whole = enhanced(datasets, echo=True)
    whole.Manufacturer = VENDORS[vendor]
    for frame, dataset in zip(whole.PerFrameFunctionalGroupsSequence, datasets, strict=True):
        holder = Dataset() if within else frame
        add_b_value(holder, vendor, int(dataset.DiffusionBValue))
        if within:
            private(frame, 0x2005, "A vendor's sequences", 0x0F, "SQ", Sequence([holder]))
    dcmwrite(tmp_path / "all.dcm", whole)
    converted = convert_series(tmp_path / "all.dcm", DWI)
    assert b_values(converted) == list(B_VALUES)
    assert np.array_equal(stored(converted, 1), values(400, 1))


def test_an_element_of_another_creator_is_no_b_value(tmp_path):
    datasets = without_all(series())
    for one in datasets:
        private(one, 0x0019, "Somebody else's", 0x0C, "IS", "400")
    with pytest.raises(DataFault, match="None of 12 images has the b value"):
        convert_series(written(tmp_path / "dwi", datasets), DWI)


@pytest.mark.parametrize("vendor", ["standard", "siemens", "ge", "philips", "uih"])
def test_directions_are_read_where_each_vendor_keeps_them(tmp_path, vendor):
    uid = generate_uid()
    weighted = [volume(800, vendor, axis, number=n, uid=uid) for n, axis in enumerate(AXES, 1)]
    made = convert_series(written(tmp_path / "dwi", volume(0, vendor, uid=uid), *weighted), DWI)
    told = [one.get("DiffusionGradientOrientation") for one in made.sidecar["Volumes"]]
    assert sorted(told[1:]) == sorted(map(list, AXES))


@pytest.mark.parametrize("vendor", ["standard", "siemens", "philips"])
def test_of_directions_and_their_trace_the_trace_counts(tmp_path, vendor):
    uid = generate_uid()
    weighted = [volume(800, vendor, axis, number=n, uid=uid) for n, axis in enumerate(AXES, 1)]
    trace = volume(800, vendor, "isotropic", number=4, uid=uid)
    made = convert_series(
        written(tmp_path / "dwi", volume(0, vendor, uid=uid), *weighted, trace), DWI
    )
    assert b_values(made) == [0, 800]
    assert np.array_equal(stored(made, 1), values(800, 4))
    assert "12 images were left out: the trace of them is there." in made.sidecar["Notes"]


def of_axis(number, at, *, packed=False):
    """Return a GE volume of an axis (3, 4, 5), without weighting (14), or combined (15)."""
    made = volume(0 if number == 14 else 800, "ge_1e9", number=at, uid="1.2.3")
    vr, value = ("UN", struct.pack("<h", number)) if packed else ("SS", number)
    for one in made:
        private(one, 0x0043, "GEMS_PARM_01", 0x30, vr, value)
    return made


def test_axes_of_ge_are_directions(tmp_path):
    parts = [of_axis(number, at) for at, number in enumerate((14, 3, 4, 5))]
    made = convert_series(written(tmp_path / "dwi", *parts), DWI)
    told = [one.get("DiffusionGradientOrientation") for one in made.sidecar["Volumes"]]
    assert told[0] is None
    assert sorted(told[1:]) == sorted(map(list, AXES))


@pytest.mark.parametrize("combined", [15, 43])
@pytest.mark.parametrize("packed", [False, True])
def test_the_combined_image_of_ge_goes_before_its_axes(tmp_path, combined, packed):
    numbers = enumerate((14, 3, 4, 5, combined))
    parts = [of_axis(number, at, packed=packed) for at, number in numbers]
    made = convert_series(written(tmp_path / "dwi", *parts), DWI)
    assert b_values(made) == [0, 800]
    assert np.array_equal(stored(made, 1), values(800, 4))


def test_a_series_of_the_trace_goes_before_the_one_it_was_made_of(tmp_path):
    raw = [volume(0, uid="1.2.3")]
    raw += [volume(800, "standard", axis, number=n, uid="1.2.3") for n, axis in enumerate(AXES, 1)]
    trace = [volume(0, uid="1.2.4", number=7), volume(800, "standard", "isotropic", uid="1.2.4")]
    made = convert_series(written(tmp_path / "dwi", *raw, *trace), DWI)
    assert b_values(made) == [0, 800]
    assert np.array_equal(stored(made, 0), values(0, 7))


def test_a_series_of_b_0_alone_is_left_out_beside_one_that_has_its_own(tmp_path):
    """It may have the opposite phase encoding, which distorts it the other way."""
    parts = series((0, 800), uid="1.2.3"), volume(0, number=8, uid="1.2.4")
    made = convert_series(written(tmp_path / "dwi", *parts), DWI)
    assert b_values(made) == [0, 800]
    assert np.array_equal(stored(made, 0), values(0))
    assert any(note.startswith("4 images were left out: they hold b 0 alone")
               for note in made.sidecar["Notes"])  # fmt: skip


def test_three_series_of_one_direction_each_are_one_acquisition(tmp_path):
    parts = []
    for number, axis in enumerate(AXES):
        uid = generate_uid()
        parts += [volume(0, uid=uid, number=number), volume(600, "standard", axis, uid=uid)]
    made = convert_series(written(tmp_path / "dwi", *parts), DWI)
    assert b_values(made) == [0, 0, 0, 600, 600, 600]


def test_each_b_value_may_be_a_series_of_its_own(tmp_path):
    parts = [volume(b_value) for b_value in B_VALUES]
    assert b_values(convert_series(written(tmp_path / "dwi", *parts), DWI)) == list(B_VALUES)


def test_repeats_stay_apart_and_copies_are_dropped(tmp_path):
    uid = generate_uid()
    parts = [volume(b, number=n, uid=uid) for n, b in enumerate((0, 600, 600))]
    made = convert_series(written(tmp_path / "dwi", *parts, parts[1]), DWI)
    assert b_values(made) == [0, 600, 600]
    assert np.array_equal(stored(made, 1), values(600, 1))
    assert np.array_equal(stored(made, 2), values(600, 2))
    assert made.sidecar["FilesNotUsed"] == {"identical duplicate": SHAPE[0]}


def test_maps_and_phases_beside_the_volumes_are_left_out(tmp_path):
    adc = volume(0, ImageType=["DERIVED", "PRIMARY", "DIFFUSION", "ADC"])
    phase = volume(400, ImageType=["ORIGINAL", "PRIMARY", "P", "DIFFUSION"])
    made = convert_series(written(tmp_path / "dwi", series(), adc, phase), DWI)
    assert b_values(made) == list(B_VALUES)


@pytest.mark.parametrize("is_one_object", [False, True])
def test_the_adc_map_is_taken_out_of_the_series_it_was_made_of(tmp_path, is_one_object):
    image = Image("adc_map", "ADC map", "MR", shows="ADC", derived=True, scale="quantity")
    adc = volume(0, number=9, uid="1.2.3", ImageType=["DERIVED", "PRIMARY", "DIFFUSION", "ADC"])
    parts = [*series(uid="1.2.3"), *adc]
    folder = written(tmp_path / "dwi", [enhanced(parts)] if is_one_object else parts)
    assert np.array_equal(convert_series(folder, image).volume.array.transpose(2, 1, 0),
                          values(0, 9))  # fmt: skip
    assert b_values(convert_series(folder, DWI)) == list(B_VALUES)


def test_philips_scales_are_taken_out(tmp_path):
    """Display scales differ between images; FP = (SV + RI / RS) / SS is one scale."""
    datasets = series(vendor="philips")
    for dataset in datasets[SHAPE[0] :]:
        private(dataset, 0x2005, "Philips MR Imaging DD 001", 0x0E, "FL", 0.5)
        dataset.RescaleSlope, dataset.RescaleIntercept = 3, 0
    for dataset in datasets[: SHAPE[0]]:
        private(dataset, 0x2005, "Philips MR Imaging DD 001", 0x0E, "FL", 0.25)
        dataset.RescaleSlope, dataset.RescaleIntercept = 1, 0
    made = convert_series(written(tmp_path / "dwi", datasets), DWI)
    assert np.allclose(stored(made, 0), values(0, 0) / 0.25)
    assert np.allclose(stored(made, 1), values(400, 1) / 0.5)


def test_what_was_written_is_read_again(tmp_path):
    made = convert_series(written(tmp_path / "dwi", series()), DWI)
    write_nifti(tmp_path / "dwi.nii.gz", made.volume)
    again = read_nifti_volumes(tmp_path / "dwi.nii.gz")
    assert np.array_equal(again.array, made.volume.array)
    assert np.allclose(again.affine_lps, made.volume.affine_lps, atol=1e-5)


def without_b(datasets, at):
    del datasets[at].DiffusionBValue
    return datasets


def with_echo(datasets, echo):
    for one in datasets:
        one.EchoTime = echo
    return datasets


FAULTS = {
    "one lacks its b value": (
        lambda: [without_b(series(), 5)],
        r"Of 12 images of the series 1 has no b value \(DiffusionBValue 0018,9087",
    ),
    "none gives a b value": (
        lambda: [volume(0, "siemens", Manufacturer="X")[:0] or list(without_all(series()))],
        r"None of 12 images has the b value",
    ),
    "a slice is missing": (
        lambda: [series()[:-1]],
        r"Images of b 800 are missing: at 1 of 4 positions",
    ),
    "an impossible b value": (
        lambda: [series((0, 10**9 + 400))],
        r"A b value is 1e\+09 s/mm²; 0 to 20000 is possible",
    ),
    "two acquisitions": (
        lambda: [series(), series()],
        r"Several series hold b 400: .*series_uid",
    ),
    "two echo times": (
        lambda: [volume(0), with_echo(volume(800), 90.0)],
        r"different echo times, 65 and 90 ms",
    ),
    "another grid": (
        lambda: [volume(0), [moved(one) for one in volume(800)]],
        r"lie on several grids: 4 of 8",
    ),
    "only maps": (
        lambda: [volume(0, ImageType=["DERIVED", "PRIMARY", "ADC"])],
        r"Every image is a map",
    ),
}  # fmt: skip


def without_all(datasets):
    for one in datasets:
        del one.DiffusionBValue
    return datasets


def moved(dataset):
    dataset.PixelSpacing = [2.5, 2.5]
    return dataset


@pytest.mark.parametrize("fault", FAULTS)
def test_what_makes_no_stack_is_refused(tmp_path, fault):
    make, told = FAULTS[fault]
    with pytest.raises(DataFault, match=told):
        convert_series(written(tmp_path / "dwi", *make()), DWI)


def test_a_series_named_in_the_table_is_taken_alone(tmp_path):
    folder = written(tmp_path / "dwi", series(uid="1.2.3"), series((0, 500), uid="1.2.4"))
    assert b_values(convert_series(folder, DWI, "1.2.4")) == [0, 500]


def nifti(folder, n=3, bval="0 400 800\n", bvec=None, name="dwi"):
    array = np.arange(6 * 5 * 4 * n, dtype=np.float32).reshape(6, 5, 4, n) + 10
    write_nifti(folder / f"{name}.nii.gz", Volume(array, np.diag([-2.0, -2.0, 4.0, 1.0])))
    if bval is not None:
        (folder / f"{name}.bval").write_text(bval)
    if bvec is not None:
        (folder / f"{name}.bvec").write_text(bvec)
    return folder / f"{name}.nii.gz", array


@pytest.mark.parametrize(
    "bval", ["0 400 800\n", "0\n400\n800\n", "\ufeff0\t400.0\t800", "0,400,800"]
)
def test_nifti_has_its_b_values_beside_it(tmp_path, bval):
    path, array = nifti(tmp_path, bval=bval)
    made = convert_series(path, DWI)
    assert b_values(made) == [0, 400, 800]
    assert np.array_equal(made.volume.array, array)
    assert "FatSuppression" not in made.sidecar


def test_nifti_volumes_are_sorted_by_b_value_with_their_directions(tmp_path):
    path, array = nifti(tmp_path, bval="800 0 800", bvec="1 0 0\n0 0 1\n0 0 0\n")
    (tmp_path / "dwi.json").write_text(json.dumps({"Modality": "MR", "ScanOptions": "PFP_FS"}))
    made = convert_series(path, DWI)
    assert b_values(made) == [0, 800, 800]
    assert made.sidecar["Volumes"][1]["DiffusionGradientOrientation"] == [0, 1, 0]
    assert np.array_equal(made.volume.array, array[..., [1, 2, 0]])
    assert made.sidecar["FatSuppression"] == "yes"


def test_nifti_maps_in_a_folder_of_stacks_are_left_out(tmp_path):
    nifti(tmp_path, n=2, bval="0 400", name="a")
    nifti(tmp_path, n=1, bval="800", name="b")
    nifti(tmp_path, n=1, bval=None, name="a_ADC")
    made = convert_series(tmp_path, DWI)
    assert b_values(made) == [0, 400, 800]
    assert made.sidecar["FilesNotUsed"] == {"a map or another part of the signal": 1}


@pytest.mark.parametrize(
    ("key", "pair", "told"),
    [
        ("PhaseEncodingDirection", ("j", "j-"), r"differ in PhaseEncodingDirection \(j, j-\)"),
        ("EchoTime", (0.06, 0.09), r"differ in EchoTime \(60 and 90 ms\)"),
        ("EchoTime", (0.06, 0.06), ""),
        ("PhaseEncodingDirection", ("j", "DOE^JANE"), ""),
    ],
)
def test_nifti_files_of_several_acquisitions_are_refused(tmp_path, key, pair, told):
    for name, b_value, given in zip("ab", ("0", "800"), pair, strict=True):
        nifti(tmp_path, n=1, bval=b_value, name=name)
        (tmp_path / f"{name}.json").write_text(json.dumps({key: given}))
    if told:
        with pytest.raises(DataFault, match=told):
            convert_series(tmp_path, DWI)
    else:
        assert b_values(convert_series(tmp_path, DWI)) == [0, 800]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"n": 2}, r"\.bval file holds 3 b values, the NIfTI image 2 volumes"),
        ({"bval": None}, r"no \.bval file beside the NIfTI image"),
        ({"bval": "0 400 DOE^JANE"}, r"holds a word that is no number"),
        ({"bval": "0 -400 800"}, r"b value is -400"),
        ({"bval": "0 nan 800"}, r"b value is nan"),
        ({"bvec": "0 0 0\n0 0 0\n"}, r"\.bvec file holds 2 rows of 3 numbers"),
    ],
)
def test_tables_that_do_not_fit_are_refused(tmp_path, options, told):
    path, _ = nifti(tmp_path, **options)
    with pytest.raises(DataFault, match=told):
        convert_series(path, DWI)


def test_the_tables_beside_an_image_are_part_of_what_its_job_reads(tmp_path):
    path, _ = nifti(tmp_path, bvec="0 0 0\n0 0 0\n0 1 1\n")
    beside = Companions().of("image", str(path))
    assert beside == [str(tmp_path / "dwi.bval"), str(tmp_path / "dwi.bvec")]


def test_other_formats_hold_no_stack(tmp_path):
    (tmp_path / "dwi.nrrd").write_bytes(b"NRRD0004\n")
    with pytest.raises(DataFault, match="The image is NRRD: a stack of volumes"):
        convert_series(tmp_path / "dwi.nrrd", DWI)


def echo_series(echo, part="M", **header):
    image_type = ["ORIGINAL", "PRIMARY", part, "ND"]
    return with_echo(without_all(volume(0, ImageType=image_type, **header)), echo)


def test_echoes_and_their_parts_are_stacked_by_the_same_means(tmp_path):
    parts = [echo_series(echo, part, uid=uid) for part, uid in (("M", "1.2.3"), ("P", "1.2.4"))
             for echo in (2.4, 1.2)]  # fmt: skip
    made = convert_series(written(tmp_path / "gre", *parts), ECHOES)
    assert [(one["EchoTime"], one["ImagePart"]) for one in made.sidecar["Volumes"]] == [
        (0.0012, "magnitude"), (0.0012, "phase"), (0.0024, "magnitude"), (0.0024, "phase"),
    ]  # fmt: skip
    assert "EchoTime" not in made.sidecar


def test_echoes_of_a_multi_frame_object_are_stacked(tmp_path):
    parts = [echo_series(echo, number=at) for at, echo in enumerate((10.0, 20.0, 30.0))]
    path = tmp_path / "t2.dcm"
    dcmwrite(path, enhanced([one for part in parts for one in part], echo=True))
    made = convert_series(path, Image("t2", "T2", "MR", volumes=("echo time",)))
    assert [one["EchoTime"] for one in made.sidecar["Volumes"]] == [0.01, 0.02, 0.03]
    assert np.array_equal(stored(made, 2), values(0, 2))


def test_a_folder_of_nifti_files_is_a_stack_of_echoes():
    folder = SHARED_DATA.parent / "modalities" / "fixtures" / "pdff" / "megre"
    if not folder.is_dir():
        pytest.skip(f"the echoes made by another program are not at {folder}")
    made = convert_series(folder, ECHOES)
    told = [(one["EchoTime"], one["ImagePart"]) for one in made.sidecar["Volumes"]]
    assert len(told) == 12
    assert told == sorted(told)
    assert {part for _, part in told} == {"magnitude", "phase"}
    magnitudes = convert_series(folder, Image("m", "m", "MR", volumes=("echo time",)))
    assert magnitudes.volume.array.shape[3] == 6
    assert np.array_equal(magnitudes.volume.array, made.volume.array[..., ::2])


@pytest.mark.parametrize("vendor", ["standard", "siemens", "ge_1e9", "philips"])
def test_b_values_of_another_writer_are_read(vendor):
    folder = SHARED_DATA.parent / "modalities" / "fixtures" / "dwi" / "dicom_b400" / vendor
    if not folder.is_dir():
        pytest.skip(f"the images made by another program are not at {folder}")
    (path,) = folder.iterdir()
    dataset = dcmread(path, stop_before_pixels=True)
    facts = frame_index(dataset, next(frames_of(dataset)), DWI)
    assert facts["DiffusionBValue"] == 400
    assert facts["DiffusionDirectionality"] == "isotropic"
    assert facts["FatSuppression"] == "no"


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ({"ScanOptions": "PFP\\FS"}, "yes"),
        ({"ScanOptions": ["PFP", "SFS"]}, "yes"),
        ({"ScanOptions": "", "SequenceName": "ep2d_diff_stir"}, "yes"),
        ({"SequenceName": "SPAIR_DWI"}, "yes"),
        ({"ScanOptions": "", "InversionTime": 180}, "yes"),
        ({"ScanOptions": "PFP", "InversionTime": 2500}, "no"),  # FLAIR
        ({"ScanOptions": "OFFSET", "SequenceName": "*ep_b400t"}, "no"),
        ({"ScanOptions": 7, "InversionTime": "soon"}, "no"),
        ({}, ""),
    ],
)
def test_fat_suppression_is_read_off_the_words_of_a_header(header, told):
    found = fat_suppression_facts(header, {}).get("FatSuppression", "")
    assert found == told
