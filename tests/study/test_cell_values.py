"""Cells as hospitals write them: codes, words of other languages, units beside numbers."""

from __future__ import annotations

import openpyxl
import pytest

from bonecohort.faults import StudyFault
from bonecohort.study.cell_values import read_category, read_number
from bonecohort.study.settings import Variable, paper_variables
from bonecohort.study.study import load_study

PAPER = paper_variables()
AGE, SEX, HEIGHT = PAPER["age_years"], PAPER["sex"], PAPER["height_cm"]
SMOKING, BMD, T_SCORE = PAPER["smoking"], PAPER["bmd_g_cm2"], PAPER["t_score"]


@pytest.mark.parametrize(
    ("text", "variable", "value"),
    [
        *((word, SEX, "male") for word in ("male", "MALE", "M", "m", "Man", "男", "男性", "Ｍ")),
        *((word, SEX, "female") for word in ("F", "Woman", "女", "女性", "ＦＥＭＡＬＥ")),
        *((word, SMOKING, "yes") for word in ("Y", "是", "有", "TRUE", "True", "Ｙ", "Yes")),
        *((word, SMOKING, "no") for word in ("n", "否", "无", "FALSE", "無")),
        ("M", Variable(type="categorical", levels=("男", "女")), "男"),
        ("no", Variable(type="categorical", levels=("无", "有")), "无"),
    ],
)
def test_words_of_one_meaning_are_read(text, variable, value):
    assert read_category(text, variable).value == value


@pytest.mark.parametrize(
    ("text", "variable"),
    [
        *((text, SEX) for text in ("1", "2", "0", "X", "有", "yes", "unknown", "１", "公")),
        *((text, SMOKING) for text in ("1", "0", "2", "男", "M", "T", "+", "ex-smoker")),
        ("无", Variable(type="categorical", levels=("no", "mild", "severe"))),
        ("是", Variable(type="categorical", levels=("no", "yes", "有"))),
        ("F", Variable(type="categorical", levels=("female", "unknown"))),
    ],
)
def test_what_may_mean_either_is_refused(text, variable):
    with pytest.raises(ValueError, match="is expected"):
        read_category(text, variable)


CODED = Variable(
    type="categorical", levels=("male", "female"), codes={"1": "male", "2": "female", "F": "female"}
)


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", "male"), ("2", "female"), ("1.0", "male"), ("２", "female"), ("f", "female"),
     ("Male", "male"), ("男", "male")],
)  # fmt: skip
def test_declared_codes_say_what_cells_mean(text, value):
    assert read_category(text, CODED).value == value


@pytest.mark.parametrize("text", ["0", "3", "1.5", "11", "-1"])
def test_a_code_that_is_not_declared_is_refused(text):
    with pytest.raises(ValueError, match="male or female or 1 or 2 or F is expected"):
        read_category(text, CODED)


@pytest.mark.parametrize(
    ("text", "variable", "value"),
    [
        *((text, AGE, 71.0) for text in ("71岁", "71 y", "71 years", "７１", "７１岁", "71Y")),
        *((text, HEIGHT, 165.0) for text in ("165cm", "165 CM", "165厘米", "１６５ｃｍ", "165㎝")),
        ("165,5 cm", HEIGHT, 165.5),
        ("0.812 g/cm2", BMD, 0.812),
        ("0.812g/cm²", BMD, 0.812),
        ("－2.5", T_SCORE, -2.5),
        ("−2.5", T_SCORE, -2.5),
        ("12 %", Variable(unit="%"), 12.0),
    ],
)  # fmt: skip
def test_a_number_may_have_its_own_unit_beside_it(text, variable, value):
    assert read_number(text, variable).value == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "variable", "told"),
    [
        ("1.65 m", HEIGHT, "not a number in cm"),
        ("1.65", HEIGHT, "out of range; 80 to 250 cm"),
        ("1.65cm", HEIGHT, "out of range"),
        ("65 in", HEIGHT, "not a number in cm"),
        ("120斤", PAPER["weight_kg"], "not a number in kg"),
        ("6M", AGE, "not a number in years"),
        ("71岁3月", AGE, "not a number"),
        ("812 mg/cm2", BMD, "not a number in g/cm²"),
        ("-2.5 SD", T_SCORE, "is not a number"),
        ("71²", AGE, "not a number"),
        ("3.Jun", AGE, "a date"),
        ("1,234岁", AGE, "may mean a decimal comma or thousands"),
        ("3/10", PAPER["vas_0_10"], "not a number"),
        ("约71岁", AGE, "not a number"),
    ],
)
def test_another_unit_or_an_unclear_number_is_refused(text, variable, told):
    with pytest.raises(ValueError, match=told):
        read_number(text, variable)


TABLE = [
    ["participant_id", "age_years", "sex", "smoking", "diabetes"],
    ["P001", "71岁", "男", "有", "1"],
    ["P002", "６５", "女", "无", "0"],
    ["P003", "58", "女", "无", "1.0"],
]
CONFIG = "series: none.tsv\nanalyses: [table1: {by: sex, rows: [age_years, smoking, diabetes]}]\n"
CODES = "variables: {diabetes: {codes: {0: no, 1: yes}}}\n"


