"""run.json: what was run on what, and how many participants came through."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import platform
import shlex
from collections import Counter
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

import pandas as pd

from bonecohort import __version__
from bonecohort.study.analyses import has_preset
from bonecohort.study.analyses_checks import really_missing
from bonecohort.study.job_table import settings_used
from bonecohort.techniques.registry import tables_modules, techniques

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    *,
    overrides: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the content of run.json; ``overrides`` are the settings given by ``--config``."""
    settings = json.loads(json.dumps(settings_used(study)))
    canonical = json.dumps(settings, sort_keys=True, ensure_ascii=False)
    return {
        "bonecohort": __version__,
        "python": platform.python_version(),
        "packages": _versions(),
        "command": command(overrides or {}),
        "configuration_digest": hashlib.sha256(canonical.encode()).hexdigest(),
        "settings": settings,
        "input_digests": dict(input_digests),
        "counts": counts(study, tables, collected),
        "failed": list(collected.failed),
        "left_out": _left_out(study, tables, collected),
        **_run_facts(tables),
        "missing_variables": really_missing(study.settings, study.missing_variables),
        "notes": collected.notes,
        "scans": scans,
    }


def command(overrides: Mapping[str, Any]) -> str:
    """Return what makes the results again, typed in the study folder."""
    given = [f"{name}={json.dumps(overrides[name], ensure_ascii=False)}" for name in overrides]
    return shlex.join(["bonecohort", "run", *(["--config", *given] if given else [])])


def counts(
    study: Study, tables: Mapping[str, pd.DataFrame], collected: Collected
) -> dict[str, Any]:
    """Return the numbers of the flow diagram.

    ``excluded_by_fault`` are included participants of whom no technique could measure anything. Of
    ``excluded_by_failure`` nothing is there because a job failed. Of ``left_out`` nothing is there
    because the table of exclusions leaves it out. ``left_out_in_part`` are analysed participants
    who lack something for that table alone. ``incomplete_by_fault`` lack something for another
    reason. Of ``complete`` the techniques with columns of their own have all. Without the paper's
    analyses, participants with any measurement are analysed, and so are those without series.
    """
    vertebrae, participants, modules = tables["vertebrae"], tables["participants"], tables_modules()
    usable, failed = _usable(study, tables), collected.failed
    lost = set(failed) - usable
    left_out = _participants_left_out(study, tables, collected)
    with_others = {
        exclusion.participant_id for exclusion in collected.exclusions.keys() - collected.left_out
    }
    in_part = {exclusion.participant_id for exclusion in collected.left_out} & usable
    reasons = Counter(
        who.exclusion_reason for who in study.participants.values() if not who.include
    )
    complete = pd.concat([one.complete_participants(participants) for one in modules], axis=1)
    return {
        "listed": len(study.participants),
        "not_included": len(study.participants) - len(study.included),
        "not_included_reasons": dict(reasons.most_common()),
        "included": len(study.included),
        "excluded_by_fault": len(study.included) - len(usable) - len(lost) - len(left_out),
        "excluded_by_failure": len(lost),
        "left_out": len(left_out),
        "left_out_in_part": len(in_part - with_others - set(failed)),
        "incomplete_by_fault": len(usable & with_others),
        "failed": len(failed),
        "analysed": len(usable),
        "complete": int(complete.all(axis=1).sum()),
        "vertebrae": len(vertebrae),
        **{name: n for module in modules for name, n in module.counts(tables).items()},
    }


def _usable(study: Study, tables: Mapping[str, pd.DataFrame]) -> set[str]:
    """Return the participants who are analysed."""
    vertebrae = tables["vertebrae"]
    usable: set[str] = set()
    for module in tables_modules():
        usable |= set(vertebrae.loc[module.known_vertebrae(vertebrae), "participant_id"])
    usable |= _measured_otherwise(tables["measurements"])
    if not has_preset(study.settings.analyses):
        usable |= set(tables["measurements"]["participant_id"])
        usable |= {name for name in study.included if not study.series_of(name)}
    return usable


def _participants_left_out(
    study: Study, tables: Mapping[str, pd.DataFrame], collected: Collected
) -> set[str]:
    """Return those who are not analysed because the table leaves out what was measured."""
    measured = {exclusion.participant_id for exclusion, was in collected.left_out.items() if was}
    return measured - _usable(study, tables) - set(collected.failed)


def _left_out(
    study: Study, tables: Mapping[str, pd.DataFrame], collected: Collected
) -> dict[str, Any]:
    """Return what the table of exclusions leaves out, and whom as a whole."""
    whole = _participants_left_out(study, tables, collected)
    return {
        "participants": [name for name in study.included if name in whole],
        "rows": [dataclasses.asdict(exclusion) for exclusion in collected.left_out],
    }


def _measured_otherwise(measurements: pd.DataFrame) -> set[str]:
    """Return whom techniques measured that have no columns of their own in the cohort's tables."""
    of = [
        (technique.modality, own.name)
        for technique in techniques()
        if not technique.tables
        for own in technique.measures
    ]
    is_of = pd.MultiIndex.from_frame(measurements[["modality", "measure"]]).isin(of)
    return set(measurements.loc[is_of, "participant_id"])


def _run_facts(tables: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """Return what techniques add to the record of the run beside their counts."""
    modules = [module for module in tables_modules() if hasattr(module, "run_facts")]
    return {name: fact for one in modules for name, fact in one.run_facts(tables).items()}


def _versions() -> dict[str, str]:
    versions = {}
    for package in PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            versions[package] = "not installed in this stage's environment"
    return versions
