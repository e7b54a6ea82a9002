"""Whether two written names may be of one person."""

from __future__ import annotations

import pytest

from bonecohort.intake.person_names import is_placeholder, same_name


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Doe^Jane", "DOE^JANE"),
        ("Doe^Jane", "Doe Jane"),
        ("Doe^Jane", "Doe, Jane"),
        ("Doe^Jane", "Jane^Doe"),
        ("Doe^Jane^^^", " Doe ^ Jane "),
        ("Doe^Jane", "Doe^Jane^Mary"),
        ("Doe^Jane^M", "Doe^Jane^Mary"),
        ("Doe^Jane", "Doe^Jane^^Dr.^PhD"),
        ("Müller^José", "MUELLER^JOSE"),
        ("Müller^José", "MULLER^JOSE"),
        ("Weiß^Åsa", "WEISS^AASA"),
        ("O'Neil^Ann", "ONEIL^ANN"),
        ("Wang^XiaoMing", "WANG^XIAO MING"),
        ("王^小明", "王小明"),
        ("Wang^XiaoMing=王^小明", "王小明"),
        ("Wang^XiaoMing=王^小明", "WANG XIAOMING="),
        ("Yamada^Tarou=山田^太郎=やまだ^たろう", "山田^太郎"),
        ("Иванов^Иван", "ИВАНОВ ИВАН"),
    ],
)
def test_one_name_in_two_ways_is_one_name(first, second):
    assert same_name(first, second) is True
    assert same_name(second, first) is True


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Doe^Jane", "Doe^John"),
        ("Doe^Jane", "Smith^Jane"),
        ("Doe^Jane^Mary", "Doe^Jane^Ann"),
        ("Doe^J", "Smith^J"),
        ("王^小明", "王^小红"),
        ("Wang^Wei=王^伟", "Li^Na=李^娜"),
        ("Müller^Ann", "Moeller^Ann"),
    ],
)
def test_two_names_are_two(first, second):
    assert same_name(first, second) is False
    assert same_name(second, first) is False


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Doe^Jane", ""),
        ("Doe^Jane", "ANON"),
        ("Doe^Jane", "Anonymous^Patient"),
        ("ANONYMIZED", "ANONYMIZED"),
        ("Doe^Jane", "Doe"),
        ("Doe^J", "Doe^Jane"),
        ("王^小明", "Wang^XiaoMing"),
        ("Doe^Jane", "D\ufffde^Jane"),
        ("???", "Doe^Jane"),
        ("", ""),
    ],
)
def test_what_is_absent_or_in_another_script_says_nothing(first, second):
    assert same_name(first, second) is None
    assert same_name(second, first) is None


@pytest.mark.parametrize(
    "text", ["", "ANON", "anonymous", "Anonymized", "DE-IDENTIFIED", "0000", "XXXX", "NOID", "N/A",
             "NAME^NONE", "^", "匿名"]
)  # fmt: skip
def test_words_that_stand_for_no_name_are_none(text):
    assert is_placeholder(text)


@pytest.mark.parametrize("text", ["ANON-017", "S1", "1", "0017", "Anonymized 3", "Nonet"])
def test_a_pseudonym_is_a_name(text):
    assert not is_placeholder(text)
