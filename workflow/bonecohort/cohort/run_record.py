"""run.json: what was run on what, and how many participants came through."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import platform
from collections import Counter
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from bonecohort import __version__
from bonecohort.study.analyses import has_preset
from bonecohort.study.analyses_checks import really_missing
from bonecohort.study.job_table import settings_used

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from bonecohort.cohort.collected import Collected
    from bonecohort.study.study import Study

PACKAGES = (
    "numpy", "pandas", "scipy", "statsmodels", "pydicom", "nibabel", "matplotlib",
    "snakemake",
)  # fmt: skip


def run_record(
    study: Study,
    collected: Collected,
    tables: Mapping[str, pd.DataFrame],
    scans: list[dict[str, Any]],
    input_digests: Mapping[str, str],
) -> dict[str, Any]:
    """Return the content of run.json."""
    settings = json.loads(json.dumps(settings_used(study)))
    canonical = json.dumps(settings, sort_keys=True, ensure_ascii=False)
    return {
        "bonecohort": __version__,
        "python": platform.python_version(),
        "packages": _versions(),
        "configuration_digest": hashlib.sha256(canonical.encode()).hexdigest(),
        "settings": settings,
        "input_digests": dict(input_digests),
        "counts": counts(study, tables, collected),
        "failed": list(collected.failed),
        "left_out": _left_out(study, tables, collected),
        "hu_methods": _hu_methods(tables["measurements"]),
        "missing_variables": really_missing(study.settings, study.missing_variables),
        "notes": collected.notes,
        "scans": scans,
    }


def counts(
    study: Study, tables: Mapping[str, pd.DataFrame], collected: Collected
) -> dict[str, Any]:
    """Return the numbers of the flow diagram.

    ``excluded_by_fault`` are included participants of whom neither an HU nor an endplate could
    be had; of ``excluded_by_failure`` neither is there because a job failed; of ``left_out``
    because the table of exclusions leaves out what was measured. ``left_out_in_part`` are analysed
    participants who lack something for that table alone; ``complete`` are those with both total
    spine HU and endplate_defect. Where the paper's analyses are not asked for, a participant of
    whom nothing is measured, and whoever has a measurement, is analysed.
    """
    vertebrae, participants = tables["vertebrae"], tables["participants"]
    read = _is_read(vertebrae)
    defect = read & (vertebrae["defect_type"] != "none")
    usable = _usable(study, tables)
    failed = collected.failed
    lost = set(failed) - usable
    left_out = _participants_left_out(study, tables, collected)
    with_others = {one.participant_id for one in collected.exclusions.keys() - collected.left_out}
    in_part = {one.participant_id for one in collected.left_out} & usable
    reasons = Counter(
        who.exclusion_reason for who in study.participants.values() if not who.include
    )
    complete = participants["total_spine_hu"].notna() & participants["endplate_defect"].notna()
    return {
        "listed": len(study.participants),
        "not_included": len(study.participants) - len(study.included),
        "not_included_reasons": dict(reasons.most_common()),
        "included": len(study.included),
        "excluded_by_fault": len(study.included) - len(usable) - len(lost) - len(left_out),
        "excluded_by_failure": len(lost),
        "left_out": len(left_out),
        "left_out_in_part": len(in_part - with_others - set(failed)),
        "failed": len(failed),
        "analysed": len(usable),
        "complete": int(complete.sum()),
        "vertebrae": len(vertebrae),
        "vertebrae_measured_hu": int(vertebrae["hu"].notna().sum()),
        "vertebrae_read_endplates": int(read.sum()),
        "defect_vertebrae": int(defect.sum()),
        "defect_endplates": int((tables["endplates"]["n_defects"] > 0).sum()),
        "participants_with_defect": int((participants["endplate_defect"] == "yes").sum()),
    }


def _is_read(vertebrae: pd.DataFrame) -> pd.Series:
    return vertebrae["defect_type"].notna() & (vertebrae["defect_type"] != "not_assessable")


def _usable(study: Study, tables: Mapping[str, pd.DataFrame]) -> set[str]:
    """Return the participants who are analysed."""
    vertebrae = tables["vertebrae"]
    has_value = vertebrae["hu"].notna() | _is_read(vertebrae)
    usable = set(vertebrae.loc[has_value, "participant_id"])
    if not has_preset(study.settings.analyses):
        usable |= set(tables["measurements"]["participant_id"])
        usable |= {name for name in study.included if not study.series_of(name)}
    return usable


def _participants_left_out(
    study: Study, tables: Mapping[str, pd.DataFrame], collected: Collected
) -> set[str]:
    """Return those who are not analysed because the table leaves out what was measured."""
    measured = {one.participant_id for one, was in collected.left_out.items() if was}
    return measured - _usable(study, tables) - set(collected.failed)


def _left_out(
    study: Study, tables: Mapping[str, pd.DataFrame], collected: Collected
) -> dict[str, Any]:
    """Return what the table of exclusions leaves out, and whom as a whole."""
    whole = _participants_left_out(study, tables, collected)
    return {
        "participants": [name for name in study.included if name in whole],
        "rows": [dataclasses.asdict(one) for one in collected.left_out],
    }


def _hu_methods(measurements: pd.DataFrame) -> dict[str, int]:
    vertebrae = measurements[measurements["measure"] == "hu"]
    distinct = vertebrae.drop_duplicates(["participant_id", "site", "method"])
    found = distinct["method"].value_counts().sort_index()
    return {str(method): int(number) for method, number in found.items()}


def _versions() -> dict[str, str]:
    versions = {}
    for package in PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            versions[package] = "not installed in this stage's environment"
    return versions
