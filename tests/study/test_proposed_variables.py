"""What `bonecohort check --fix` proposes, and where it writes it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from bonecohort.cli import main
from bonecohort.study.cells import Row, Table
from bonecohort.study.config import check_settings
from bonecohort.study.proposed_variables import proposed_variables
from bonecohort.study.study import load_study

CONFIG = Path("config/config.yaml")


def proposed(columns, variables=None):
    """Return the block for a table of columns, and the settings that it makes."""
    height = max(map(len, columns.values()))
    rows = tuple(
        Row(at + 2, {name: cells[at] if at < len(cells) else "" for name, cells in columns.items()})
        for at in range(height)
    )
    settings, problems = check_settings({"variables": variables or {}}, CONFIG)
    assert not problems
    lines = proposed_variables(Table(Path("p.tsv"), tuple(columns), rows), settings)
    return lines, yaml.safe_load("\n".join(lines) or "{}").get("variables") or {}


def test_a_known_variables_heading_is_mapped():
    _, found = proposed({"participant_id": ["1"], "年龄": ["71"], "BMD (g/cm2)": ["0.9"]})
    assert found == {"age_years": {"column": "年龄"}, "bmd_g_cm2": {"column": "BMD (g/cm2)"}}


def test_numbers_for_the_sexes_are_left_to_the_reader():
    lines, found = proposed({"sex": ["1", "2", "2"]})
    assert found == {"sex": None}
    assert "    # codes: {1: male, 2: female}" in lines


def test_zero_and_one_of_a_yes_no_variable_are_proposed_and_marked():
    lines, _ = proposed({"smoking": ["0", "1"]})
    assert lines[-1].startswith("    codes: {0: no, 1: yes}  # correct it if")
    lines, found = proposed({"smoking": ["1", "2"]})
    assert found == {"smoking": None}


def test_words_that_fit_no_level_are_asked_for():
    lines, _ = proposed({"smoking": ["never", "former", "no"]})
    assert "    # codes: {never: ?, former: ?}" in lines


@pytest.mark.parametrize(
    ("heading", "cells", "declared"),
    [
        (
            "Vitamin D (nmol/L)",
            [f"{n}.25" for n in range(30, 60)],
            {"column": "Vitamin D (nmol/L)", "label": "Vitamin D", "unit": "nmol/L",
             "type": "continuous", "range": [30.25, 59.25], "decimals": 2},
        ),
        (
            "ctx",
            [f"{n} ng/ml" for n in range(20)],
            {"label": "ctx", "unit": "ng/ml", "type": "continuous", "range": [0, 19]},
        ),
        (
            "grade",
            ["1", "2", "3"] * 4,
            {"label": "grade", "type": "categorical", "levels": [1, 2, 3]},
        ),
        ("病", ["是", "否"] * 4, {"label": "病", "type": "categorical", "levels": ["否", "是"]}),
        ("fall", ["Y", "N"] * 4, {"label": "fall", "type": "categorical", "levels": [False, True]}),
        (
            "ward",
            ["east", "west", "west"] * 3,
            {"label": "ward", "type": "categorical", "levels": ["west", "east"]},
        ),
    ],
)  # fmt: skip
def test_a_further_column_is_declared_as_it_looks(heading, cells, declared):
    _, found = proposed({heading: cells})
    (name,) = found
    assert found[name] == declared
    settings, problems = check_settings({"variables": {name: _words(found[name])}}, CONFIG)
    assert problems == []
    assert settings.variables[name].label == declared["label"]


def _words(declaration):
    """Return a declaration as this study's YAML is read: yes and no are words."""
    names = {True: "yes", False: "no"}
    levels = [names.get(one, one) if isinstance(one, bool) else one
              for one in declaration.get("levels", [])]  # fmt: skip
    return declaration | ({"levels": levels} if levels else {})


