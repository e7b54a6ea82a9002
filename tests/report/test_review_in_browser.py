"""The review page in a real browser: filter, verdict, keys, what is kept and what is saved."""

from __future__ import annotations

import csv
import shutil
from datetime import datetime

import pytest
from playwright.sync_api import sync_playwright

from bonecohort.cohort.collected import Flag
from bonecohort.study.left_out import is_left_out
from bonecohort.study.reviewed import reviewed_places
from bonecohort.study.study import load_study

from .reviewing import EXCLUSIONS, REVIEW, SPREAD, write_page, write_study
from .test_browser import BROWSER

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium or Chrome on this machine")

FLAGS = [Flag("B", "L2", "hounsfield", SPREAD), Flag("C", "", "convert_ct", "tube voltage 100 kV")]
NO_STORAGE = """Object.defineProperty(window, 'localStorage',
    {get() { throw new DOMException('denied', 'SecurityError'); }});"""


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def context(browser):
    made = browser.new_context(viewport={"width": 1400, "height": 900})
    made.set_default_timeout(20_000)
    yield made
    made.close()


@pytest.fixture
def folder(tmp_path):
    return write_study(tmp_path / "study")


def opened(context, page):
    """Open a page; an error of its script fails the test."""
    tab = context.new_page()
    errors = []
    tab.on("pageerror", lambda error: errors.append(error))  # noqa: PLW0108 - it is given a name
    tab.goto(page.as_uri())
    assert not errors
    return tab


def current(tab):
    return tab.locator('[aria-current="true"]').get_attribute("id")


def shown(tab):
    return tab.locator("article:not([hidden]) .place:not([hidden])").evaluate_all(
        "rows => rows.map(row => row.id)"
    )


def reject(tab, reason):
    tab.keyboard.press("r")
    tab.keyboard.type(reason)
    tab.keyboard.press("Enter")


def saved(tab, name, folder):
    """Press a button that saves, and lay the file where the study reads it."""
    with tab.expect_download() as download:
        tab.click(f"#save-{name}")
    assert download.value.suggested_filename == f"{name}.tsv"
    path = folder / f"config/{name}.tsv"
    download.value.save_as(path)
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t"))


def test_filters_show_what_is_asked_for(context, folder):
    tab = opened(context, write_page(folder, FLAGS))
    assert len(shown(tab)) == 30
    tab.select_option('[data-filter="flag"]', "plane_spread")
    assert shown(tab) == ["B|L2|hounsfield"]
    assert tab.inner_text("#shown") == "1 of 30 shown"
    assert current(tab) == "B|L2|hounsfield"
    tab.click("#reset")
    tab.select_option('[data-filter="stage"]', "convert_ct")
    assert {one[0] for one in shown(tab)} == {"C"}
    tab.click("#reset")
    tab.select_option('[data-filter="technique"]', "endplates")
    tab.select_option('[data-filter="site"]', "L4")
    tab.fill('[data-filter="participant"]', "a")
    assert shown(tab) == ["A|L4|endplates"]
    tab.click("#reset")
    tab.select_option('[data-filter="reader"]', "1")
    assert len(shown(tab)) == 30
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_sorting_puts_flags_or_values_first(context, folder):
    tab = opened(context, write_page(folder, FLAGS))
    tab.select_option("#sort", "flags")
    assert shown(tab)[0] == "B|L2|hounsfield"
    tab.select_option('[data-filter="technique"]', "hounsfield")
    tab.select_option("#sort", "high")
    assert shown(tab)[0] == "C|L5|hounsfield"
    tab.select_option("#sort", "low")
    assert shown(tab)[0] == "A|L1|hounsfield"
    tab.select_option("#sort", "")
    assert shown(tab)[:2] == ["A|L1|hounsfield", "A|L2|hounsfield"]


def test_keys_judge_and_go_on_and_a_reject_needs_a_reason(context, folder):
    tab = opened(context, write_page(folder, FLAGS))
    tab.keyboard.press("a")
    assert current(tab) == "A|L2|hounsfield"
    reject(tab, "")
    assert tab.inner_text("#needed") == "A reject needs a reason."
    assert current(tab) == "A|L2|hounsfield"
    tab.keyboard.type("<b>cement</b>")  # the cursor is where the reason goes; letters are no keys
    tab.keyboard.press("Enter")
    assert current(tab) == "A|L3|hounsfield"
    tab.keyboard.press("l")
    tab.keyboard.press("ArrowUp")
    assert current(tab) == "A|L3|hounsfield"
    told = {key: tab.inner_text(f"[id='{key}'] .verdict") for key in shown(tab)[:4]}
    assert told == {
        "A|L1|hounsfield": "· accept",
        "A|L2|hounsfield": "· reject: <b>cement</b>",
        "A|L3|hounsfield": "· look again",
        "A|L4|hounsfield": "",
    }
    assert tab.inner_text("#progress").startswith(
        "3 of 30 looked at: 1 accept, 1 reject, 1 look again. 27 not"
    )
    tab.keyboard.press("u")
    assert tab.inner_text("[id='A|L3|hounsfield'] .verdict") == ""
    tab.select_option('[data-filter="verdict"]', "reject")
    assert shown(tab) == ["A|L2|hounsfield"]


