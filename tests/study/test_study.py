"""A study's own files: read once, and every problem named at once with what would be right."""

from __future__ import annotations

import openpyxl
import pytest

from bonecohort.faults import StudyFault
from bonecohort.study.at_work import stages_at_work
from bonecohort.study.study import load_study
from bonecohort.techniques.hounsfield.settings import HounsfieldSettings

from .conftest import PARTICIPANTS, SERIES


def problems_of(study, overrides=None):
    with pytest.raises(StudyFault) as caught:
        load_study(study.path, overrides)
    return "\n".join(caught.value.problems)


def test_a_study_without_config_has_the_papers_defaults(study):
    loaded = load_study(study.path)
    assert loaded.settings.of(HounsfieldSettings).osteoporosis_threshold == 110
    assert loaded.included == ("P001", "P002")
    assert loaded.participants["P001"].values["age_years"] == 70


@pytest.mark.parametrize("text", ["", "# only a comment\n", "\ufeff"])
def test_an_empty_config_is_valid(study, text):
    study.write("config/config.yaml", text)
    assert load_study(study.path).settings.levels == ("L1", "L2", "L3", "L4", "L5")


def test_bmi_is_computed_when_its_column_is_absent(study):
    bmi = load_study(study.path).participants["P001"].values["bmi_kg_m2"]
    assert bmi == pytest.approx(64.0 / 1.6**2)


def test_a_declared_variable_without_a_column_is_named_missing(study):
    assert "t_score" in load_study(study.path).missing_variables
    assert "bmi_kg_m2" not in load_study(study.path).missing_variables


def test_overrides_go_before_the_config_key_by_key(study):
    study.write("config/config.yaml", "hounsfield: {margin_mm: 4, min_levels: 3}\n")
    loaded = load_study(study.path, {"hounsfield": {"min_levels": 4}})
    hounsfield = loaded.settings.of(HounsfieldSettings)
    assert (hounsfield.margin_mm, hounsfield.min_levels) == (4, 4)


def test_a_further_variable_is_added_to_the_papers(study):
    study.write(
        "config/config.yaml",
        "variables:\n  ctx_ng_ml: {label: CTX, unit: ng/ml, type: continuous, range: [0, 5]}\n"
        "  sex: {label: Gender}\n",
    )
    variables = load_study(study.path).settings.variables
    assert variables["ctx_ng_ml"].unit == "ng/ml"
    assert variables["sex"].label == "Gender"
    assert variables["sex"].levels == ("male", "female")


def test_a_section_of_comments_only_says_nothing(study):
    study.write("config/config.yaml", "hounsfield:\n  # margin_mm: 4\nvariables:\n  ctx:\n")
    settings = load_study(study.path).settings
    assert settings.of(HounsfieldSettings).margin_mm == 5
    assert settings.variables["ctx"].type == "continuous"


@pytest.mark.parametrize(("levels", "read"), [("[no, yes]", ("no", "yes")), ("[0, 1]", ("0", "1"))])
def test_levels_are_words_however_yaml_reads_them(study, levels, read):
    study.write(
        "config/config.yaml", f"variables: {{grade: {{type: categorical, levels: {levels}}}}}"
    )
    assert load_study(study.path).settings.variables["grade"].levels == read


