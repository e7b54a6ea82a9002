"""The review page: what stands in it, and what the report says about the review."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest

from bonecohort.cohort.collected import Flag
from bonecohort.report.page.guide import guide_pictures
from bonecohort.report.page.html import environment
from bonecohort.report.page.reviewed import NOBODY, review_of, review_sentence
from bonecohort.report.printing.printer import Printer
from bonecohort.study.reviewed import reviewed_places
from bonecohort.study.settings import Settings
from bonecohort.study.study import load_study

from .reviewing import EXCLUSIONS, REVIEW, SPREAD, write_page, write_picture, write_study


@pytest.fixture
def folder(tmp_path):
    return write_study(tmp_path / "study")


class Elements(HTMLParser):
    """Every element's name and attributes."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def data_of(page):
    text = page.read_text(encoding="utf-8")
    return json.loads(re.search(r'id="data">(.*?)</script>', text, re.DOTALL)[1])


def test_each_measurement_stands_with_its_values_and_flags(folder):
    flags = [
        Flag("A", "L2", "hounsfield", SPREAD),
        Flag("A", "", "convert_ct", "tube voltage 100 kV"),
        Flag("B", "L1", "hounsfield", "planes_moved"),
    ]
    page = write_page(folder, flags)
    text = page.read_text(encoding="utf-8")
    assert "HU differs by 72.3 HU (limit 25) between the planes" in text
    data = data_of(page)
    places = {one["key"]: one for one in data["places"]}
    assert len(places) == 3 * 5 * 2
    assert places["A|L2|hounsfield"]["flags"] == ["plane_spread"]
    assert places["A|L2|hounsfield"]["number"] == pytest.approx(110)
    assert places["A|L2|endplates"]["flags"] == []
    assert places["B|L1|hounsfield"]["flags"] == []  # only says how it was measured
    assert places["B|L1|hounsfield"]["stages"] == ["hounsfield"]
    assert data["participants"]["A"] == ["convert_ct"]
    assert "Tube voltage 100 kV." in text


def test_the_page_holds_no_foreign_resource_and_no_markup_of_the_study(folder):
    write_picture(folder, "A")
    (folder / "config/exclusions.tsv").write_text(
        f"{EXCLUSIONS}A\tL3\thounsfield\t</script><img src=x onerror=alert(1)>\t=1+1\t\n"
    )
    page = write_page(folder)
    text = page.read_text(encoding="utf-8")
    assert "<b>study</b>" not in text
    assert "<img src=x" not in text
    assert str(folder) not in text
    for tag, attributes in Elements(text).found:
        for name in ("src", "href"):
            address = attributes.get(name, "")
            assert not re.match(r"\w+:(?!image/)|//", address) or address == "data:,", (
                tag,
                address,
            )
    assert data_of(page)["exclusions"] == [
        {"participant_id": "A", "site": "L3", "technique": "hounsfield", "reader": "=1+1",
         "reason": "</script><img src=x onerror=alert(1)>", "date": ""},
    ]  # fmt: skip


def test_a_changed_value_or_flag_changes_what_a_verdict_was_given_on(folder):
    def digests(flags=()):
        return {one["key"]: one["digest"] for one in data_of(write_page(folder, flags))["places"]}

    before = digests()
    assert digests() == before
    after = digests([Flag("A", "L2", "hounsfield", SPREAD)])
    assert {key for key in before if before[key] != after[key]} == {"A|L2|hounsfield"}


def test_pictures_stay_beside_the_page_and_load_when_they_are_seen(imaging_results):
    pictures = [
        attributes for tag, attributes in Elements(imaging_results.read_text()).found
        if tag == "img" and not attributes["src"].startswith("data:")
    ]  # fmt: skip
    assert [one["src"] for one in pictures] == ["participants/A/qc/hounsfield.png"]
    assert all(one["loading"] == "lazy" for one in pictures)
    assert (pictures[0]["width"], pictures[0]["height"]) == ("60", "40")
    assert (imaging_results.parent / pictures[0]["src"]).is_file()


@pytest.fixture
def imaging_results(folder):
    """The page of a study of which one participant has images."""
    series = folder / "config/series.tsv"
    series.write_text(series.read_text().replace("A\thu_table\thu.csv", "A\tct\tct"))
    write_picture(folder, "A")
    return write_page(folder)


def test_a_study_without_measurements_says_so(tmp_path):
    (tmp_path / "config").mkdir()
    (tmp_path / "config/participants.tsv").write_text(
        "participant_id\tfracture\nA\tyes\nB\tno\nC\tyes\nD\tno\n"
    )
    (tmp_path / "config/config.yaml").write_text(
        "variables: {fracture: {type: categorical, levels: [no, yes]}}\n"
        "analyses: [{prevalence: {of: [fracture]}}]\n"
    )
    assert "there is nothing to review" in write_page(tmp_path).read_text()


def test_the_guide_shows_a_good_measurement_first():
    pictures = guide_pictures()
    assert [one.is_good for one in pictures] == [True, False, False, False]
    assert all(one.source.startswith("data:image/") and one.width > 300 for one in pictures)


def test_the_report_counts_what_was_reviewed_and_names_what_was_not(folder):
    (folder / "config/exclusions.tsv").write_text(f"{EXCLUSIONS}A\tL3\t\tfracture\t\t\n")
    (folder / "config/review.tsv").write_text(
        f"{REVIEW}A\tL1\thounsfield\taccept\t\t\t\nB\t\t\taccept\t\t\t\n"
        "C\tL2\tendplates\tlook again\tblurred\t\t\n"
    )
    places = list(reviewed_places(load_study(folder)))
    assert review_sentence(places) == (
        "Reviewed: 14 of 30 measurements; 11 accepted, 2 rejected, 1 to look at again. "
        "Not looked at: 16."
    )
    added = review_of(places)(None, Settings(), Printer.of(Settings()))
    (part,) = added.quality
    printed = environment().get_template(part.template).render(part.values)
    assert 'href="review.html"' in printed
    assert '<a href="#qc-C">C</a>: endplates L2' in printed
    assert '<a href="#qc-A">A</a>: hounsfield L2, L4, L5; endplates L1, L2, L4, L5' in printed
    assert "#qc-B" not in printed
    (item,) = added.attention
    assert (item.text, item.participant_ids) == (
        "1 participant with a measurement to look at again", ("C",),
    )  # fmt: skip


def test_a_study_that_nobody_reviewed_says_so_in_its_report(folder):
    places = list(reviewed_places(load_study(folder)))
    assert review_sentence(places) == NOBODY
    (part,) = review_of(places)(None, Settings(), Printer.of(Settings())).quality
    assert part.values["open"] == []
    assert review_of([])(None, Settings(), Printer.of(Settings())).quality == ()
