"""Echoes of Philips: each image has a display scale of its own, which must not enter the fit."""

from __future__ import annotations

import json
import subprocess

import dcm2niix
import numpy as np
import pytest
from pydicom import dcmwrite
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import generate_uid

from bonecohort.faults import DataFault
from bonecohort.images.convert import convert_series
from bonecohort.images.nifti import write_nifti
from bonecohort.images.volume import Volume
from bonecohort.measures.mr.water_fat.magnitude import fit_magnitudes, region_magnitudes
from bonecohort.measures.mr.water_fat.signal import LIVER
from bonecohort.measures.mr.water_fat.voxel_fit import fit_voxels
from bonecohort.techniques.fat_fraction.echoes import (
    are_magnitudes,
    complex_signals,
    echo_times_and_field,
    magnitudes_of,
    parts_by_time,
)
from tests.images.diffusion_writer import enhanced
from tests.images.test_multiframe import group
from tests.images.water_fat import add_scale_slope
from tests.images.writer import SAGITTAL, Series, set_pixels
from tests.measures.mr.echoes import AT_3T, TIMES_MS
from tests.techniques.fat_fraction.test_echoes import ECHOES, by_component, small

PERCENT, R2STAR = 40, 90
RESCALE = (2.5, 0.7, 1.3, 3.1, 0.4, 1.9)
"""RescaleSlope of each echo's magnitudes; the phases have one for mrad."""
SCALE_SLOPE = (0.011, 0.012, 0.009, 0.013, 0.010, 0.014)
MRAD = (2 * 3141.59 / 4095, -3141.59)


def philips(given="MP", *, private=True, rescale=RESCALE, scale_slope=SCALE_SLOPE):
    """Return data sets of one volume per echo and part; FP = DV / (RS · SS) is the signal."""
    datasets = []
    for at, time in enumerate(TIMES_MS):
        for part in given:
            signal = small()[..., at]
            slope, intercept = (rescale[at], 0.0) if part == "M" else MRAD
            scale = scale_slope[at] if part == "M" else 1000 / MRAD[0]
            if part == "M":
                values = np.rint(np.abs(signal) * scale * 100)
            else:
                values = np.rint(np.angle(signal) / np.pi * 2047.5 + 2047.5)
            made = Series(values.astype(np.int16), orientation=SAGITTAL, modality="MR",
                          spacing_mm=(2.0, 2.0, 4.0), uid="1.2.3")  # fmt: skip
            for index, one in enumerate(made.datasets):
                set_pixels(one, values.astype(np.int16)[index])
                one.InstanceNumber = len(datasets) + index + 1
                one.EchoTime, one.RepetitionTime, one.ImagingFrequency = time, 9.0, AT_3T
                one.EchoNumbers, one.SeriesNumber = at + 1, 7
                one.Manufacturer = "Philips Medical Systems"
                one.RescaleSlope, one.RescaleIntercept = f"{slope:.10g}", f"{intercept:.10g}"
                one.RescaleType = "mrad" if part == "P" else "normalized"
                by_component(one, part)
                one.ImageType = ["ORIGINAL", "PRIMARY", f"{part}_FFE", part, "FFE"]
                if private:
                    add_scale_slope(one, scale)
            datasets += made.datasets
    return datasets


def folder_of(datasets, folder):
    folder.mkdir()
    for at, one in enumerate(datasets):
        one.SOPInstanceUID = one.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        dcmwrite(folder / f"{at:04d}", one)
    return folder


def frames_of(datasets, path):
    """Write one multi-frame object whose frames have the scales of the data sets."""
    whole = enhanced(datasets, echo=True)
    for name in ("RescaleSlope", "RescaleIntercept", "RescaleType", "ComplexImageComponent"):
        delattr(whole, name)
    for tag in [one.tag for one in whole if one.tag.is_private]:
        del whole[tag]
    for dataset, frame in zip(datasets, whole.PerFrameFunctionalGroupsSequence, strict=True):
        frame.PixelValueTransformationSequence = group(
            RescaleSlope=dataset.RescaleSlope, RescaleIntercept=dataset.RescaleIntercept,
            RescaleType=dataset.RescaleType,
        )  # fmt: skip
        frame.MRImageFrameTypeSequence[0].ComplexImageComponent = dataset.ComplexImageComponent
        own = Dataset()
        add_scale_slope(own, dataset.private_block(0x2005, "Philips MR Imaging DD 001")[0x0E].value)
        block = frame.private_block(0x2005, "Philips MR Imaging DD 005", create=True)
        block.add_new(0x0F, "SQ", Sequence([own]))
    dcmwrite(path, whole)
    return path


