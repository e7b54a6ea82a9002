"""A small study's results folder, made from numbers and the statistics of this project."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from bonecohort.cohort.frames import read_table
from bonecohort.papers.hao2025.statistics.analyse import analyse
from bonecohort.study.settings import Settings

from .reports import build_report

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LEVELS = ("L1", "L2", "L3", "L4", "L5")
TYPES = ("none", "superior", "inferior", "bilateral")
SCRIPT = "<script>alert('not a reason')</script> & surgery"
SVG = """<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
<svg xmlns:xlink="http://www.w3.org/1999/xlink" width="240pt" height="120pt"
 viewBox="0 0 240 120" xmlns="http://www.w3.org/2000/svg" version="1.1">
<metadata><rdf about="https://example.org/figure"/></metadata>
<defs><clipPath id="clip"><rect width="9" height="9"/></clipPath></defs>
<a xlink:href="#qc-P001"><g id="axes_1" clip-path="url(#clip)"><path d="M0 0h9"/></g></a>
</svg>
"""


def participants_frame(n: int, seed: int = 1) -> pd.DataFrame:
    """Return ``n`` participants with the paper's variables, some values missing."""
    draw = np.random.default_rng(seed)
    yes_no = np.array(["no", "yes"])
    frame = pd.DataFrame(
        {
            "participant_id": [f"P{i:03d}" for i in range(1, n + 1)],
            "age_years": draw.integers(45, 90, n),
            "sex": draw.choice(["male", "female"], n),
            "bmi_kg_m2": draw.normal(24, 3, n).round(2),
            "hypertension": yes_no[draw.integers(0, 2, n)],
            "diabetes": yes_no[draw.integers(0, 2, n)],
        }
    )
    frame.loc[1, "bmi_kg_m2"] = np.nan
    return frame


def vertebrae_frame(participants: pd.DataFrame, seed: int = 2) -> pd.DataFrame:
    """Return five vertebrae a participant; sizes are zero where there is no defect."""
    draw = np.random.default_rng(seed)
    rows = []
    for number, name in enumerate(participants["participant_id"]):
        for level in LEVELS:
            planes = draw.normal(110, 30, 3).round(1)
            kind = "none" if number % 3 == 0 else str(draw.choice(TYPES, p=[0.6, 0.2, 0.15, 0.05]))
            width, depth = (0.0, 0.0) if kind == "none" else draw.uniform((4, 2), (15, 6)).round(1)
            rows.append(
                {
                    "participant_id": name,
                    "level": level,
                    **dict(zip(("hu_upper", "hu_middle", "hu_lower"), planes, strict=True)),
                    "hu": planes.mean(),
                    "low_hu": "yes" if planes.mean() <= 110 else "no",
                    "defect_type": kind,
                    "width_mm": width,
                    "depth_mm": depth,
                    "body_width_mm": 34.0,
                    "body_height_mm": 27.0,
                    "standardized_width": width / 34,
                    "standardized_depth": depth / 27,
                    "cumulative_score": width / 34 + depth / 27,
                }
            )
    return pd.DataFrame(rows)


def write_results(
    results: Path,
    n: int,
    picture_bytes: int = 3_000,
    *,
    truth: bool = True,
    change: Callable[[pd.DataFrame], pd.DataFrame] = lambda participants: participants,
) -> Path:
    """Write a results folder of ``n`` analysed participants and three who were not.

    ``change`` may set the participants' values before they are analysed.
    """
    participants = participants_frame(n)
    vertebrae = vertebrae_frame(participants)
    hu = vertebrae.pivot(index="participant_id", columns="level", values="hu").loc[
        participants["participant_id"]
    ]
    for level in LEVELS:
        participants[f"hu_{level}"] = hu[level].to_numpy()
    participants["total_spine_hu"] = hu.mean(axis=1).to_numpy()
    participants["osteoporosis"] = np.where(participants["total_spine_hu"] < 110, "yes", "no")
    defects = vertebrae["defect_type"].ne("none").groupby(vertebrae["participant_id"]).sum()
    participants["n_defect_vertebrae"] = defects.loc[participants["participant_id"]].to_numpy()
    participants["endplate_defect"] = np.where(participants["n_defect_vertebrae"] > 0, "yes", "no")
    participants = change(participants)
    settings = Settings()
    statistics = analyse(participants, vertebrae, pd.DataFrame(), settings)
    exclusions = pd.DataFrame(
        [
            ("X01", "", "eligibility", SCRIPT),
            ("X02", "", "convert_ct", "Slices 12 to 14 of the CT are missing."),
            ("P002", "L5", "hounsfield", "The region holds 12 voxels; 30 are needed."),
        ],
        columns=["participant_id", "level", "stage", "reason"],
    )
    flags = pd.DataFrame(
        [("P003", "L1", "hounsfield", "The planes differ by 61 HU; more than 25 is flagged.")],
        columns=["participant_id", "level", "stage", "text"],
    )
    measurements = vertebrae[["participant_id"]].assign(
        measure="hu", method="ellipse3.auto.v1", reader="1"
    )
    write_frames(
        results / "tables",
        participants=participants,
        vertebrae=vertebrae,
        exclusions=exclusions,
        flags=flags,
        measurements=measurements,
    )
    write_frames(results / "statistics", **statistics)
    (results / "figures").mkdir()
    for stem in ("figure3_prevalence", "figure4_regression"):
        (results / "figures" / f"{stem}.svg").write_text(SVG, encoding="utf-8")
    if truth:
        write_truth(results, vertebrae)
    write_run_record(results / "run.json", participants, vertebrae, settings)
    for name in participants["participant_id"]:
        write_pictures(results / "participants" / name, picture_bytes)
    write_roi_record(results / "participants" / "P001" / "hounsfield")
    return results


