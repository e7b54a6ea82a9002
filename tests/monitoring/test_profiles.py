"""The profile that a run takes, by the options that it is given."""

from __future__ import annotations

import pytest

from bonecohort.monitoring.profiles import names_profile, with_profile
from bonecohort.study.installation import workflow_home


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ([], False),
        (["--cores", "2"], False),
        (["--workflow-profile", "slurm"], True),
        (["--cores", "2", "--workflow-profile=slurm"], True),
    ],
)
def test_a_run_may_have_any_options_or_none(options, named):
    assert names_profile(options) is named


def test_a_run_without_options_takes_the_default_profile():
    own = str(workflow_home() / "profiles" / "default")
    assert with_profile([]) == ["--workflow-profile", own]
