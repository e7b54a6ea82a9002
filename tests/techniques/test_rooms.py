"""Rooms that know no technique: what they do follows from what techniques declare."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import bonecohort
from bonecohort.study.fingerprints import code_of
from bonecohort.techniques.registry import job_names, kinds, module_of, stages, techniques

LIBRARY = Path(bonecohort.__file__).parent
ROOMS = ("monitoring", "service", "intake", "cli.py", "study/job_specs.py", "study/job_table.py",
         "study/series.py", "study/readings.py", "cohort/records.py", "cohort/readings.py",
         "cohort/failures.py", "cohort/site_values.py", "cohort/collected.py")  # fmt: skip


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
    names = {*kinds(), *stages(), *job_names(), *(one.name for one in techniques())}
    quoted = re.compile(rf"""['"]({"|".join(sorted(names))})['"]""")
    place = LIBRARY / room
    paths = [place] if place.is_file() else sorted(place.rglob("*.py"))
    assert paths
    found = {path.name: quoted.findall(path.read_text("utf-8")) for path in paths}
    assert {name: literals for name, literals in found.items() if literals} == {}
