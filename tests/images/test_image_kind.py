"""An image kind is its properties, which a job's text holds; no kind is known by its name."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from bonecohort.faults import DataFault
from bonecohort.images import convert
from bonecohort.techniques.image import Image
from bonecohort.techniques.registry import images, kinds
from tests.images.writer import ct_series, t2_series

HOUSE = Path(convert.__file__).parents[1]
CT, T2 = images()["ct"], images()["t2_sagittal"]


@pytest.mark.parametrize("image", images().values(), ids=list(images()))
def test_a_kind_is_the_same_after_the_text_of_a_job(image):
    assert Image.of_record(json.loads(json.dumps(image.record()))) == image


@pytest.mark.parametrize("room", ["images", "intake", "pacs"])
def test_no_kind_is_named_where_images_are_read(room):
    named = {
        path.name: found
        for path in (HOUSE / room).glob("*.py")
        if (found := re.findall(rf"['\"]({'|'.join(kinds())})['\"]", path.read_text("utf-8")))
    }
    assert not named


def test_an_mr_of_any_plane_is_accepted_where_none_is_asked_for(tmp_path):
    axial = ct_series(n=5, modality="MR")
    folder = axial.write(tmp_path)
    with pytest.raises(DataFault, match="The T2 series is not sagittal"):
        convert.convert_series(folder, T2)
    anywhere = replace(T2, plane="", weighting="")
    converted = convert.convert_series(folder, anywhere)
    assert not any("T2" in told for told in converted.sidecar["Warnings"])


def test_a_plane_that_is_only_usual_is_reported_where_it_is_another(tmp_path):
    folder = t2_series().write(tmp_path)
    warnings = convert.convert_series(folder, replace(T2, plane="", usual_plane="axial")).sidecar
    assert "The T2 is not axial: it may be a reformat." in warnings["Warnings"]


def test_a_derived_image_is_no_worse_where_a_kind_is_derived(tmp_path):
    derived = t2_series()
    for dataset in derived.datasets:
        dataset.ImageType = ["DERIVED", "PRIMARY", "M"]
    accepted = convert.convert_series(derived.write(tmp_path, "A"), replace(T2, derived=True))
    assert not any("DERIVED" in told for told in accepted.sidecar["Warnings"])
    t2_series().write(tmp_path, "B")
    assert convert.convert_series(tmp_path, T2).sidecar["ImageType"][0] == "ORIGINAL"
    with pytest.raises(DataFault, match="2 t2_sagittal series fit equally well"):
        convert.convert_series(tmp_path, replace(T2, derived=True))