def test_a_config_problem_hides_no_other_and_makes_no_false_one(study):
    study.write(
        "config/config.yaml",
        "levels: [L9]\nvariables: {ctx: {unit: ng/ml}, grade: {type: nominal}}\n"
        "analysis: {table1_rows: [ctx, agge_years]}\n",
    )
    study.write(
        "config/participants.tsv",
        "participant_id\tctx\tgrade\nP001\t1\tII\nP002\tmany\tIII\n",
    )
    with pytest.raises(StudyFault) as caught:
        load_study(study.path)
    told = caught.value.problems
    for part in ("'L9'", "'nominal'", "'agge_years'", "row 3, ctx: 'many'"):
        assert sum(part in text for text in told) == 1
    assert len(told) == 4


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ("levels: [L1, L1]\n", ["levels: L1 stands more than once"]),
        ("variables: {hu_L1: {}}\n", ["variables.hu_L1", "column of that name"]),
        ("variables: {g: {type: categorical, levels: [a, A]}}\n", ["variables.g.levels", "once"]),
        ("variables: {age_years: {range: [120, 0]}}\n", ["age_years.range", "smallest"]),
        ("variables: {age_years: {decimals: -1}}\n", ["age_years.decimals", "-1"]),
        ("variables: {age_years: {ratio_units: 0}}\n", ["age_years.ratio_units", "0"]),
        ("hounsfield: {osteoporosis_threshold: .nan}\n", ["osteoporosis_threshold", "finite"]),
        ("vertebrae: {label_scheme: {L1: 31, L2: 31}}\n", ["label_scheme: 31 stands more"]),
        ("analysis: {table1_rows: [sex, sex]}\n", ["analysis.table1_rows: sex stands more"]),
        ("hounsfeld: {}\n", ["config/config.yaml", "'hounsfeld'", "'hounsfield'"]),
        ("hounsfield: {margin: 3}\n", ["hounsfield.margin", "'margin_mm'"]),
        ("images: {monoenergetic_kev: [75, 65]}\n", ["monoenergetic_kev", "[65, 75]"]),
        ("images: {monoenergetic_kev: 70}\n", ["images.monoenergetic_kev"]),
        ("hounsfield: {margin_mm: wide}\n", ["hounsfield.margin_mm", "'wide'", "number"]),
        ("hounsfield: {planes: [0.7, 0.5, 0.3]}\n", ["planes", "rising"]),
        ("vertebrae: {label_scheme: vers}\n", ["vertebrae.label_scheme", "'vers'", "'verse'"]),
        ("levels: [L1, L7]\n", ["levels", "'L7'"]),
        ("statistics: {t_test: wellch}\n", ["statistics.t_test", "'wellch'", "'welch'"]),
        ("statistics: {tests: {age_years: fisher_exact}}\n", ["tests.age_years", "student_t"]),
        ("statistics: {tests: {agge_years: welch_t}}\n", ["tests", "'agge_years'", "age_years"]),
        ("statistics: {tests: {sex: chi}}\n", ["statistics.tests.sex", "'chi'", "fisher_exact"]),
        ("analysis: {table1_rows: [agge_years]}\n", ["agge_years", "age_years"]),
        ("analysis: {roc_predictors: [hu_L9]}\n", ["roc_predictors", "'hu_L9'"]),
        ("analysis: {reference_standard: tscore}\n", ["reference_standard", "'t_score'"]),
        ("statistics: {multiple_imputation: 1}\n", ["multiple_imputation", "2 or more"]),
        ("statistics: {spline_knots: 7}\n", ["spline_knots", "7"]),
        ("statistics: {bootstrap_resamples: 0}\n", ["bootstrap_resamples", "1 or more"]),
        ("statistics: {seed: -1}\n", ["statistics.seed", "0 or more"]),
        ("sample_size: {power: 80}\n", ["sample_size.power", "between 0 and 1"]),
        ("sample_size: {odds_ratio: 1}\n", ["sample_size.odds_ratio", "other than 1"]),
        ("variables: {grade: {type: categorical}}\n", ["variables.grade.levels", "two"]),
        ("levels: [L1\n", ["not readable YAML"]),
        ("levels: [L1]\nlevels: [L2]\n", ["'levels' stands twice"]),
        ("- a\n", ["'key: value'"]),
    ],
)
def test_a_config_problem_names_key_value_and_what_is_right(study, config, expected):
    study.write("config/config.yaml", config)
    text = problems_of(study)
    for part in expected:
        assert part in text


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            ("age_years", "age_year"),
            ["column 'age_year' looks like 'age_years'", "Rename the heading"],
        ),
        (("participant_id", "patient"), ["column 'participant_id' is missing"]),
        (("P002", "p001"), ["row 3", "'p001'", "row 2", "case"]),
        (("P002", "P 02"), ["row 3", "'P 02'", "letters, digits"]),
        (("P002", ""), ["row 3", "participant_id", "blank"]),
        (("\tmale", "\tmann"), ["row 3, sex", "'mann'", "male or female"]),
        (("61", "161"), ["row 3, age_years", "161", "0 to 120 years"]),
        (("61", "sixty"), ["row 3, age_years", "'sixty' is not a number"]),
    ],
)
def test_a_participants_problem_names_row_column_and_value(study, change, expected):
    study.write("config/participants.tsv", PARTICIPANTS.replace(*change))
    text = problems_of(study)
    assert "config/participants.tsv" in text
    for part in expected:
        assert part in text


def test_an_exclusion_needs_a_reason(study):
    study.write("config/participants.tsv", "participant_id\tinclude\nP001\tno\nP002\tmaybe\n")
    text = problems_of(study)
    assert "row 2, exclusion_reason: blank" in text
    assert "row 3, include: 'maybe'" in text


@pytest.mark.parametrize(("word", "included"), [("否", 1), ("N", 1), ("FALSE", 1), ("是", 2)])
def test_include_may_be_any_word_for_yes_and_no(study, word, included):
    study.write(
        "config/participants.tsv",
        f"participant_id\tinclude\texclusion_reason\nP001\tY\t\nP002\t{word}\tsurgery\n",
    )
    assert len(load_study(study.path).included) == included


