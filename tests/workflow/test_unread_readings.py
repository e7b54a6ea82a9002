"""Whole runs on readings that are not all understood: nothing unread is reported as normal."""

from __future__ import annotations

import shutil
import zipfile
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from .conftest import run_workflow

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow
STRANGER = "QZX7731"
SCENE = """<MRML version="Slicer5">
 <MarkupsLine id="n" name="L2" references="storage:s;"></MarkupsLine>
 <MarkupsJsonStorage id="s" fileName="L2.json"></MarkupsJsonStorage>
 <Volume id="v" name="T2" references="storage:w;"></Volume>
 <VolumeArchetypeStorage id="w" fileName="Data/T2.nrrd"></VolumeArchetypeStorage></MRML>"""


def texts_of(results: Path):
    """Yield every file of the results as bytes, those of Office documents unpacked."""
    for path in sorted(results.rglob("*")):
        if path.is_file():
            yield path.name, path.read_bytes()
            if path.suffix in (".docx", ".xlsx", ".zip"):
                with zipfile.ZipFile(path) as archive:
                    for member in archive.namelist():
                        yield f"{path.name}/{member}", archive.read(member)


def types_of(study):
    table = pd.read_csv(study / "results/tables/vertebrae.csv", keep_default_na=False)
    return {(row.participant_id, row.level): row.defect_type for row in table.itertuples()}


def test_people_of_a_shared_table_who_are_not_in_the_study_are_counted_and_not_named(
    table_study,
):
    table = table_study / "endplates.csv"
    header, *rows = table.read_text().splitlines()
    unlisted = next(row for row in rows if row.split(",")[3] != "0").split(",")
    stranger = ",".join([STRANGER, *unlisted[1:]])
    table.write_text("\n".join([header, *rows, stranger, stranger.replace(",L", ",l")]) + "\n")
    hu = table_study / "hu.csv"
    hu.write_text(hu.read_text() + f"{STRANGER},L3,upper,99\n")
    run = run_workflow(table_study)
    assert run.code == 0, run.output
    assert STRANGER not in run.output
    for folder in ("results", ".snakemake/log", "logs"):
        for name, content in texts_of(table_study / folder):
            assert STRANGER.encode() not in content, name
    report = (table_study / "results/report.html").read_text()
    assert "endplates.csv: 2 rows of 1 ID not in the participants table" in report
    assert "hu.csv: 1 row of 1 ID not in the participants table" in report
    listed = {tuple(row.split(",")[:2]) for row in rows}
    for key, found in types_of(table_study).items():
        assert (found == "") == (key not in listed), key


def test_the_field_cases_of_unread_marks_are_read_or_reported(shared_data, tmp_path):
    study = tmp_path / "study"
    shutil.copytree(shared_data / "field_cases/marks_left_unread", study)
    for path in [study, *study.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    (study / "json/L3.mps").write_text("<point_set_file/>")
    (study / "disk2").mkdir()
    (study / "all/L2.mrk.json").rename(study / "disk2/L2.mrk.json")
    (study / "all/linked").symlink_to("../disk2")
    with zipfile.ZipFile(study / "download/L2.ZIP", "w") as archive:
        archive.write(study / "download/L2.mrk (1).json", "a/L2.json")
    (study / "download/L2.mrk (1).json").unlink()
    with zipfile.ZipFile(study / "upper/L2.MRB", "w") as archive:
        archive.write(study / "upper/L2.MRK.JSON", "s/L2.json")
        archive.writestr("s/Scene.mrml", SCENE)
        archive.writestr("s/Data/T2.nrrd", "NRRD0004")
    (study / "upper/L2.MRK.JSON").unlink()
    run = run_workflow(study)
    assert run.code == 0, run.output
    found = types_of(study)
    for name in ("all", "json", "upper", "download"):
        assert found[name, "L2"] == "bilateral", name
    for name in ("all", "upper", "download", "forks"):
        assert found[name, "L4"] == "none", name
    assert found["json", "L4"] == ""
    assert found["forks", "L1"] == found["all", "L1"]
    sizes = pd.read_csv(study / "results/tables/vertebrae.csv").set_index(
        ["participant_id", "level"]
    )
    assert sizes.loc[("json", "L2"), "width_mm"] == pytest.approx(25.4, abs=0.1)
    flags = pd.read_csv(study / "results/tables/flags.csv").query("participant_id == 'json'")
    assert set(flags["text"]) == {"unread_files: L3.mps"}
    report = (study / "results/report.html").read_text()
    assert "L3.mps is a point set of MITK" in report
    assert "could not be read as marks (L3.mps)" in report
    assert "Left out" in report
