"""The words for a grouping or an outcome come from its declaration."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bonecohort.report.printing.printer import Printer
from bonecohort.report.printing.split_labels import split_words
from bonecohort.study.settings import Settings, Variable

SETTINGS = replace(
    Settings(),
    variables={
        **Settings().variables,
        "menopause": Variable("Menopause", type="categorical", levels=("no", "yes")),
        "centre": Variable("Centre", type="categorical", levels=("north", "south")),
        "grade": Variable("Grade", type="categorical", levels=("a", "b", "c")),
    },
)


@pytest.mark.parametrize(
    ("name", "groups", "event", "by", "counted"),
    [
        (
            "endplate_defect", ("Endplate defects", "No endplate defects"), "endplate defects",
            "with and without endplate defects", "3 with and 2 without endplate defects",
        ),
        (
            "menopause", ("Menopause", "No menopause"), "menopause",
            "with and without menopause", "3 with and 2 without menopause",
        ),
        ("sex", ("Male", "Female"), "sex (female)", "by sex", "3 (male) and 2 (female)"),
        (
            "centre", ("Centre: north", "Centre: south"), "centre (south)",
            "by centre", "3 (north) and 2 (south)",
        ),
    ],
)  # fmt: skip
def test_every_split_is_named_by_its_label_and_levels(name, groups, event, by, counted):
    split = split_words(name, Printer.of(SETTINGS))
    assert (split.groups, split.event, split.by) == (groups, event, by)
    assert split.counted(3, 2) == counted


def test_a_count_of_events_is_followed_by_what_they_have():
    printer = Printer.of(SETTINGS)
    said = [split_words(name, printer).of_event for name in ("menopause", "endplate_defect", "sex")]
    assert said == ["with menopause", "with endplate defects", "of sex (female)"]


def test_a_grouping_of_which_no_value_is_there_is_missing_for_all():
    nobody = split_words("menopause", Printer.of(SETTINGS)).nobody
    assert nobody == "menopause is missing for all participants"


def test_sentences_begin_with_who_is_compared():
    assert split_words("menopause", Printer.of(SETTINGS)).differed() == (
        "Participants with menopause differed from those without in"
    )
    assert split_words("centre", Printer.of(SETTINGS)).differed() == (
        "Participants by centre (north vs. south) differed in"
    )


def test_three_groups_are_named_and_counted():
    split = split_words("grade", Printer.of(SETTINGS))
    assert split.groups == ("Grade: a", "Grade: b", "Grade: c")
    assert split.counted(3, 0, 2) == "3 (grade a) and 2 (grade c)"
    assert split.differed() == "Participants by grade (a vs. b vs. c) differed in"


def test_sex_declared_the_other_way_round_heads_its_own_columns():
    turned = Variable("Sex", type="categorical", levels=("female", "male"))
    settings = replace(SETTINGS, variables={"sex": turned})
    assert Printer.of(settings).group_words("sex", ("female", "male")) == ("Female", "Male")
