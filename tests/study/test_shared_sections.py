"""A section of config.yaml that two techniques share: keys of its own for each."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from bonecohort.study.config import check_settings
from bonecohort.study.declared import Strict, documented
from bonecohort.study.settings import Settings, as_mapping, default_sections
from bonecohort.study.settings_guide import settings_guide
from bonecohort.study.settings_schema import settings_schema
from bonecohort.techniques.declare import Technique
from bonecohort.techniques.registry import techniques

CONFIG = Path("config.yaml")


@dataclass(frozen=True)
class Ruler(Strict):
    """One part of the section."""

    length_mm: float = documented("Length of the ruler.", 100.0)

    def problems(self):
        """Yield what is wrong."""
        if self.length_mm <= 0:
            yield f"length_mm: found {self.length_mm:g}; more than 0 is expected."


@dataclass(frozen=True)
class Hand(Strict):
    """A hand of the clock."""

    length_mm: float = documented("Its length.", 10.0)


@dataclass(frozen=True)
class Clock(Strict):
    """The other."""

    period_s: float = documented("Period of the clock.", 1.0)
    hands: dict[str, Hand] = documented("Hands by their names.", factory=dict)  # noqa: RUF009
    spare: tuple[Hand, ...] = documented("Spare hands.", ())


@pytest.fixture(autouse=True)
def _shared(monkeypatch):
    both = (Technique("ruler", "tools", Ruler), Technique("clock", "tools", Clock))
    for user in ("settings", "config_checks"):
        monkeypatch.setattr(f"bonecohort.study.{user}.techniques", lambda: (*techniques(), *both))


def test_each_technique_gets_its_own_keys():
    settings, faults = check_settings({"tools": {"period_s": 2, "length_mm": 30}}, CONFIG)
    assert faults == []
    assert settings.of(Ruler) == Ruler(30)
    assert settings.of(Clock) == Clock(2)
    assert settings.value("tools", "period_s") == 2
    assert settings.value("tools", "length_mm") == 30


@pytest.mark.parametrize("given", [{}, {"tools": None}, {"tools": {}}])
def test_both_have_their_defaults(given):
    settings, faults = check_settings(given, CONFIG)
    assert faults == []
    assert (settings.of(Ruler), settings.of(Clock)) == (Ruler(), Clock())


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"perod_s": 2}, "unknown key 'tools.perod_s'; did you mean 'period_s'?"),
        ({"lenght_mm": 2}, "unknown key 'tools.lenght_mm'; did you mean 'length_mm'?"),
        ({"period_s": "long"}, "tools.period_s: found 'long'"),
        ({"length_mm": 0}, "tools.length_mm: found 0; more than 0 is expected."),
        (3, "tools: found 3"),
        (
            {"hands": {"big": {"lenght_mm": 3}}},
            "unknown key 'tools.hands.big.lenght_mm'; did you mean 'length_mm'?",
        ),
        (
            {"spare": [{"lenght_mm": 3}]},
            "unknown key 'tools.spare.0.lenght_mm'; did you mean 'length_mm'?",
        ),
    ],
)
def test_what_is_wrong_is_reported_once(given, told):
    _, faults = check_settings({"tools": given}, CONFIG)
    assert len(faults) == 1
    assert told in faults[0]


def test_a_fault_of_one_part_leaves_the_other_part_as_it_is_given():
    settings, _ = check_settings({"tools": {"period_s": "long", "length_mm": 30}}, CONFIG)
    assert (settings.of(Ruler), settings.of(Clock)) == (Ruler(30), Clock())


def test_the_settings_in_a_mapping_have_the_keys_of_the_techniques_used():
    of_clock = {"period_s": 1.0, "hands": {}, "spare": ()}
    assert as_mapping(Settings())["tools"] == {"length_mm": 100.0} | of_clock
    assert as_mapping(Settings(), ["clock"])["tools"] == of_clock
    assert "tools" not in as_mapping(Settings(), ["hounsfield"])


def test_guide_and_schema_have_the_keys_of_both():
    schema = settings_schema()
    validator = Draft202012Validator(schema)
    assert validator.is_valid({"tools": {"period_s": 2, "length_mm": 30}})
    assert not validator.is_valid({"tools": {"period_m": 2}})
    guide = settings_guide()
    assert guide.count("## `tools`") == 1
    assert "| `tools.length_mm` | `100.0` | Length of the ruler. |" in guide
    assert "| `tools.period_s` | `1.0` | Period of the clock. |" in guide


def test_no_two_techniques_have_one_key():
    for section, parts in default_sections().items():
        keys = [field.name for part in parts for field in fields(part)]
        assert len(keys) == len(set(keys)), section
