"""The seeded cohort of the statistics' tests, as the listed analyses see it."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from bonecohort.analyses.cohort import Cohort, with_participants
from bonecohort.study.catalogue import participant_variables, site_variables
from bonecohort.study.settings import Settings, Variable
from tests.statistics.conftest import FIXTURES

TOOLS_AGREE = 1e-6
GRADES = ("none", "one", "several")


@pytest.fixture(scope="session")
def reference() -> dict[str, float]:
    """R's values; ``tests/statistics/fixtures/associations.R`` made them."""
    return json.loads((FIXTURES / "synthetic_associations_r.json").read_text())["values"]


@pytest.fixture(scope="session")
def cohort() -> Cohort:
    """Return the seeded cohort of 62 with a grade of three categories."""

    def table(name: str) -> pd.DataFrame:
        path = FIXTURES / f"synthetic/{name}.csv"
        return pd.read_csv(path, keep_default_na=False, na_values=[""])

    settings = Settings()
    people = table("participants")
    people["grade"] = np.array(GRADES)[people["n_defect_vertebrae"].clip(upper=2)]
    grade = Variable("Defects", type="categorical", levels=GRADES)
    own = participant_variables(settings) | {"grade": grade}
    sites = with_participants(table("vertebrae").rename(columns={"level": "site"}), people)
    empty = pd.DataFrame(columns=["participant_id", "site", "modality", "measure", "value"])
    return Cohort(people, sites, empty, own, site_variables(settings) | own, settings)


@pytest.fixture
def checked(reference):
    """Return a function that compares rows with R's and returns the keys that it compared."""

    def check(found: pd.DataFrame, analysis: str, keys: list[str], quantities: list[str]) -> set:
        compared = set()
        for row in found.to_dict("records"):
            place = "/".join([analysis, *(str(row[key]) for key in keys)])
            for quantity in quantities:
                if (key := f"{place}/{quantity}") in reference:
                    expected = pytest.approx(reference[key], rel=TOOLS_AGREE, abs=1e-12)
                    assert row[quantity] == expected, key
                    compared.add(key)
        return compared

    return check