def write_frames(folder: Path, **frames: pd.DataFrame) -> None:
    """Write frames as CSV under their names."""
    folder.mkdir(parents=True)
    for name, frame in frames.items():
        frame.to_csv(folder / f"{name}.csv", index=False)


def write_truth(results: Path, vertebrae: pd.DataFrame) -> None:
    """Write measured against true values: HU 1 too high, one of them not measured."""
    pairs = vertebrae[["participant_id", "level"]].assign(
        measure="hu", true=vertebrae["hu"] - 1.0, measured=vertebrae["hu"]
    )
    pairs.loc[0, "measured"] = np.nan
    pairs["difference"] = pairs["measured"] - pairs["true"]
    pairs.to_csv(results / "figures" / "truth.csv", index=False)


def write_run_record(
    path: Path, participants: pd.DataFrame, vertebrae: pd.DataFrame, settings: Settings
) -> None:
    """Write run.json with the flow diagram's counts."""
    defects = int(vertebrae["defect_type"].ne("none").sum())
    n = len(participants)
    record = {
        "bonecohort": "0.1.0",
        "python": "3.11",
        "packages": {"numpy": "2.4"},
        "configuration_digest": "0123456789abcdef",
        "settings": asdict(settings),
        "counts": {
            "listed": n + 2, "not_included": 1, "not_included_reasons": {SCRIPT: 1},
            "included": n + 1, "excluded_by_fault": 1, "analysed": n, "vertebrae": len(vertebrae),
            "vertebrae_measured_hu": len(vertebrae), "vertebrae_read_endplates": len(vertebrae),
            "defect_vertebrae": defects, "defect_endplates": defects,
        },
        "hu_methods": {"ellipse3.auto.v1": len(vertebrae)},
        "missing_variables": ["t_score"],
        "notes": ["One note of the run."],
        "scans": [
            {
                "participant_id": "P001", "kvp": 100, "kernel": ["B30f", "2"],
                "slice_thickness_mm": 1.25, "contrast": None, "warnings": ["tube voltage 100 kV"],
            }
        ],
    }  # fmt: skip
    path.write_text(json.dumps(record), encoding="utf-8")


def write_pictures(folder: Path, n_bytes: int) -> None:
    """Write the two QC pictures of a participant, together about ``n_bytes``."""
    (folder / "qc").mkdir(parents=True)
    side = max(int((n_bytes / 2) ** 0.5), 8)
    noise = np.random.default_rng(3).integers(0, 256, (side, side), dtype=np.uint8)
    for name in ("hounsfield.png", "endplates.png"):
        Image.fromarray(noise).save(folder / "qc" / name)


def write_roi_record(folder: Path) -> None:
    """Write one vertebra's record as measured on a CT."""
    folder.mkdir()
    roi = {
        "plane": "middle", "hu": 101.26, "sd_hu": 30.0, "median_hu": 100.0, "n_voxels": 812,
        "area_mm2": 402.4, "excluded_fraction": 0.031,
    }  # fmt: skip
    document = {"participant_id": "P001", "level": "L1", "status": "measured", "rois": [roi]}
    (folder / "L1.json").write_text(json.dumps(document), encoding="utf-8")


@pytest.fixture(scope="session")
def small_results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of 24 participants, with the report built."""
    results = write_results(tmp_path_factory.mktemp("study") / "results", 24)
    build_report(results, Settings())
    return results


def without_endplates(results: Path) -> Path:
    """Blank a study's endplate readings, as of a study that has CT only."""
    blank = ("defect_type", "width_mm", "depth_mm", "body_width_mm", "body_height_mm",
             "standardized_width", "standardized_depth", "cumulative_score")  # fmt: skip
    counts = ("vertebrae_read_endplates", "defect_vertebrae", "defect_endplates")
    return _blanked(results, blank, ("endplate_defect", "n_defect_vertebrae"), counts)


def without_hu(results: Path) -> Path:
    """Blank a study's HU, as of a study that has MR only."""
    planes = ("hu_upper", "hu_middle", "hu_lower", "hu", "low_hu")
    per_level = tuple(f"hu_{level}" for level in LEVELS)
    of_participants = (*per_level, "total_spine_hu", "osteoporosis")
    return _blanked(results, planes, of_participants, ("vertebrae_measured_hu",), hu_methods={})


def _blanked(
    results: Path,
    of_vertebrae: tuple[str, ...],
    of_participants: tuple[str, ...],
    counts: tuple[str, ...],
    **record: object,
) -> Path:
    """Blank columns, count nothing of them, and compute the statistics again."""
    vertebrae = read_table(results / "tables/vertebrae.csv")
    participants = read_table(results / "tables/participants.csv")
    vertebrae[list(of_vertebrae)] = np.nan
    participants[list(of_participants)] = np.nan
    vertebrae.to_csv(results / "tables/vertebrae.csv", index=False)
    participants.to_csv(results / "tables/participants.csv", index=False)
    for name, frame in analyse(participants, vertebrae, pd.DataFrame(), Settings()).items():
        frame.to_csv(results / "statistics" / f"{name}.csv", index=False)
    run = json.loads((results / "run.json").read_text(encoding="utf-8"))
    run["counts"] |= dict.fromkeys(counts, 0)
    (results / "run.json").write_text(json.dumps(run | record), encoding="utf-8")
    return results
