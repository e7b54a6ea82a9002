"""The words a run ends with: what came through, and what to open next."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bonecohort.study.layout import missing_characters
from bonecohort.techniques.registry import counts as counts_of_techniques

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bonecohort.techniques.declare import Count

COUNTED = {"analysed", "included", "excluded_by_fault"}
"""Counts of ``run.json`` that the end of every run prints."""


def closing_words(results: Path) -> str:
    """Return the summary of a finished run; of a run of other targets, a shorter one."""
    record = _run_record(results)
    counts = record.get("counts")
    report = results / "report.html"
    if not (isinstance(counts, dict) and counts.keys() >= COUNTED and report.is_file()):
        return "bonecohort: the jobs asked for are done."
    text = f"bonecohort: {_analysed(counts)}"
    text += "".join(
        f", {count.at_the_end.format(n=counts[count.name])}"
        for count in printed_counts(counts, of_all=_has_preset(_settings(record)))
        if count.at_the_end and count.name in counts
    )
    lines = [f"{text}."]
    if faults := counts.get("incomplete_by_fault"):
        lines.append(f"  {faults} incomplete: `bonecohort status` says what is missing, and why.")
    if counts["excluded_by_fault"]:
        lines.append(f"  {counts['excluded_by_fault']} could not be measured; the report says why.")
    if counts.get("left_out"):
        lines.append(f"  {counts['left_out']} left out by the table of exclusions.")
    if counts.get("failed"):
        lines.append(
            f"  {counts['failed']} with a job that failed: the report lacks what it would have "
            "measured; bonecohort status names the logs."
        )
    if missing := missing_characters(results):
        lines.append(
            f"  Warning: no installed font has {missing}; boxes stand for them in the figures. "
            "Install one (such as fonts-noto-cjk), remove results/figures and run again."
        )
    lines.append(f"  Open {report.resolve()}")
    return "\n".join(lines)


def _analysed(counts: Mapping[str, Any]) -> str:
    """Return how many participants were analysed, and of how many that holds in part."""
    analysed, of_all = counts["analysed"], counts["included"]
    in_part = counts.get("incomplete_by_fault", 0) + counts.get("left_out_in_part", 0)
    if analysed and in_part == analysed:
        return f"0 of {of_all} participants analysed in full, {in_part} in part"
    words = f"{analysed} of {of_all} participants analysed"
    return f"{words}, {in_part} of them in part" if in_part else words


def printed_counts(counts: Mapping[str, Any], *, of_all: bool) -> list[Count]:
    """Return the counts to print of a run: of every technique, or of those that found something.

    Parameters
    ----------
    counts
        The ``counts`` of run.json.
    of_all
        Whether a technique that found nothing is named.
    """
    return [
        count
        for own in counts_of_techniques()
        if of_all or any(counts.get(one.name) for one in own if one.of_sites)
        for count in own
    ]


def _has_preset(settings: Mapping[str, Any]) -> bool:
    """Whether the run's settings, as recorded, ask for the paper's analyses."""
    analyses = settings.get("analyses")
    return analyses is None or any("preset" in entry for entry in analyses)


def settings_of_run(results: Path) -> dict[str, Any]:
    """Return the settings that the cohort's tables were made by; empty where they are unknown."""
    return _settings(_run_record(results))


def _settings(record: Mapping[str, Any]) -> dict[str, Any]:
    settings = record.get("settings")
    return settings if isinstance(settings, dict) else {}


def _run_record(results: Path) -> dict[str, Any]:
    """Return ``run.json``; empty where there is none, or one that is spoilt."""
    try:
        record = json.loads((results / "run.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError, RecursionError):
        return {}
    return record if isinstance(record, dict) else {}


def failing_words(results: Path) -> str:
    """Return which jobs' logs say something, each with its last line: success is silent."""
    lines = [
        "bonecohort: some jobs failed; what could be done is done, and the next run continues."
    ]
    for log in sorted((results / "logs").rglob("*.log")):
        text = log.read_text(encoding="utf-8", errors="replace").strip()
        if text:
            lines.append(f"  {log}: {text.splitlines()[-1]}")
    return "\n".join(lines)
