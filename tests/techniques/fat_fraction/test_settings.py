"""The section mr_fat of config.yaml."""

from __future__ import annotations

import dataclasses

import pytest

from bonecohort.study.settings import Settings
from bonecohort.techniques.fat_fraction.flags import FLAGS
from bonecohort.techniques.fat_fraction.settings import MrFatSettings
from bonecohort.techniques.fat_fraction.technique import TECHNIQUE
from tests.conftest import REPOSITORY, with_section

PAGE = (REPOSITORY / "docs/techniques/fat_fraction.md").read_text(encoding="utf-8")


def test_the_defaults_are_sound():
    assert list(MrFatSettings().problems()) == []


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"min_levels": 5}, "min_levels: found 5; 1 to 4 is expected, the number of levels."),
        ({"min_levels": 0}, "min_levels: found 0; 1 to 4 is expected, the number of levels."),
        ({"erosion_mm": -1.0}, "erosion_mm: found -1.0; 0 or more is expected."),
        ({"max_outlier_fraction": 15.0}, "max_outlier_fraction: found 15.0; 0 to 1 is expected."),
        (
            {"levels": ("L1", "L2", "L3", "L1")},
            "levels: L1 stands more than once; once is expected.",
        ),
    ],
)
def test_what_is_wrong_is_reported(given, told):
    assert list(MrFatSettings(**given).problems()) == [told]


def test_a_participants_mean_is_that_of_the_settings():
    settings = with_section(Settings(), MrFatSettings(levels=("L2", "L3"), min_levels=2))
    found = {(one.sites, one.least) for one in TECHNIQUE.variables(settings)}
    assert found == {(("L2", "L3"), 2)}


@pytest.mark.parametrize("field", dataclasses.fields(MrFatSettings), ids=lambda field: field.name)
def test_the_page_says_every_setting_with_its_default(field):
    (line,) = [text for text in PAGE.splitlines() if text.startswith(f"| `mr_fat.{field.name}` |")]
    default = {True: "yes", False: "no"}.get(field.default, field.default)
    values = default if isinstance(default, tuple) else (default,)
    assert ", ".join(f"`{value}`" for value in values) in line


def test_the_page_says_every_kind_measure_and_flag():
    told = [
        *(kind.name for kind in TECHNIQUE.kinds),
        *(measure.name for measure in TECHNIQUE.measures),
        *FLAGS,
    ]
    assert [name for name in told if f"`{name}`" not in PAGE] == []
