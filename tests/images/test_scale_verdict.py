"""Hounsfield units are proven on the image, refused with what was seen, or called unproven."""

from __future__ import annotations

import nibabel
import numpy as np
import pytest

from bonecohort.faults import DataFault
from bonecohort.images.hounsfield_scale import judge_scale
from bonecohort.images.nifti import read_nifti
from bonecohort.images.scale_sample import sample_of
from bonecohort.images.volume import Volume
from tests.images.kinds import convert_series
from tests.images.writer import Series, set_pixels

SPACING_MM = (2.0, 2.0, 3.0)


def body(noise_sd=12.0, *, fat=-100.0, muscle=55.0, fat_mm=25.0, shape=(100, 80, 20)):
    """Return a made-up abdomen in air, HU, noise of SD in HU; 2 × 2 × 3 mm."""
    x, y, _ = np.meshgrid(*[np.arange(n) for n in shape], indexing="ij")
    x, y = (x - shape[0] / 2) * SPACING_MM[0], (y - shape[1] / 2) * SPACING_MM[1]
    hu = np.full(shape, -1000.0)
    hu[(x / 90) ** 2 + (y / 65) ** 2 <= 1] = fat
    hu[(x / (90 - fat_mm)) ** 2 + (y / (65 - fat_mm)) ** 2 <= 1] = muscle
    spine = np.hypot(x, y - 12)
    hu[spine <= 20] = 350
    hu[spine <= 17] = 130
    return hu + np.random.default_rng(0).normal(0, noise_sd, shape)


def verdict(array, spacing_mm=SPACING_MM):
    return judge_scale(sample_of(Volume(np.asarray(array), np.diag([*spacing_mm, 1.0]))))


def window(low, high, top):
    return lambda hu: np.rint(np.clip((hu - low) / (high - low), 0, 1) * top)


NOT_HU = {
    "plus 1000": lambda hu: hu + 1000,
    "plus 1024, the intercept lost": lambda hu: np.rint(hu + 1024).clip(0),
    "minus 1000": lambda hu: hu - 1000,
    "minus 1024, the intercept twice": lambda hu: np.rint(hu - 1024),
    "intercept of -8192 lost": lambda hu: np.rint(hu + 8192),
    "window 400 in 8 bits": window(-160, 240, 255),
    "window 350 in 8 bits": window(-135, 215, 255),
    "window 2000 in 8 bits": window(-1000, 1000, 255),
    "all of 12 bits in 8": window(-1024, 3071, 255),
    "window 400 in 10 bits": window(-160, 240, 1023),
    "window 2000 in 12 bits": window(-1000, 1000, 4095),
    "window 2000 in 16 bits": window(-1000, 1000, 65535),
    "window 2000 scaled to one": lambda hu: ((hu + 1000) / 2000).clip(0, 1),
    "window 2000 in signed bytes": lambda hu: window(-1000, 1000, 255)(hu) - 128,
    "mean 0 and SD 1": lambda hu: (hu - hu.mean()) / hu.std(),
    "half the slope": lambda hu: hu / 2,
    "twice the slope": lambda hu: hu * 2,
    "clipped at 0 by an unsigned type": lambda hu: np.rint(hu).clip(0),
    "bone cut at 240": lambda hu: np.rint(hu).clip(-160, 240),
}


@pytest.mark.parametrize("spoil", NOT_HU.values(), ids=NOT_HU)
def test_what_is_not_hounsfield_units_is_refused(spoil):
    assert verdict(spoil(body())).verdict == "refused"


@pytest.mark.parametrize("spoil", NOT_HU.values(), ids=NOT_HU)
def test_a_real_ct_that_was_spoiled_is_refused(shared_data, spoil):
    real = read_nifti(shared_data / "real_ct_lumbar" / "ct.nii.gz")
    assert verdict(spoil(real.array.astype(float)), real.spacing_mm).verdict == "refused"


def padded(value):
    def pad(hu):
        hu = np.rint(hu)
        hu[:8], hu[-8:] = value, value
        return hu

    return pad


def with_table(hu):
    hu[:, -6:-4] = -850
    hu[:, -4:] = -1000
    return hu


def with_metal(hu):
    hu[48:52, 40:44, 8:12] = 3071
    hu[:, 40:44, 9] -= np.linspace(-400, 400, len(hu))[:, None]
    return hu


def with_gas(hu):
    hu[40:60, 20:32] = -980 + hu[40:60, 20:32] / 20
    return hu


HARMLESS = {
    "as it is": lambda hu: hu,
    "clipped at -1024 and 3071": lambda hu: np.rint(hu).clip(-1024, 3071),
    "clipped at -1000 and 1000": lambda hu: np.rint(hu).clip(-1000, 1000),
    "clipped at -500": lambda hu: np.rint(hu).clip(-500, 1300),
    "padding of -1024": padded(-1024),
    "padding of -2000": padded(-2000),
    "padding of -3024": padded(-3024),
    "padding of -32768": padded(-32768),
    "prone": lambda hu: hu[:, ::-1],
    "head first": lambda hu: hu[:, :, ::-1],
    "a couch": with_table,
    "metal": with_metal,
    "gas in the bowel": with_gas,
    "a wide field of view": lambda hu: np.pad(hu, ((60, 60), (60, 60), (0, 0)),
                                              constant_values=-1000.0),
    "slices of 5 mm": lambda hu: (hu[:, :, ::2] + hu[:, :, 1::2]) / 2,
}  # fmt: skip