def test_verdicts_are_kept_for_this_study_alone_while_its_values_are_the_same(context, folder):
    other = write_study(folder.with_name("other"))
    pages = write_page(folder, FLAGS), write_page(other, FLAGS)
    tab = opened(context, pages[0])
    tab.fill("#reader", "Li")
    tab.locator("#reader").blur()
    tab.keyboard.press("a")
    tab.keyboard.press("a")
    assert opened(context, pages[1]).inner_text("#progress").startswith("0 of 30")
    again = opened(context, pages[0])
    assert again.inner_text("#progress").startswith("2 of 30")
    assert again.input_value("#reader") == "Li"
    readings = folder / "hu.csv"
    readings.write_text(readings.read_text().replace("A,L1,upper,100", "A,L1,upper,103"))
    changed = opened(context, write_page(folder, FLAGS))
    assert changed.inner_text("#progress").startswith("1 of 30")
    assert changed.inner_text("#outdated").startswith("1 of the verdicts that this browser kept")
    assert changed.inner_text("[id='A|L2|hounsfield'] .verdict") == "· accept, Li"


def test_without_storage_verdicts_are_kept_in_memory_with_a_warning(context, folder):
    context.add_init_script(NO_STORAGE)
    tab = opened(context, write_page(folder))
    assert "This browser keeps nothing for this page" in tab.inner_text("#storage")
    tab.keyboard.press("a")
    (row,) = saved(tab, "review", folder)
    assert (row["participant_id"], row["site"], row["verdict"]) == ("A", "L1", "accept")


def test_the_saved_files_are_read_back_with_every_row_that_stood_in_them(context, folder):
    (folder / "config/exclusions.tsv").write_text(
        f"{EXCLUSIONS}A\tL5\t\twhole vertebra\tWu\t2026-01-02\n"
        "B\tL1\thounsfield\tmetal\tWu\t2026-01-02\nC\tL1\thounsfield\tmotion\tWu\t2026-01-02\n"
    )
    (folder / "config/review.tsv").write_text(
        f"{REVIEW}B\t\tendplates\taccept\tall read twice\tWu\t2026-01-02\n"
    )
    tab = opened(context, write_page(folder, FLAGS))
    assert tab.inner_text("[id='A|L5|endplates'] .verdict") == "· reject: whole vertebra, Wu"
    tab.click("[id='A|L5|endplates']")
    assert tab.locator("#judge [data-verdict='accept']").is_disabled()
    tab.fill("#reader", "Li")
    tab.click("[id='A|L3|hounsfield']")
    tab.check("#all")
    reason = '=1+1 "wedge"\t of 30% 骨折 <i>'
    tab.fill("#reason", reason)
    tab.keyboard.press("Enter")
    tab.click("[id='B|L1|hounsfield']")
    tab.keyboard.press("a")
    rows = saved(tab, "exclusions", folder)
    assert [tuple(row.values())[:4] for row in rows] == [
        ("A", "L5", "", "whole vertebra"),
        ("C", "L1", "hounsfield", "motion"),
        ("A", "L3", "hounsfield", '=1+1 "wedge" of 30% 骨折 <i>'),
        ("A", "L3", "endplates", '=1+1 "wedge" of 30% 骨折 <i>'),
    ]
    assert rows[0]["reader"] == "Wu"
    assert rows[-1]["reader"] == "Li"
    datetime.strptime(rows[-1]["date"], "%Y-%m-%d")  # noqa: DTZ007
    rows = saved(tab, "review", folder)
    assert [tuple(row.values())[:4] for row in rows] == [
        ("B", "", "endplates", "accept"),
        ("A", "L3", "hounsfield", "reject"),
        ("A", "L3", "endplates", "reject"),
        ("B", "L1", "hounsfield", "accept"),
        ("C", "L1", "hounsfield", "reject"),
    ]
    study = load_study(folder)
    assert is_left_out(study, "A", "endplates", "L3")
    assert not is_left_out(study, "B", "hounsfield", "L1")
    verdicts = {(one.participant_id, one.site, one.technique): one.verdict
                for one in reviewed_places(study)}  # fmt: skip
    assert verdicts["B", "L1", "hounsfield"] == "accept"
    assert verdicts["B", "L4", "endplates"] == "accept"
    again = opened(context, write_page(folder, FLAGS))
    assert again.inner_text("[id='A|L3|hounsfield'] .verdict").startswith("· reject: =1+1")
    assert "No value." in again.inner_text("[id='A|L3|hounsfield']")
    assert again.locator("#outdated").is_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_a_narrow_screen_in_both_colours(browser, folder, scheme):
    page = write_page(folder, FLAGS)
    made = browser.new_context(viewport={"width": 420, "height": 800}, color_scheme=scheme)
    tab = opened(made, page)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 420
    paper = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (paper == "rgb(255, 255, 255)") == (scheme == "light")
    made.close()


def test_every_control_has_a_name_and_news_are_reported(context, folder):
    tab = opened(context, write_page(folder, FLAGS))
    unnamed = tab.evaluate(
        """() => [...document.querySelectorAll('input, select, button')].filter(control =>
             !(control.labels?.length || control.textContent.trim())).map(one => one.outerHTML)"""
    )
    assert unnamed == []
    for live in ("#progress", "#shown", "#current", "#needed", "#storage"):
        assert tab.locator(live).evaluate("one => one.role || one.ariaLive") is not None
    tab.keyboard.press("j")
    assert tab.evaluate("document.activeElement.id") == "A|L2|hounsfield"


def test_many_participants_are_shown_and_filtered_at_once(context, tmp_path):
    """What is off the screen is not laid out: the browser skips it."""
    names = [f"P{number:03}" for number in range(1, 200)]
    page = write_page(write_study(tmp_path / "study", names))
    tab = opened(context, page)
    assert len(shown(tab)) == 1990
    skipped = tab.evaluate(
        """() => [...document.querySelectorAll('.place')].filter(row =>
             !row.checkVisibility({contentVisibilityAuto: true})).length"""
    )
    assert skipped > 1900
    tab.fill('[data-filter="participant"]', "P199")
    assert len(shown(tab)) == 10
    shutil.rmtree(tmp_path / "study")
