"""Echoes as scanners and converters write them: the truth in the rows, or a reason for none."""

from __future__ import annotations

import json

import numpy as np
import pytest
from pydicom import dcmwrite
from pydicom.uid import generate_uid

from bonecohort.faults import DataFault
from bonecohort.images.convert import convert_series
from bonecohort.images.nifti import read_nifti_volumes, write_nifti
from bonecohort.images.volume import Volume
from bonecohort.measures.mr.water_fat.signal import LIVER
from bonecohort.measures.mr.water_fat.voxel_fit import fit_voxels
from bonecohort.techniques.fat_fraction.echoes import (
    complex_signals,
    echo_times_and_field,
    parts_by_time,
    radians_per_step,
)
from bonecohort.techniques.fat_fraction.jobs import fit, measure, show
from bonecohort.techniques.registry import images
from tests.images.diffusion_writer import enhanced
from tests.images.writer import SAGITTAL, Series, set_pixels
from tests.measures.mr.echoes import AT_3T, TIMES_MS, echo, with_noise
from tests.techniques.fat_fraction.conftest import LEVELS, PDFF, R2STAR

KIND = "multi_echo_gre"
ECHOES = images()[KIND]
FACTS = {"ImagingFrequency": AT_3T, "FlipAngle": 4}


@pytest.fixture(scope="module")
def signals(spine):
    """Return the spine's echoes of an SNR near 60, by the water and fat of each voxel."""
    i, j, k = np.indices(spine.water.array.shape)
    field = 60 * np.sin(i / 30) + 0.4 * j - 3 * k
    density = spine.water.array + spine.fat.array
    by_time = []
    for time in TIMES_MS:
        water, fat = (echo(time, percent, 0, 0, AT_3T) for percent in (0, 100))
        turned = np.exp(2j * np.pi * field * time / 1000 - spine.r2star.array * time / 1000)
        by_time.append((spine.water.array * water + spine.fat.array * fat) * turned)
    assert density.max() > 900
    return with_noise(np.stack(by_time, axis=-1), 12.0, 6)


def parts(signals, unit=1.0):
    """Return magnitude and phase volumes, and what distinguishes them."""
    arrays, volumes = [], []
    for at, time in enumerate(TIMES_MS):
        one = signals[..., at]
        arrays += [np.abs(one), np.angle(one) * unit]
        volumes += [{"EchoTime": time / 1000, "ImagePart": part} for part in ("magnitude", "phase")]
    return np.stack(arrays, axis=-1), volumes


@pytest.fixture
def results(tmp_path):
    return tmp_path / "results"


def put(results, array, volumes, affine, **sidecar):
    folder = results / "participants" / "P1"
    folder.mkdir(parents=True, exist_ok=True)
    write_nifti(folder / f"{KIND}.nii.gz", Volume(array, affine))
    told = {"status": "converted", "reason": "", "Volumes": volumes} | FACTS | sidecar
    told = {name: value for name, value in told.items() if value is not None}
    (folder / f"{KIND}.json").write_text(json.dumps(told))


def measured(spine, results, kinds=(KIND,), *, shown=False, settings=None):
    """Run the jobs; return the records by level."""
    labels = results / "labels.nii.gz"
    write_nifti(labels, spine.labels)
    files = {kind: [{"path": kind}] for kind in kinds}
    files["mr_vertebrae"] = [{"path": str(labels), "label_scheme": "totalsegmentator_mr"}]
    task = {"participant_id": "P1", "sites": LEVELS, "settings": settings or {}, "files": files}
    fit.run(task, results)
    measure.run(task, results)
    if shown:
        show.run(task, results)
    folder = results / "participants" / "P1" / "fat_fraction"
    return {level: json.loads((folder / f"{level}.json").read_text()) for level in LEVELS}


def values(record):
    return {(row["measure"], row["method"]): row["value"] for row in record["measurements"]}