@pytest.mark.parametrize("change", HARMLESS.values(), ids=HARMLESS)
def test_what_is_harmless_is_proven(change):
    found = verdict(change(body()))
    assert found.verdict == "proven", found.seen


BODIES = {
    "low dose": {"noise_sd": 60},
    "a sharp kernel": {"noise_sd": 100},
    "emaciated": {"fat_mm": 1},
    "obese, muscle full of fat": {"fat_mm": 45, "muscle": 15},
    "80 kV with contrast agent": {"fat": -115, "muscle": 95},
    "140 kV": {"fat": -90, "muscle": 50},
}


@pytest.mark.parametrize("traits", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("offset", [1000, 1024, -1000, -1024])
def test_every_body_is_proven_and_refused_when_shifted(traits, offset):
    found = verdict(body(**traits))
    assert found.verdict == "proven", found.seen
    assert verdict(body(**traits) + offset).verdict == "refused"


def test_a_crop_about_the_spine_without_air_fat_or_muscle_is_unproven():
    spine = body()[43:57, 39:53]
    found = verdict(spine)
    assert found.verdict == "unproven"
    assert f"{spine.min():g} to {spine.max():g}" in found.seen
    for offset in (1000, 1024, -1000, -1024):
        assert verdict(spine + offset).verdict == "refused"


def test_random_crops_of_a_real_ct_are_never_refused_and_never_proven_when_shifted(shared_data):
    real = read_nifti(shared_data / "real_ct_lumbar" / "ct.nii.gz")
    hu, generator = real.array.astype(float), np.random.default_rng(2)
    for _ in range(25):
        size = np.minimum(generator.integers(12, 50, 3), hu.shape)
        low = [generator.integers(0, n - part + 1) for n, part in zip(hu.shape, size, strict=True)]
        crop = hu[tuple(slice(a, a + n) for a, n in zip(low, size, strict=True))]
        if np.mean(crop > -500) < 0.3:
            continue
        assert verdict(crop, real.spacing_mm).verdict != "refused"
        assert verdict(crop + 1000, real.spacing_mm).verdict != "proven"
        assert verdict(crop - 1024, real.spacing_mm).verdict != "proven"
        assert verdict(crop.clip(0), real.spacing_mm).verdict == "refused"


def test_a_real_series_is_proven_with_its_peaks(shared_data):
    sidecar = convert_series(shared_data / "real_ct_dicom", "ct").sidecar
    scale = sidecar["HounsfieldScale"]
    assert scale["Verdict"] == "proven"
    assert scale["AirHU"] == pytest.approx(-1000, abs=10)
    assert 60 < scale["SoftTissueHU"] < 120  # contrast agent
    assert (scale["Lowest"], scale["Highest"]) == (-1024, 1839)


def dicom_of(hu, tmp_path, intercept, slope=1):
    series = Series(np.rint(hu.transpose(2, 1, 0)).astype(np.int32), spacing_mm=(2.0, 2.0, 3.0))
    for dataset, plane in zip(series.datasets, series.hu, strict=True):
        dataset.RescaleSlope, dataset.RescaleIntercept = slope, intercept
        set_pixels(dataset, plane)
    return series.write(tmp_path)


def test_a_dicom_series_with_a_lost_intercept_is_refused_with_what_was_seen(tmp_path):
    stored = body() + 1024
    assert convert_series(dicom_of(stored, tmp_path / "right", -1024), "ct")
    with pytest.raises(DataFault, match="not Hounsfield units") as caught:
        convert_series(dicom_of(stored, tmp_path / "lost", 0), "ct")
    for part in ("air at 2", "fat at 92", "soft tissue at 10", "added to HU", "rescale"):
        assert part in caught.value.reason


def test_a_dicom_series_of_a_display_window_is_refused(tmp_path):
    with pytest.raises(DataFault, match="0 to 255"):
        convert_series(dicom_of(window(-160, 240, 255)(body()), tmp_path, 0), "ct")


def test_a_nifti_image_is_judged_as_well(tmp_path):
    path = tmp_path / "ct.nii.gz"
    affine = np.diag([-2.0, -2.0, 3.0, 1.0])
    nibabel.save(nibabel.Nifti1Image(body().astype(np.float32), affine), path)
    sidecar = convert_series(path, "ct").sidecar
    assert sidecar["HounsfieldScale"]["Verdict"] == "proven"
    assert not any("unproven" in text for text in sidecar["Warnings"])
    nibabel.save(nibabel.Nifti1Image((body() + 1000).astype(np.float32), affine), path)
    with pytest.raises(DataFault, match="as if about 1000 had been added"):
        convert_series(path, "ct")


def test_an_unproven_scale_is_a_warning_with_numbers(tmp_path):
    path = tmp_path / "ct.nii.gz"
    spine = body()[43:57, 39:53].astype(np.float32)
    nibabel.save(nibabel.Nifti1Image(spine, np.diag([-2.0, -2.0, 3.0, 1.0])), path)
    sidecar = convert_series(path, "ct").sidecar
    assert sidecar["HounsfieldScale"]["Verdict"] == "unproven"
    (warning,) = [text for text in sidecar["Warnings"] if "unproven" in text]
    assert "No air nor fat" in warning
    assert f"{spine.max():g}" in warning