def check(source):
    made = convert_series(source, ECHOES)
    found = parts_by_time(made.volume, made.sidecar["Volumes"])
    echoes = echo_times_and_field(list(found), made.sidecar, LIVER)
    if are_magnitudes(found):
        voxels = magnitudes_of(found).reshape(-1, len(TIMES_MS))
        fit = fit_magnitudes(region_magnitudes(voxels), echoes)
        percent, r2star = fit.percent, fit.r2star
    else:
        fitted = fit_voxels(complex_signals(found).reshape(-1, len(TIMES_MS)), echoes)
        percent, r2star = np.median(fitted.percent), np.median(fitted.r2star)
    assert percent == pytest.approx(PERCENT, abs=0.3)
    assert r2star == pytest.approx(R2STAR, abs=1)
    return made


@pytest.mark.parametrize("given", ["MP", "M"])
def test_a_scale_of_each_echo_gives_the_truth(tmp_path, given):
    made = check(folder_of(philips(given), tmp_path / "gre"))
    assert made.sidecar["UsePhilipsFloatNotDisplayScaling"] == 1


@pytest.mark.parametrize("given", ["MP", "M"])
def test_a_scale_of_each_frame_gives_the_truth(tmp_path, given):
    check(frames_of(philips(given), tmp_path / "gre.dcm"))


@pytest.mark.parametrize("given", ["MP", "M"])
def test_one_scale_without_private_elements_gives_the_truth(tmp_path, given):
    """Where RescaleSlope is that of every magnitude, Scale Slope is as well."""
    same = philips(given, private=False, rescale=[1.5] * 6, scale_slope=[0.012] * 6)
    check(folder_of(same, tmp_path / "gre"))


def test_several_scales_without_private_elements_are_refused(tmp_path):
    folder = folder_of(philips(private=False), tmp_path / "gre")
    told = r"for display and runs from 0\.4 to 3\.1; the images lack Scale Slope \(2005,100E\)"
    with pytest.raises(DataFault, match=told):
        convert_series(folder, ECHOES)


def test_the_scale_slope_of_some_images_alone_is_refused(tmp_path):
    datasets = philips()
    for one in datasets[:4]:
        del one[0x2005, 0x100E]
    with pytest.raises(DataFault, match=r"Of 24 slices only 20 have Philips's Scale Slope"):
        convert_series(folder_of(datasets, tmp_path / "gre"), ECHOES)


@pytest.mark.parametrize("given", ["MP", "M"])
@pytest.mark.parametrize("options", [("-p", "y"), ("-p", "n")], ids=["floating point", "displayed"])
def test_either_scale_of_dcm2niix_gives_the_truth(tmp_path, given, options):
    source, target = folder_of(philips(given), tmp_path / "gre"), tmp_path / "nii"
    target.mkdir()
    command = [dcm2niix.bin, "-z", "n", "-b", "y", *options, "-f", "%p_%e", "-o", target, source]
    subprocess.run(command, check=True, capture_output=True)
    assert len(list(target.glob("*.nii"))) == len(given) * len(TIMES_MS)
    check(target)


def test_files_of_which_some_have_slopes_alone_are_refused(tmp_path):
    for at, time in enumerate(TIMES_MS):
        path = tmp_path / f"gre_echo-{at + 1}_MEGRE.nii.gz"
        write_nifti(path, Volume(np.abs(small()[..., at]), np.diag([2.0, 2.0, 4.0, 1.0])))
        slopes = {"PhilipsRescaleSlope": 1.2, "PhilipsScaleSlope": 0.01} if at else {}
        told = {"EchoTime": time / 1000, "ImagingFrequency": AT_3T, "Modality": "MR"} | slopes
        path.with_suffix("").with_suffix(".json").write_text(json.dumps(told))
    with pytest.raises(DataFault, match="Of 6 NIfTI files only 5 have PhilipsScaleSlope"):
        convert_series(tmp_path, ECHOES)