@pytest.mark.parametrize("reverse", [False, True], ids=["as scanned", "phase reversed"])
def test_echoes_give_the_true_fat_fraction_and_r2star(spine, signals, results, reverse):
    own = signals.conj() if reverse else signals
    put(results, *parts(own), spine.water.affine_lps)
    for level, record in measured(spine, results, shown=True).items():
        found = values(record)
        assert (record["status"], record["flags"]) == ("measured", [])
        assert found["pdff", "pdff.complex.v1"] == pytest.approx(PDFF[level], abs=0.5)
        assert found["r2star", "r2star.complex.v1"] == pytest.approx(R2STAR[level], abs=3)
    folder = results / "participants/P1"
    assert (
        json.loads((folder / "fat_fraction/echoes.json").read_text())["phase_reversed"] is reverse
    )
    maps = read_nifti_volumes(folder / "fat_fraction/echoes.nii.gz")
    assert maps.array.shape == (*spine.water.array.shape, 3)
    assert np.allclose(maps.affine_lps, spine.water.affine_lps)
    assert (folder / "qc/fat_fraction.png").is_file()


def test_a_map_goes_before_echoes_and_these_before_a_pair(spine, signals, results):
    affine = spine.water.affine_lps
    put(results, *parts(signals), affine)
    folder = results / "participants" / "P1"
    shifted = {"fat_fraction": spine.percent.array + 5, "water_image": spine.water.array,
               "fat_image": 1.5 * spine.fat.array}  # fmt: skip
    for kind, array in shifted.items():
        write_nifti(folder / f"{kind}.nii.gz", Volume(array, affine))
        (folder / f"{kind}.json").write_text(json.dumps({"status": "converted"} | FACTS))
    with_map = measured(spine, results, (KIND, "fat_fraction"))["L2"]
    assert values(with_map)["pdff", "pdff.vendor_map.v1"] == pytest.approx(PDFF["L2"] + 5, abs=0.5)
    assert [flag[:21] for flag in with_map["flags"]] == ["two_sources_differ: -"]
    with_pair = measured(spine, results, (KIND, "water_image", "fat_image"))["L2"]
    assert values(with_pair)["pdff", "pdff.complex.v1"] == pytest.approx(PDFF["L2"], abs=0.5)
    assert [flag[:21] for flag in with_pair["flags"]] == ["two_sources_differ: +"]


def test_read_outs_of_alternating_polarity_give_the_truth_and_a_flag(spine, signals, results):
    rad = 0.5 + np.linspace(-0.4, 0.4, signals.shape[1])[:, None, None]
    bipolar = np.where(np.arange(6) % 2, signals * np.exp(1j * rad), signals)
    put(results, *parts(bipolar), spine.water.affine_lps)
    for level, record in measured(spine, results).items():
        found = values(record)
        assert [flag[:11] for flag in record["flags"]] == ["bipolar: 0."]
        assert found["pdff", "pdff.complex.v1"] == pytest.approx(PDFF[level], abs=0.7)
        assert found["r2star", "r2star.complex.v1"] == pytest.approx(R2STAR[level], abs=3)


REFUSALS = {
    "three echoes": (lambda a, v: (a[..., :6], v[:6], {}), "has 3 echo times; at least 4 are"),
    "phases alone": (
        lambda a, v: (a[..., 1::2], v[1::2], {}),
        r"the echo at 1\.15 ms there is phase alone\. Every echo needs the same parts: magnitude",
    ),
    "three magnitudes": (
        lambda a, v: (a[..., :6:2], v[:6:2], {}),
        "has 3 echo times; at least 4 are",
    ),
    "a negative magnitude": (
        lambda a, v: (a[..., ::2] - 1000, v[::2], {}),
        r"A magnitude is -\d+(\.\d+)?; 0 or more is possible",
    ),
    "a phase is missing": (
        lambda a, v: (np.delete(a, 5, axis=-1), [*v[:5], *v[6:]], {}),
        r"the echo at 3\.15 ms there is magnitude alone",
    ),
    "a part is there twice": (
        lambda a, v: (np.concatenate([a, a[..., :1]], axis=-1), [*v, v[0]], {}),
        r"Several volumes hold the magnitude of the echo at 1\.15 ms",
    ),
    "echo times in ms": (
        lambda a, v: (a, [one | {"EchoTime": 1000 * one["EchoTime"]} for one in v], {}),
        "echo times run from 1150 to 6150 ms",
    ),
    "echo times of two acquisitions": (
        lambda a, v: (a, [one | {"EchoTime": 0.003 + one["EchoTime"] / 100} for one in v], {}),
        r"Two echo times are 0\.01 ms apart",
    ),
    "no field": (lambda a, v: (a, v, {"ImagingFrequency": None}), "Neither .0018,0084. Imaging"),
    "frequency in Hz": (lambda a, v: (a, v, {"ImagingFrequency": 1.2e8}), r"is 1\.2e\+08 MHz"),
    "unwrapped phases": (
        lambda a, v: (np.where(np.arange(12) % 2, 1.4 * a, a), v, {}),
        r"phases run from -4\.\d+ to 4\.\d+, a range of 8\.\d+\. The range of a full turn",
    ),
    "phases of noise": (
        lambda a, v: (np.where(np.arange(12) % 2, noise(a), a), v, {}),
        r"The sign of the phase is not determined: the residual is \d+\.\d% with it",
    ),
    "a value that is no number": (
        lambda a, v: (np.where(np.arange(12) == 3, np.nan, a), v, {}),
        "Some values of the echoes are no numbers",
    ),
}