def written(study, kind, rows=TABLE):
    study.path.joinpath("config/participants.tsv").unlink()
    name = f"config/participants.{kind}"
    if kind == "xlsx":
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append([float(cell) if cell in ("1", "0") else cell for cell in row])
        book.save(study.path / name)
    else:
        text = "\n".join(("," if kind == "csv" else "\t").join(row) for row in rows)
        study.write(name, text, "gb18030" if kind == "csv" else "utf-8")
    return f"{CONFIG}participants: {name}\n"


@pytest.mark.parametrize("kind", ["xlsx", "csv", "tsv"])
def test_a_hospitals_table_is_read_and_every_reading_reported(study, kind):
    study.write("config/config.yaml", written(study, kind) + CODES)
    loaded = load_study(study.path)
    values = [who.values for who in loaded.participants.values()]
    assert [one["age_years"] for one in values] == [71, 65, 58]
    assert [one["sex"] for one in values] == ["male", "female", "female"]
    assert [one["diabetes"] for one in values] == ["yes", "no", "yes"]
    table = f"config/participants.{kind}"
    expected = [
        f"{table}, row 2, age_years: the unit beside the number is years.",
        f"{table}, row 3, age_years: full-width characters are read as plain ones.",
        f"{table}, sex: '男' is read as male (1 row), '女' is read as female (2 rows).",
        f"{table}, smoking: '有' is read as yes (1 row), '无' is read as no (2 rows).",
    ]
    if kind == "csv":
        told = f"{table}: this is no UTF-8 text; it was read as Chinese text in GB18030 (GBK)."
        expected.insert(0, told)
    assert list(loaded.notes) == expected


@pytest.mark.parametrize("kind", ["xlsx", "tsv"])
def test_bare_numbers_need_a_declaration_and_the_message_writes_it(study, kind):
    study.write("config/config.yaml", written(study, kind))
    with pytest.raises(StudyFault) as fault:
        load_study(study.path)
    (problem,) = fault.value.problems
    assert f"config/participants.{kind}, row 2, 3, 4, diabetes: nothing says what 0" in problem
    assert "variables: {diabetes: {codes: {0: no, 1: yes" in problem


def test_codes_of_sex_are_one_problem_however_many_rows_have_them(study):
    rows = [TABLE[0], *([f"P{n}", "60", str(1 + n % 2), "no", "no"] for n in range(40))]
    study.write("config/config.yaml", written(study, "tsv", rows))
    with pytest.raises(StudyFault) as fault:
        load_study(study.path)
    (problem,) = fault.value.problems
    assert problem == (
        "config/participants.tsv, row 2, 3, 4, 5, 6 and 35 more, sex: nothing says what 1 and 2 "
        "mean. If 1 is male and 2 is female, write in config.yaml  variables: {sex: {codes: "
        "{1: male, 2: female}}}  If not, give each number its own level."
    )


def test_cells_that_are_wrong_in_one_way_are_one_problem(study):
    rows = [TABLE[0], *([f"P{n}", "60", "divers", "no", "no"] for n in range(9))]
    study.write("config/config.yaml", written(study, "tsv", rows))
    with pytest.raises(StudyFault) as fault:
        load_study(study.path)
    (problem,) = (text for text in fault.value.problems if "divers" in text)
    assert "row 2, 3, 4, 5, 6 and 4 more, sex: 'divers'; male or female is expected" in problem


def test_a_full_width_id_is_refused_with_what_to_write(study):
    study.write("config/participants.tsv", "participant_id\nＰ００１\n")
    with pytest.raises(StudyFault, match=r"row 2, participant_id: 'Ｐ００１'.*Write P001\."):
        load_study(study.path)


@pytest.mark.parametrize(
    ("declared", "told"),
    [
        ("sex: {codes: {1: mal, 2: female}}", "sex.codes.1: found 'mal'; did you mean 'male'?"),
        ("sex: {codes: {male: female}}", "sex.codes.male: male is a level itself"),
        ("sex: {codes: {A: male, a: female}}", "sex.codes: a stands more than once"),
        ("age_years: {codes: {1: old}}", "age_years is continuous; only a categorical"),
    ],
)
def test_codes_that_cannot_be_meant_are_reported(study, declared, told):
    study.write("config/config.yaml", f"variables: {{{declared}}}\n")
    with pytest.raises(StudyFault) as fault:
        load_study(study.path)
    assert any(told in problem for problem in fault.value.problems)


def test_true_and_false_are_codes_as_well(study):
    study.write(
        "config/config.yaml",
        "variables: {hypertension: {codes: {true: yes, FALSE: no, 9: no}}}\n",
    )
    codes = load_study(study.path).settings.variables["hypertension"].codes
    assert codes == {"true": "yes", "false": "no", "9": "no"}
