"""The words a run ends with: what came through, and what to open next."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def closing_words(results: Path) -> str:
    """Return the summary of a finished run; of a run of other targets, a shorter one."""
    record = results / "run.json"
    report = results / "report.html"
    if not (record.is_file() and report.is_file()):
        return "bonecohort: the jobs asked for are done."
    counts = json.loads(record.read_text(encoding="utf-8"))["counts"]
    lines = [
        (
            f"bonecohort: {counts['analysed']} of {counts['included']} participants analysed, "
            f"{counts['vertebrae_measured_hu']} vertebrae with HU, "
            f"{counts['vertebrae_read_endplates']} read for endplates, "
            f"{counts['defect_vertebrae']} with a defect."
        )
    ]
    if counts["excluded_by_fault"]:
        lines.append(f"  {counts['excluded_by_fault']} could not be measured; the report says why.")
    lines.append(f"  Open {report.resolve()}")
    return "\n".join(lines)


def failing_words(results: Path) -> str:
    """Return which jobs' logs say something, each with its last line: success is silent."""
    lines = ["bonecohort: some jobs failed; what could be done is done, and the next run goes on."]
    for log in sorted((results / "logs").rglob("*.log")):
        text = log.read_text(encoding="utf-8", errors="replace").strip()
        if text:
            lines.append(f"  {log}: {text.splitlines()[-1]}")
    return "\n".join(lines)