def noise(array):
    return np.random.default_rng(2).uniform(-np.pi, np.pi, array.shape)


@pytest.mark.parametrize("fault", REFUSALS)
def test_what_cannot_be_fitted_gives_no_row_and_one_reason(spine, signals, results, fault):
    change, told = REFUSALS[fault]
    array, volumes, sidecar = change(*parts(signals))
    put(results, array, volumes, spine.water.affine_lps, **sidecar)
    for record in measured(spine, results).values():
        assert record["status"] == "excluded"
        assert record["measurements"] == []
        with pytest.raises(DataFault, match=told):
            raise DataFault(record["reason"])


def test_maps_of_an_earlier_fit_are_taken_away_with_a_refusal(spine, signals, results):
    path = results / "participants/P1/fat_fraction/echoes.nii.gz"
    path.parent.mkdir(parents=True)
    write_nifti(path, spine.percent)
    put(results, *parts(signals), spine.water.affine_lps, ImagingFrequency=None)
    measured(spine, results)
    assert not path.exists()


def test_a_stack_that_was_not_converted_has_its_reason(spine, results):
    folder = results / "participants" / "P1"
    folder.mkdir(parents=True)
    refused = {"status": "excluded", "reason": "None of 12 images gives the echo time."}
    (folder / f"{KIND}.json").write_text(json.dumps(refused))
    (reason,) = {one["reason"] for one in measured(spine, results).values()}
    assert reason == refused["reason"]


def test_a_large_flip_angle_and_a_poor_fit_are_flagged(spine, signals, results):
    """The fourth echo is weaker than it should be."""
    worse = signals * np.where(np.arange(6) == 3, 0.85, 1)
    put(results, *parts(worse), spine.water.affine_lps, FlipAngle=12)
    record = measured(spine, results)["L3"]
    assert record["reason"] == ""
    flags = record["flags"]
    assert any(flag.startswith("residual: ") and "(limit 5%)" in flag for flag in flags)
    assert "flip_angle: 12 degrees (limit 5)" in flags


def small(percent=40.0, r2star=90.0):
    """Return the signals of 4 × 12 × 10 voxels of one tissue in a field of all phases."""
    shape = (4, 12, 10)  # slices, rows, columns
    field = np.linspace(-400, 400, int(np.prod(shape))).reshape(shape)
    return np.stack(
        [1000 * np.vectorize(lambda f, t=time: echo(t, percent, r2star, f, AT_3T))(field)
         for time in TIMES_MS], axis=-1,
    )  # fmt: skip


def stored(signal, part, vendor):
    """Return what a scanner stores of one part, and its rescale."""
    if part in "RI":
        value = signal.real if part == "R" else signal.imag
        return np.rint(value + 4096), (1, -4096)
    if part == "M":
        return np.rint(np.abs(signal)), None
    turn = np.angle(signal) / np.pi
    if vendor == "siemens":
        return np.rint(turn * 2047.5 + 2047.5), (2, -4096)
    if vendor == "philips":
        return np.rint(turn * 2047.5 + 2047.5), (2 * 3141.59 / 4095, -3141.59)
    return np.rint(turn * 3141.59), None


