"""A config of hostile size or form is refused within seconds, and nothing is executed for long."""

from __future__ import annotations

import os
import time

import pytest

from bonecohort.faults import StudyFault
from bonecohort.study.study import load_study

ALIASES = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)
)
MERGES = "a0: &a0 {k: 1}\n" + "".join(
    f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 10)}]}}\n" for n in range(1, 9)
)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (ALIASES, "more than 20,000 values, its aliases (*) filled in"),
        (MERGES, "more than 20,000 values, its aliases (*) filled in"),
        ("a: &a [*a]\n", "more than 20,000 values"),
        ("levels: " + "[" * 20_000 + "]" * 20_000, "nest more than 30 deep"),
        ("levels: " + "{a: " * 20_000, "nest more than 30 deep"),
        ("".join(f"{' ' * n}a:\n" for n in range(1000)), "nest more than 30 deep"),
        ("levels: [" + "L1, " * 30_000 + "L2]", "more than 20,000 values"),
        ("# " + "x" * 1_000_000, "a config file is much smaller"),
        ("report: {title: 2024-13-45}", "not readable YAML: month must be in 1..12"),
        ("levels: " + "9" * 5000, "not readable YAML"),
        ("? [a, b]\n: 1\n", "not readable YAML"),
        ('participants: "D:\\data\\p.xlsx"\n', "between single quotes"),
    ],
)
def test_a_hostile_config_is_reported_at_once(study, text, told):
    study.write("config/config.yaml", text)
    begun_s = time.process_time()
    with pytest.raises(StudyFault) as fault:
        load_study(study.path)
    assert time.process_time() - begun_s < 10
    assert fault.value.problems[0].startswith(str(study.path / "config/config.yaml"))
    assert told in fault.value.problems[0]


def test_aliases_of_usual_size_are_read(study):
    study.write(
        "config/config.yaml",
        "variables:\n  smoking: &shared {label: Habit}\n  alcohol: *shared\n",
    )
    assert load_study(study.path).settings.variables["alcohol"].label == "Habit"


@pytest.mark.parametrize("kind", ["pipe", "device", "folder", "broken link"])
def test_what_is_no_file_is_no_empty_config(study, kind):
    path = study.path / "config/config.yaml"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to("/dev/zero" if kind == "device" else "absent.yaml")
    with pytest.raises(StudyFault, match="this is no file; a config file, or none, is expected"):
        load_study(study.path)


def test_control_characters_of_a_label_are_spaces(study):
    study.write("config/config.yaml", 'variables: {smoking: {label: "Smo\\aking\\0 \\e[1m"}}\n')
    assert load_study(study.path).settings.variables["smoking"].label == "Smo king   [1m"
