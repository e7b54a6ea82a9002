"""Rooms that know no technique: what they do follows from what techniques declare."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import bonecohort
from bonecohort.study.fingerprints import code_of
from bonecohort.study.settings import Settings
from bonecohort.techniques.job_modules import module_of
from bonecohort.techniques.registry import job_names, kinds, stages, techniques

LIBRARY = Path(bonecohort.__file__).parent
ROOMS = ("study", "images", "monitoring", "cohort", "statistics", "report", "cli", "analyses",
         "jobs", "service", "intake", "limits.py")  # fmt: skip
ALSO_OTHER_THINGS = {
    "cohort/run_record.py": {"vertebrae"},  # the table, and a count of run.json
    "cohort/tables.py": {"vertebrae"},  # the table
    "cohort/dictionaries.py": {"vertebrae"},  # the table
    "statistics/prediction/model_performance.py": {  # of a prediction model
        "calibration_slope",
        "calibration_intercept",
    },
    "report/figures/flow_diagram.py": {"vertebrae"},  # the count of run.json
    "images/convert.py": {"hounsfield"},  # the scale of an image's values
    "images/convert_file.py": {"hounsfield"},
    "images/kind_checks.py": {"hounsfield"},
    "images/series_sidecar.py": {"hounsfield"},
    "images/stack_choice.py": {"hounsfield"},
    "images/energy_words.py": {"hu"},  # how headers write the unit
    "study/headings.py": {"bmd", "t_score"},  # a variable of the paper, and how people head it
    "study/settings.py": {"t_score"},  # a variable of the paper
}
"""Words that are names of something else as well, where they stand."""


@pytest.mark.parametrize("job", ["convert", *job_names()])
def test_a_participants_job_hangs_on_no_other_technique(job):
    """Else a new technique, or a new word of what one declares, would measure everybody again."""
    own = job.partition(".")[0]
    others = {
        path.relative_to(LIBRARY).as_posix()
        for path in code_of(module_of(job))
        if path.is_relative_to(LIBRARY / "techniques")
        and not path.is_relative_to(LIBRARY / "techniques" / own)
    }
    assert others <= {"techniques/image.py"}


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_names_no_technique_and_nothing_that_one_declares(room):
    names = {*kinds(), *stages(), *job_names()}
    for technique in techniques():
        names |= {technique.name, *(one.name for one in technique.measures)}
        names |= {one.name for one in (*technique.derived, *technique.counts, *technique.methods)}
        names |= {*technique.other_columns, *(one.name for one in technique.variables(Settings()))}
    quoted = re.compile(rf"""['"]({"|".join(map(re.escape, sorted(names)))})['"]""")
    place = LIBRARY / room
    paths = [place] if place.is_file() else sorted(place.rglob("*.py"))
    assert paths
    found = {
        path.relative_to(LIBRARY).as_posix(): {*quoted.findall(path.read_text("utf-8"))}
        for path in paths
    }
    expected = {path: words for path, words in ALSO_OTHER_THINGS.items() if path.startswith(room)}
    assert {path: literals for path, literals in found.items() if literals} == expected
