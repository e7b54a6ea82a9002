"""Every known fault of a series is named, nothing harmless is refused, and the docs say so."""

from __future__ import annotations

import pytest

from tests.images.conversion_faults import FAULTS, PAGE, run_bonecohort, write_fault


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_a_fault_is_named_and_what_is_harmless_is_converted(tmp_path, fault):
    outcome = run_bonecohort(tmp_path, write_fault(fault, tmp_path))
    if fault.named is None:
        assert ", true." in outcome
    else:
        assert outcome.startswith("refused: ")
        assert fault.named in outcome
    rows = [line.strip("| ").split(" | ") for line in PAGE.read_text("utf-8").splitlines()]
    told = {cells[0]: cells[1] for cells in rows if len(cells) > 1}
    assert told[fault.name] == outcome, "uv run python -m tests.images.conversion_faults"


def test_the_page_says_every_fault_and_no_other():
    lines = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| ")]
    assert [line.split(" | ")[0].removeprefix("| ") for line in lines[2:]] == [
        fault.name for fault in FAULTS
    ]
