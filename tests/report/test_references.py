from __future__ import annotations

import re
from pathlib import Path

import pytest

import bonecohort
from bonecohort.report.text.citations import cited_works
from bonecohort.report.text.references import REFERENCES, bibliography


@pytest.mark.parametrize("reference", REFERENCES.values(), ids=lambda reference: reference.key)
def test_a_reference_is_whole(reference):
    family = reference.authors.split(",")[0].replace(" ", "").replace("ö", "o").lower()
    assert reference.key in (f"{family}{reference.year}", "pydicom")
    assert reference.title
    if reference.kind == "article":
        assert reference.source
        assert reference.volume
        assert re.fullmatch(r"e?\d+(–\d+)?", reference.pages)
    if reference.doi:
        assert re.fullmatch(r"10\.\d{4,9}/\S+", reference.doi)


def test_pages_run_forward():
    for reference in REFERENCES.values():
        first, dash, last = reference.pages.partition("–")
        if dash:
            assert int(first) < int(last), reference.key


def test_short_names_follow_the_number_of_authors():
    assert REFERENCES["youden1950"].short == "Youden 1950"
    assert REFERENCES["pydicom"].short == "Mason and pydicom contributors 2024"
    assert REFERENCES["box1962"].short == "Box and Tidwell 1962"
    assert REFERENCES["delong1988"].short == "DeLong et al. 1988"


def test_bibliography_holds_each_work_once_in_order():
    text = bibliography(REFERENCES[key] for key in ("youden1950", "box1962", "youden1950"))
    assert re.findall(r"^@\w+\{(\w+),", text, re.MULTILINE) == ["box1962", "youden1950"]
    assert "pages = {531--550}" in text


def test_bibtex_braces_are_balanced_and_its_special_characters_escaped():
    text = bibliography(REFERENCES.values())
    assert text.count("{") == text.count("}")
    assert not re.search(r"(?<!\\)[&%]", text)


def test_every_work_is_cited_by_some_text():
    package = Path(bonecohort.__file__).parent
    texts = [path.read_text(encoding="utf-8") for path in package.rglob("*.py")]
    cited = {key for text in texts for key in re.findall(r"[\[ ]@(\w+)", text)}
    assert set(REFERENCES) <= cited


def test_an_unknown_key_is_an_error():
    with pytest.raises(KeyError, match="nobody1900"):
        cited_works(["as written [@nobody1900]"])


def test_a_printed_reference_holds_what_finds_it():
    assert ", 2nd ed. Springer. https" in REFERENCES["harrell2015"].printed
    assert not any(".." in work.printed for work in REFERENCES.values())
    assert REFERENCES["holm1979"].printed == (
        "Holm, Sture (1979). A simple sequentially rejective multiple test procedure. "
        "Scandinavian Journal of Statistics. 6(2):65–70."
    )
    assert REFERENCES["austin2009"].printed.endswith(
        "Statistics in Medicine. 28(25):3083–3107. https://doi.org/10.1002/sim.3697"
    )
