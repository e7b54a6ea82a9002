"""The part of the section ``bmd`` of config.yaml that is of calibrated CT."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from bonecohort.study.config import check_settings, read_config
from bonecohort.techniques.qct.settings import QctSettings, settings_of

GIVEN = """\
bmd:
  phantom: {equivalent: HA, rods: {1: 0, 2: 100.5, 3: 200}}
  asynchronous:
    - {scanner: A, kvp: 120, valid_from: 2023-01-01, valid_to: '2023-12-31', slope: 0.8,
       intercept: -3, equivalent: K2HPO4}
  hu_to_bmd: {name: x.2020, slope: 0.9, intercept: 2, equivalent: K2HPO4, source: X 2020}
  tissues: [air, adipose, muscle, bone]
  contrast: {venous: {slope: 0.7, intercept: -11, source: Y 2012}}
  kvp_factors: {100: 0.94}
  qct_site: L1-L3
"""


def checked(tmp_path, text):
    (tmp_path / "config.yaml").write_text(text)
    content, problems = read_config(tmp_path / "config.yaml")
    settings, more = check_settings(content, Path("config.yaml"))
    return settings.of(QctSettings), [*problems, *more]


def test_every_part_is_read(tmp_path):
    found, problems = checked(tmp_path, GIVEN)
    assert problems == []
    assert found.phantom.rods == {1: 0.0, 2: 100.5, 3: 200.0}
    assert found.asynchronous[0].valid_from == "2023-01-01"
    assert found.hu_to_bmd.name == "x.2020"
    assert found.contrast["venous"].slope == 0.7
    assert found.kvp_factors == {100: 0.94}


def test_a_job_has_the_settings_of_the_study(tmp_path):
    found, _ = checked(tmp_path, GIVEN)
    told = json.loads(json.dumps(asdict(found), sort_keys=True))
    assert settings_of({"settings": told}) == found
    assert settings_of({"settings": {}}) == QctSettings()


WRONG = {
    "unknown key": ("bmd: {phantom: {rod: {}}}", "unknown key 'bmd.phantom.rod'"),
    "mineral": ("bmd: {phantom: {equivalent: CaHA}}", "bmd.phantom.equivalent: found 'CaHA'"),
    "no mineral": ("bmd: {phantom: {rods: {1: 0, 2: 9, 3: 200}}}", "equivalent: found none"),
    "two rods": ("bmd: {phantom: {equivalent: HA, rods: {1: 0, 2: 200}}}", "found 2; 3"),
    "two densities": (
        "bmd: {phantom: {equivalent: HA, rods: {1: 0, 2: 0, 3: 200}}}", "2 different densities; 3"),
    "g/cm3": ("bmd: {phantom: {equivalent: HA, rods: {1: 0, 2: .1, 3: .2}}}", "Are they in g/cm3"),
    "part of an equation": (
        "bmd: {asynchronous: [{scanner: A, kvp: 120, slope: 1}]}", "bmd.asynchronous.0.intercept"),
    "days": (GIVEN.replace("'2023-12-31'", "'2022-12-31'"), "valid_to: found 2022-12-31"),
    "no day": (GIVEN.replace("'2023-12-31'", "soon"), "valid_to: found 'soon'; a day such as"),
    "slope": (GIVEN.replace("slope: 0.8", "slope: 8"), "asynchronous.1.slope: found 8; above"),
    "no source": (GIVEN.replace("X 2020", "''"), "bmd.hu_to_bmd.source: found none"),
    "name": (GIVEN.replace("x.2020", "'x 2020'"), "bmd.hu_to_bmd.name: found 'x 2020'"),
    "falling correction": (GIVEN.replace("slope: 0.7", "slope: -0.7"), "bmd.contrast.venous.slope"),
    "factor": (GIVEN.replace("0.94", "94"), "bmd.kvp_factors.100: found 94; 0.5 to 2"),
    "no bone": ("bmd: {tissues: [air, adipose, muscle]}", "bmd.tissues: found no bone"),
    "a tissue twice": ("bmd: {tissues: [air, air, bone, muscle]}", "bmd.tissues: air stands more"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "told"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_reported_with_its_key(tmp_path, text, told):
    _, problems = checked(tmp_path, text)
    assert any(told in problem for problem in problems), problems
