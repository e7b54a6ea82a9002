"""From nothing to a study: new, demo, init; and what each command says to type next."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
import yaml

from bonecohort.cli import main
from bonecohort.demo.cohort import draw_participant
from bonecohort.demo.study import write_demo_study, write_participant
from bonecohort.intake.new_study import workbooks
from bonecohort.study.config import check_settings
from bonecohort.study.settings import paper_variables
from bonecohort.study.study import load_study

from .filling import fill, fill_from

REPOSITORY = Path(__file__).resolve().parents[2]
NEW = ["README.md", "config/config.yaml", *workbooks()]


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    """Be in an empty folder."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_new_study_is_whole_and_only_lacks_participants(here, capsys):
    assert main(["new", "my study"]) == 0
    printed = capsys.readouterr()
    assert printed.err == "Next: cd 'my study' && bonecohort check\n"
    assert sorted(files_of(here / "my study")) == sorted(NEW)
    assert main(["check", "my study"]) == 1
    told = capsys.readouterr().err
    assert "The study has 1 problem;" in told
    assert "participants.xlsx: no participant; at least one row is expected." in told
    assert told.endswith("Correct this. Next: bonecohort check 'my study'\n")


def test_a_new_study_filled_in_is_the_study_of_its_tables(here, shared_data, capsys):
    data = shared_data / "table_study"
    assert main(["new"]) == 0
    fill_from(data, here)
    capsys.readouterr()
    assert main(["check"]) == 0
    printed = capsys.readouterr()
    assert "199 participants listed (199 included), 398 series rows; no problem" in printed.out
    assert printed.out.startswith(f"{here}: ")
    assert printed.err == "Next: bonecohort run\n"
    filled, given = load_study(here), load_study(data)
    assert [(row.participant_id, row.kind) for row in filled.series_of("P007")] == [
        (row.participant_id, row.kind) for row in given.series_of("P007")
    ]
    assert filled.settings.variables == given.settings.variables
    known = {name: who.values for name, who in given.participants.items()}
    for name, who in filled.participants.items():
        assert {key: value for key, value in who.values.items() if key != "bmi_kg_m2"} == {
            key: value for key, value in known[name].items() if key != "bmi_kg_m2"
        }


def test_ids_that_look_like_numbers_stay_as_they_are_typed(here):
    main(["new"])
    fill(here / "config/participants.xlsx", [{"participant_id": "007", "sex": "male"}])
    assert load_study(here).included == ("007",)
    sheet = openpyxl.load_workbook(here / "config/participants.xlsx").worksheets[0]
    assert sheet.column_dimensions["A"].number_format == "@"


def test_every_heading_says_what_goes_below_it(here):
    main(["new"])
    for name in workbooks():
        sheet = openpyxl.load_workbook(here / name).worksheets[0]
        assert all(cell.comment and cell.comment.text for cell in sheet[1]), name
    sheet = openpyxl.load_workbook(here / "config/participants.xlsx").worksheets[0]
    headings = [cell.value for cell in sheet[1]]
    assert set(paper_variables()) - set(headings) == {"bmi_kg_m2"}
    assert "male or female" in sheet.cell(1, headings.index("sex") + 1).comment.text


def test_the_examples_in_the_new_config_are_settings(here):
    main(["new"])
    text = (here / "config/config.yaml").read_text()
    assert yaml.safe_load(text) is None
    # An example line has its # before a key, or before the two spaces of a key below it.
    lines = [line[1:] if (line.startswith("#") and line[1:2] != " ") or line.startswith("#  ")
             else line for line in text.splitlines()]  # fmt: skip
    content = yaml.load("\n".join(lines), yaml.BaseLoader)
    assert {"report", "variables", "levels", "hounsfield", "endplates", "analysis"} <= set(content)
    settings, problems = check_settings(content, Path("config.yaml"))
    assert problems == []
    assert settings.analysis.outcome == "osteoporosis"


def test_new_overwrites_nothing(here, capsys):
    (here / "config").mkdir()
    (here / "config/config.yaml").write_text("levels: [L1]\n")
    (here / "README.md").symlink_to("nowhere")
    before = files_of(here)
    assert main(["new", "."]) == 1
    told = capsys.readouterr().err
    assert "config/config.yaml exists already and is left as it is" in told
    assert "README.md exists already" in told
    assert files_of(here) == before


@pytest.mark.parametrize("command", ["new", "demo"])
def test_a_filled_folder_is_written_into_only_where_it_is_named(here, capsys, command):
    (here / "thesis.docx").write_text("mine")
    assert main([command]) == 1
    assert "not empty: it holds thesis.docx" in capsys.readouterr().err
    assert sorted(files_of(here)) == ["thesis.docx"]


def test_the_demo_goes_into_the_empty_folder_and_is_gone_on_with_there(here, capsys):
    words = ["demo", "--participants", "1", "--jobs", "1"]
    assert main(words) == 0
    assert capsys.readouterr().err.endswith("Next: bonecohort run\n")
    (manifest,) = here.rglob("manifest.json")
    manifest.unlink()
    assert main(words) == 0
    assert manifest.is_file()


@pytest.mark.parametrize("place", ["my_study", "workflow/bonecohort/my_study", "."])
@pytest.mark.parametrize("command", ["init", "new"])
def test_no_study_is_begun_inside_a_checkout(here, capsys, command, place):
    (here / "workflow/bonecohort").mkdir(parents=True)
    (here / "workflow/bonecohort/__init__.py").touch()
    (here / "export").mkdir()
    words = [command, *(["export"] if command == "init" else []), place]
    assert main(words) == 1
    assert f"inside the program's own folder, {here}." in capsys.readouterr().err
    assert sorted(files_of(here)) == ["workflow/bonecohort/__init__.py"]


def test_nor_inside_this_one(capsys):
    assert main(["init", str(REPOSITORY / "tests"), str(REPOSITORY / "my_study")]) == 1
    assert "inside the program's own folder" in capsys.readouterr().err
    assert not (REPOSITORY / "my_study").exists()


def test_init_proposes_into_the_current_folder_and_says_what_follows(here, tmp_path, capsys):
    write_participant(tmp_path / "export", draw_participant(1, seed=1), seed=1)
    assert main(["init", str(tmp_path / "export"), "--jobs", "1"]) == 0
    assert capsys.readouterr().err.endswith("Next: bonecohort check\n")
    assert (here / "config/participants.tsv").is_file()
    assert main(["check"]) == 0


def test_init_adds_to_the_workbook_that_is_there(here, tmp_path):
    write_participant(tmp_path / "export", draw_participant(1, seed=1), seed=1)
    book = openpyxl.Workbook()
    book.worksheets[0].append(["participant_id", "sex"])
    book.save(here / "participants.xlsx")
    assert main(["init", str(tmp_path / "export"), "--jobs", "1"]) == 0
    assert not (here / "config/participants.tsv").exists()
    assert len(load_study(here).included) == 1


def test_a_folder_without_a_study_is_reported_how_to_make_one(here, capsys):
    for command in ("check", "plan", "run", "status"):
        assert main([command]) == 1
        told = capsys.readouterr().err
        assert f"There is no study in {here}. To make one:" in told
        assert "bonecohort new my_study" in told


def test_status_says_what_follows(here, capsys):
    write_demo_study(here, participants=1, seed=1, jobs=1)
    assert main(["status"]) == 0
    assert "bonecohort run" in capsys.readouterr().out