def dicom(vendor, given, header):
    """Return data sets of one volume per echo and part."""
    datasets = []
    for at, time in enumerate(TIMES_MS):
        for part in given:
            values, rescale = stored(small()[..., at], part, vendor)
            made = Series(values.astype(np.int16), orientation=SAGITTAL, modality="MR",
                          spacing_mm=(2.0, 2.0, 4.0), uid=f"1.2.{ord(part)}")  # fmt: skip
            for index, one in enumerate(made.datasets):
                set_pixels(one, values.astype(np.int16)[index])
                one.InstanceNumber = at * len(values) + index + 1
                one.EchoTime, one.RepetitionTime, one.ImagingFrequency = time, 9.0, AT_3T
                for name in ("RescaleSlope", "RescaleIntercept"):
                    if name in one:
                        delattr(one, name)
                if rescale:
                    one.RescaleSlope, one.RescaleIntercept = (f"{value:.10g}" for value in rescale)
                header(one, part)
            datasets += made.datasets
    return datasets


def by_image_type(one, part):
    one.ImageType = ["ORIGINAL", "PRIMARY", part, "ND"]


def by_component(one, part):
    one.ImageType = ["ORIGINAL", "PRIMARY", "FFE", "NONE"]
    words = {"M": "MAGNITUDE", "P": "PHASE", "R": "REAL", "I": "IMAGINARY"}
    one.ComplexImageComponent = words[part]


def by_number(one, part):
    one.Manufacturer, one.ImageType = "GE MEDICAL SYSTEMS", ["ORIGINAL", "PRIMARY", "OTHER"]
    block = one.private_block(0x0043, "GEMS_PARM_01", create=True)
    block.add_new(0x2F, "SS", "MPRI".index(part))


@pytest.mark.parametrize(
    ("vendor", "given", "header"),
    [
        ("siemens", "MP", by_image_type),
        ("philips", "MP", by_component),
        ("ge", "MP", by_number),
        ("ge", "RI", by_number),
        ("siemens", "RI", by_image_type),
    ],
)
def test_parts_of_every_vendor_s_dicom_give_the_truth(tmp_path, vendor, given, header):
    folder = tmp_path / "gre"
    folder.mkdir()
    for at, one in enumerate(dicom(vendor, given, header)):
        one.SOPInstanceUID = one.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        dcmwrite(folder / f"{at:04d}", one)
    check(convert_series(folder, ECHOES))


def test_a_multi_frame_object_gives_the_truth(tmp_path):
    path = tmp_path / "gre.dcm"
    dcmwrite(path, enhanced(dicom("ge", "MP", by_image_type), echo=True))
    check(convert_series(path, ECHOES))


def check(made):
    found = parts_by_time(made.volume, made.sidecar["Volumes"])
    echoes = echo_times_and_field(list(found), made.sidecar, LIVER)
    fitted = fit_voxels(complex_signals(found).reshape(-1, len(TIMES_MS)), echoes)
    assert np.median(fitted.percent) == pytest.approx(40, abs=0.2)
    assert np.median(fitted.r2star) == pytest.approx(90, abs=1)


@pytest.mark.parametrize("unit", [1.0, 1000.0, 180 / np.pi, 4096 / np.pi, 2047.5 / np.pi])
def test_the_unit_of_phases_is_that_of_their_range(unit):
    phase = np.linspace(-np.pi, np.pi, 500) * unit
    assert radians_per_step(phase) == pytest.approx(1 / unit, rel=1e-3)


def test_phases_that_fill_no_turn_have_no_unit():
    with pytest.raises(DataFault, match="a range of 100"):
        radians_per_step(np.linspace(-50, 50, 9))


def test_echoes_of_another_program_give_its_truth(fixtures, spine, tmp_path):
    made = convert_series(fixtures / "megre", ECHOES)
    put(tmp_path, made.volume.array, made.sidecar["Volumes"], made.volume.affine_lps)
    files = {
        KIND: [{"path": KIND}],
        "mr_vertebrae": [{"path": str(fixtures / "vertebrae_mr.nii.gz"), "label_scheme": "verse"}],
    }
    task = {"participant_id": "P1", "sites": LEVELS, "settings": {}, "files": files}
    fit.run(task, tmp_path)
    measure.run(task, tmp_path)
    for level in LEVELS:
        path = tmp_path / "participants/P1/fat_fraction" / f"{level}.json"
        found = values(json.loads(path.read_text()))
        assert found["pdff", "pdff.complex.v1"] == pytest.approx(PDFF[level], abs=1.2)
        assert found["r2star", "r2star.complex.v1"] == pytest.approx(R2STAR[level], abs=6)
