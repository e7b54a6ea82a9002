"""The list of analyses in config.yaml: what is taken, and what is refused before any job."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bonecohort.study.analyses import has_preset, listed
from bonecohort.study.config import check_settings
from bonecohort.study.settings import Settings, as_mapping

CONFIG = Path("config/config.yaml")
TABLE = {"by": "sex", "rows": ["age_years", "mr_fat_pdff"]}


def problems(*entries: object, **config: object) -> list[str]:
    _, found = check_settings({"analyses": list(entries), **config}, CONFIG)
    return [text.removeprefix(f"{CONFIG}: ") for text in found]


def test_the_default_is_the_paper():
    settings, found = check_settings({}, CONFIG)
    assert found == []
    assert has_preset(settings.analyses)
    assert listed(settings.analyses) == []
    assert as_mapping(Settings())["analyses"] == [{"preset": "hao2025"}]


def test_entries_are_numbered_as_they_stand():
    entries = [{"preset": "hao2025"}, {"table1": TABLE}, {"table1": TABLE | {"by": "smoking"}}]
    settings, found = check_settings({"analyses": entries}, CONFIG)
    assert found == []
    assert [one.stem for one in listed(settings.analyses)] == ["02_table1", "03_table1"]
    kept = json.loads(json.dumps(as_mapping(settings)["analyses"]))
    assert kept[1] == {"table1": TABLE}


def test_without_the_paper_its_title_is_not_printed():
    settings, _ = check_settings({"analyses": [{"table1": TABLE}]}, CONFIG)
    assert settings.report.title == "Study report"
    given = {"analyses": [{"table1": TABLE}], "report": {"title": "Mine"}}
    assert check_settings(given, CONFIG)[0].report.title == "Mine"


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ({"tabel1": {}}, "unknown key 'analyses.1.tabel1'; did you mean 'table1'?"),
        ({"table1": TABLE | {"row": []}},
         "unknown key 'analyses.1.table1.row'; did you mean 'rows'?"),
        ({"table1": TABLE | {"by": "sexx"}},
         "analyses.1.table1.by: unknown 'sexx'; did you mean 'sex'?"),
        ({"table1": TABLE | {"by": "t_score"}},
         "analyses.1.table1.by: t_score is continuous; a categorical variable is expected."),
        ({"table1": {"by": "sex", "rows": ["sex"]}},
         "analyses.1.table1.rows: sex is the grouping; leave it out of the rows."),
        ({"table1": {"by": "sex", "rows": ["age_years", "age_years"]}},
         "analyses.1.table1.rows: age_years stands more than once; once is expected."),
        ({"correlation": {"of": ["age_years", "mr_fat_pdf"]}},
         "analyses.1.correlation.of: unknown 'mr_fat_pdf'; did you mean 'mr_fat_pdff'?"),
        ({"correlation": {"of": ["age_years", "sex"]}},
         "analyses.1.correlation.of: sex is categorical; a continuous variable is expected."),
        ({"correlation": None},
         "analyses.1.correlation.of: found 0; two or more variables are expected."),
        ({"agreement": {"measures": ["pdf"]}},
         "analyses.1.agreement.measures: unknown 'pdf'; did you mean 'pdff'?"),
        ({"regression": {"outcome": "t_score", "terms": ["t_score"]}},
         "analyses.1.regression.terms: t_score is the outcome; leave it out of its own terms."),
        ({"sites": {"outcome": "hu", "terms": ["site", "mr_fat_pddf"]}},
         "analyses.1.sites.terms: unknown 'mr_fat_pddf'; did you mean 'mr_fat_pdff'?"),
        ({"roc": {"of": "sex", "predictors": ["age_years"]}},
         ("analyses.1.roc.predictors: age_years may speak for the event when it is high or when "
          "it is low. Declare variables.age_years.direction, higher is worse or lower is worse.")),
        ({"roc": {"of": "age_years", "predictors": ["t_score"]}},
         "analyses.1.roc.of: age_years is continuous; a categorical variable is expected."),
        ({"thresholds": {"of": "t_score", "outcome": "sex"}},
         "analyses.1.thresholds.at: found none; at least one threshold is expected."),
        ({"prevalence": {"of": ["sex"], "by": "t_score"}},
         "analyses.1.prevalence.by: t_score is continuous; a categorical variable is expected."),
        ({"preset": "hao2025", "table1": TABLE},
         "analyses.1: found preset, table1 in one entry; one analysis an entry is expected."),
        ({"preset": "hao2024"}, "analyses.1.preset: found 'hao2024'; input should be 'hao2025'."),
    ],
)  # fmt: skip
def test_faults_are_reported_with_their_place(entry, told):
    assert problems(entry) == [told]


def test_every_fault_is_reported_at_once():
    found = problems({"table1": {"by": "sexx", "rows": ["agee"]}}, {})
    assert [text.partition(":")[0] for text in found] == [
        "analyses.2", "analyses.1.table1.by", "analyses.1.table1.rows"
    ]  # fmt: skip
    assert problems() == [
        "analyses: found none; one entry at least is expected, such as preset: hao2025."
    ]


def test_a_measured_variable_is_not_declared_a_second_time():
    (text,) = problems({"preset": "hao2025"}, variables={"mr_fat_pdff": {}})
    assert text.startswith("variables.mr_fat_pdff: the results have a column of that name")
