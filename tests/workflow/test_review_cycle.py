"""From a verdict in the browser to a study without the vertebra: save, lay into config, run."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from playwright.sync_api import sync_playwright

from bonecohort.cli import main
from tests.report.test_browser import BROWSER

from .conftest import run_workflow
from .test_reruns import plan_of

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(BROWSER is None, reason="no Chromium or Chrome on this machine"),
]

PAGE = "results/review.html"


def judged(study, page):
    """Filter, reject one vertebra, accept the next, and save both files into the study."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        tab = browser.new_page()
        tab.goto(page.as_uri())
        tab.fill('[data-filter="participant"]', "T03")
        tab.select_option('[data-filter="technique"]', "hounsfield")
        tab.click("[id='T03|L2|hounsfield']")
        tab.fill("#reason", "compression fracture")
        tab.keyboard.press("Enter")
        tab.keyboard.press("a")
        for name in ("exclusions", "review"):
            with tab.expect_download() as download:
                tab.click(f"#save-{name}")
            download.value.save_as(study / f"config/{download.value.suggested_filename}")
        browser.close()


def test_a_vertebra_rejected_on_the_page_is_gone_and_counted(table_study, capsys):
    first = run_workflow(table_study, PAGE)
    assert first.code == 0, first.output
    assert first.jobs == {"list_records": 1, "assemble_cohort": 1, "build_review": 1}
    judged(table_study, table_study / PAGE)
    plan = plan_of(table_study)
    assert "config/exclusions.tsv is new" in plan
    assert "config/review.tsv is new" in plan
    second = run_workflow(table_study, PAGE)
    assert second.code == 0, second.output
    assert second.jobs == {"assemble_cohort": 1, "build_review": 1}
    vertebrae = pd.read_csv(table_study / "results/tables/vertebrae.csv")
    missing = vertebrae[vertebrae.hu.isna()]
    assert missing[["participant_id", "level"]].values.tolist() == [["T03", "L2"]]
    (row,) = pd.read_csv(table_study / "results/tables/exclusions.csv").to_dict("records")
    assert row == {"participant_id": "T03", "level": "L2", "stage": "hounsfield",
                   "reason": "compression fracture"}  # fmt: skip
    counts = json.loads((table_study / "results/run.json").read_text())["counts"]
    assert (counts["vertebrae_measured_hu"], counts["left_out_in_part"]) == (59, 1)
    assert main(["status", str(table_study)]) == 0
    assert "T03, hounsfield of L2: compression fracture" in capsys.readouterr().out
    # A verdict alone has the page and the report made again, and no table.
    with (table_study / "config/review.tsv").open("a") as table:
        table.write("T04\tL1\thounsfield\tlook again\t\tLi\t\n")
    third = run_workflow(table_study, PAGE)
    assert third.jobs == {"build_review": 1}, third.output