@pytest.mark.parametrize(
    ("heading", "cells", "why"),
    [
        ("备注", [f"说明{n}" for n in range(20)], "free text; kept out"),
        ("empty", [], "blank; kept out"),
        ("centre", ["A", "A"], "one value only; kept out"),
        ("姓名", ["张三", "李四"] * 3, "seems to identify somebody"),
        ("dose", ["5 mg", "6 g"] * 5, "its numbers are in g, mg: write one unit"),
    ],
)
def test_what_is_no_variable_is_a_comment_and_says_no_value(heading, cells, why):
    lines, found = proposed({heading: cells, "Age": ["71"]})
    assert list(found) == ["age_years"]
    assert f"  # {heading}: {why}" in "\n".join(lines)
    assert not any(cell in line for line in lines[1:] for cell in cells if cell != "A")


def test_a_table_without_a_column_to_declare_needs_no_lines():
    assert proposed({"remarks": [f"note {n}" for n in range(20)]})[0] == []


def test_a_name_of_the_results_is_not_taken():
    _, found = proposed({"osteoporosis": ["yes", "no"] * 3})
    assert list(found) == ["osteoporosis_own"]
    assert found["osteoporosis_own"]["column"] == "osteoporosis"


def test_declared_columns_need_no_word():
    assert proposed({"participant_id": ["1"], "sex": ["男"], "include": ["yes"]})[0] == []


TABLE = "participant_id,年龄,性别,Vit D (nmol/L),吸烟\n" + "".join(
    f"P{n:03},{50 + n}岁,{'男女'[n % 2]},{30 + n}.5,{n % 2}\n" for n in range(20)
)


@pytest.fixture
def hospital(study):
    study.path.joinpath("config/participants.tsv").write_bytes(TABLE.encode("gb18030"))
    rows = "".join(f"P{n:03}\thu_table\thu.csv\n" for n in range(20))
    study.write("config/series.tsv", f"participant_id\tkind\tpath\n{rows}")
    study.write("hu.csv", "participant_id,level,plane,hu\n")
    return study


def test_check_shows_the_lines_and_writes_nothing(hospital, capsys):
    assert main(["check", str(hospital.path)]) == 1
    printed = capsys.readouterr().out
    assert "bonecohort check --fix` writes them" in printed
    assert "  age_years:\n    column: 年龄" in printed
    assert not (hospital.path / CONFIG).exists()


@pytest.mark.parametrize("before", ["", "# mine: é\nlevels: [L1, L2]", "# only a comment\r\n"])
def test_fix_adds_to_a_config_without_variables_and_the_study_is_read(hospital, before, capsys):
    config = hospital.path / CONFIG
    if before:
        config.write_bytes(before.encode())
    assert main(["check", str(hospital.path), "--fix"]) == 1  # of the tables as they were
    assert "these lines were added at its end" in capsys.readouterr().out
    assert config.read_bytes().startswith(before.encode())
    loaded = load_study(hospital.path)
    assert loaded.participants["P001"].values | {"vit_d": 0} == {
        "age_years": 51, "sex": "female", "smoking": "yes", "vit_d": 0,
    }  # fmt: skip
    assert loaded.settings.variables["vit_d"].unit == "nmol/L"
    assert main(["check", str(hospital.path), "--fix"]) == 0
    assert "Nothing to propose" in capsys.readouterr().out


@pytest.mark.parametrize(
    "before",
    [
        "variables: {sex: {label: 性别}}\n", "variables:\n", "{levels: [L1]}\n",
        "levels: [L1]\n...\n", "levels: [L1\n",
    ],
)  # fmt: skip
def test_fix_touches_no_other_config(hospital, before, capsys):
    config = hospital.write("config/config.yaml", before)
    for name in ("variables.proposed.yaml", "variables.proposed2.yaml"):
        main(["check", str(hospital.path), "--fix"])
        assert config.read_text(encoding="utf-8") == before
        written = yaml.safe_load((hospital.path / "config" / name).read_text(encoding="utf-8"))
        assert written["variables"]["age_years"] == {"column": "年龄"}
        assert f"config/{name}: these lines were written there" in capsys.readouterr().out