@pytest.mark.parametrize("word", ["1", "0", "out"])
def test_include_is_never_guessed(study, word):
    study.write("config/participants.tsv", f"participant_id\tinclude\nP001\t{word}\nP002\t\n")
    assert f"row 2, include: '{word}'; 'yes' or 'no' is expected" in problems_of(study)


def test_an_excluded_participant_needs_no_series(study):
    study.write(
        "config/participants.tsv",
        "participant_id\tinclude\texclusion_reason\nP001\tyes\t\nP002\t\t\nP003\tNo\tsurgery\n",
    )
    loaded = load_study(study.path)
    assert loaded.included == ("P001", "P002")
    assert loaded.participants["P003"].exclusion_reason == "surgery"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("kind", "kindd"), ["column 'kind' is missing", "unknown column 'kindd'"]),
        (("P002\thu_table", "P002\thu_tabel"), ["row 3, kind", "'hu_tabel'", "'hu_table'"]),
        (("P002", "p002"), ["row 3", "'p002'", "did you mean 'P002'"]),
        (("P002\thu_table\thu.csv", "P002\thu_table\t"), ["row 3, path: blank"]),
        (("P002", "P003"), ["'P003' is not in the participants table", "'P002' has no row"]),
        (("hu_table\thu.csv\nP002", "ct\ta\nP001\tct\tb\nP002"), ["a second 'ct' of P001"]),
        (("P002\thu_table\thu.csv", "P002\thu_table\t" + "x" * 300), ["row 3, path", "255 bytes"]),
        (("P002\thu_table\thu.csv", "P002\thu_table\thu.csv\tx"), ["row 3: 4 cells"]),
    ],
)
def test_a_series_problem_names_row_column_and_value(study, change, expected):
    study.write("config/series.tsv", SERIES.replace(*change))
    text = problems_of(study)
    assert "config/series.tsv" in text
    for part in expected:
        assert part in text


def test_all_problems_of_all_files_are_reported_at_once(study):
    study.write("config/config.yaml", "hounsfeld: {}\n")
    study.write("config/participants.tsv", PARTICIPANTS.replace("61", "161"))
    study.write("config/series.tsv", SERIES.replace("P002", "P009"))
    text = problems_of(study)
    assert text.count("config/config.yaml") == 1
    assert "161" in text
    assert "P009" in text


def test_a_missing_table_is_one_problem_among_others(study):
    (study.path / "config/series.tsv").unlink()
    study.write("config/participants.tsv", PARTICIPANTS.replace("61", "161"))
    text = problems_of(study)
    assert "config/series.tsv: this table does not exist" in text
    assert "161" in text


def test_ids_stay_text_and_a_byte_order_mark_is_read_past(study):
    study.write(
        "config/participants.tsv", PARTICIPANTS.replace("P001", "007"), encoding="utf-8-sig"
    )
    study.write("config/series.tsv", SERIES.replace("P001", "007"), encoding="utf-8-sig")
    assert load_study(study.path).included == ("007", "P002")


def test_tables_may_be_excel_or_csv(study):
    book = openpyxl.Workbook()
    for line in PARTICIPANTS.splitlines():
        book.active.append([int(cell) if cell.isdigit() else cell for cell in line.split("\t")])
    book.save(study.path / "people.xlsx")
    study.write("series.csv", SERIES.replace("\t", ";"))
    study.write("config/config.yaml", "participants: people.xlsx\nseries: series.csv\n")
    loaded = load_study(study.path)
    assert loaded.participants["P001"].values["height_cm"] == 160
    assert loaded.series_of("P002", "hu_table")[0].path == "hu.csv"


def test_a_blank_cell_is_a_missing_value(study):
    study.write("config/participants.tsv", PARTICIPANTS.replace("\t61\t", "\t\t"))
    assert load_study(study.path).participants["P002"].values["age_years"] is None


def test_no_reader_is_called_as_the_readers_mean_is(study):
    study.write(
        "config/series.tsv",
        SERIES.replace("path", "path\treader").replace("hu.csv", "hu.csv\tMean"),
    )
    assert "row 2, reader: 'Mean'" in problems_of(study)


def test_what_participants_have_in_common_is_worked_out_once(study, monkeypatch):
    asked = []
    monkeypatch.setattr(
        "bonecohort.study.study.stages_at_work",
        lambda settings, kinds: asked.append(kinds) or stages_at_work(settings, kinds),
    )
    loaded = load_study(study.path)
    for name in loaded.included * 3:
        loaded.stages_of(name)
    assert len(asked) == len(loaded.kinds_together)
