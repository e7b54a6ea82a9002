"""A study of DXA files alone, assembled without Snakemake."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import yaml

from bonecohort.cohort.collected import Collected
from bonecohort.cohort.left_out import leave_out
from bonecohort.cohort.readings import collect_readings
from bonecohort.cohort.tables import cohort_tables
from bonecohort.study.study import load_study
from tests.conftest import SHARED_DATA

if TYPE_CHECKING:
    import pandas as pd

PEOPLE = "participant_id,age_years,sex\nP1,68,female\nP2,61,male\nP3,44,male\n"
TABLE1 = {"analyses": [{"table1": {"by": "sex", "rows": ["age_years"]}}]}


@dataclass(frozen=True)
class Assembled:
    """The tables of a study, and the notes of its run."""

    tables: dict[str, pd.DataFrame]
    notes: list[str]
    study: object

    def values(self, participant_id="P1", reader=None):
        """Return the values of a participant by site and measure."""
        rows = self.tables["measurements"].query("modality == 'dxa'")
        rows = rows[rows["participant_id"] == participant_id]
        rows = rows if reader is None else rows[rows["reader"] == reader]
        return {(row.site, row.measure): row.value for row in rows.itertuples()}

    def methods(self, participant_id="P1"):
        """Return the methods of a participant by site and measure."""
        rows = self.tables["measurements"]
        rows = rows[rows["participant_id"] == participant_id]
        return {(row.site, row.measure): row.method for row in rows.itertuples()}

    def exclusions(self, participant_id="P1"):
        """Return what is excluded of a participant: site and reason."""
        rows = self.tables["exclusions"]
        rows = rows[(rows["participant_id"] == participant_id) & (rows["stage"] == "dxa")]
        return [(row.level, row.reason) for row in rows.itertuples()]

    def flags(self, participant_id="P1"):
        """Return the flags of a participant: site and text."""
        rows = self.tables["flags"]
        rows = rows[rows["participant_id"] == participant_id]
        return [(row.level, row.text) for row in rows.itertuples()]

    def participant(self, participant_id="P1"):
        """Return a participant's row of participants.csv."""
        return self.tables["participants"].set_index("participant_id").loc[participant_id]


@pytest.fixture
def assemble(tmp_path):
    """Return a function that assembles a study of DXA files.

    ``files`` are texts or bytes by name; ``series`` lists (participant, file), by default every
    file for P1.
    """

    def assembled(files, series=None, people=PEOPLE, exclusions="", **bmd):
        (tmp_path / "config").mkdir(exist_ok=True)
        for name, content in files.items():
            data = content if isinstance(content, bytes) else content.encode()
            (tmp_path / name).write_bytes(data)
        listed = series or [("P1", name) for name in files]
        lines = ["participant_id\tkind\tpath", *(f"{who}\tdxa\t{name}" for who, name in listed)]
        (tmp_path / "config/series.tsv").write_text("\n".join(lines) + "\n")
        (tmp_path / "config/participants.csv").write_text(people)
        if exclusions:
            (tmp_path / "config/exclusions.csv").write_text(exclusions)
        config = TABLE1 | ({"bmd": bmd} if bmd else {})
        (tmp_path / "config/config.yaml").write_text(yaml.safe_dump(config, allow_unicode=True))
        study = load_study(tmp_path)
        collected = Collected()
        collect_readings(study, tmp_path, collected)
        leave_out(study, collected)
        return Assembled(cohort_tables(study, collected), collected.notes, study)

    return assembled


@pytest.fixture(scope="session")
def shared():
    """Folder of the exports; tests that need it skip where it is absent."""
    folder = SHARED_DATA.parent / "modalities" / "ct_data" / "bmd"
    if not folder.is_dir():
        pytest.skip(f"the exports are not at {folder}")
    return folder
