"""What DXA adds to the section ``bmd`` of config.yaml."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from bonecohort.study.declared import Strict, documented
from bonecohort.techniques.dxa.columns import column_meant

if TYPE_CHECKING:
    from collections.abc import Iterator

Maker = Literal["hologic", "lunar", "norland", ""]
REFERENCE_SITES = ("spine", "femoral_neck", "total_hip", "trochanter", "radius_33")


@dataclass(frozen=True)
class Reference(Strict):
    """A young reference population of one region."""

    mean: float = documented("Mean BMD of the young reference population, g/cm².", 0.0)
    sd: float = documented("Its SD, g/cm².", 0.0)
    name: str = documented("Its name, as in NHANES III; the method of the T-scores holds it.", "")
    make: Maker = documented(
        "Maker of the densitometers that it is of; empty: those of every maker.", ""
    )


@dataclass(frozen=True)
class DxaSettings(Strict):
    """Areal bone mineral density by DXA."""

    iscd: Literal["flag", "apply"] = documented(
        "What becomes of vertebrae whose T-score differs by more than 1.0 from a neighbour's "
        "(ISCD). The value flag counts and flags them; apply leaves them out of the total of the "
        "spine.",
        "flag",
    )
    reference: dict[str, Reference] = documented(
        "Young reference populations for T-scores computed from BMD, by region: spine, "
        "femoral_neck, total_hip, trochanter, radius_33. Each has mean and sd in g/cm², name, and "
        "make where it is of one maker. Without one, the T-scores of the export are taken.",
        factory=dict,
    )
    columns: dict[str, str] = documented(
        "The columns of DXA tables with headings of your own: participant_id, region, side, bmd, "
        "bmc, area, t_score, z_score, manufacturer, scan_date, included and status of a table of "
        "one row a region; or regions with their measure, such as {L1-L4_bmd: 'BMD L1-L4'}; total "
        "is the BMD of L1-L4.",
        factory=dict,
    )
    pool: Literal["none", "sbmd"] = documented(
        "BMD of several makers in one study. The value none leaves their BMD, BMC and area out of "
        "the analysed tables, with a line for each participant; sbmd says that standardized BMD "
        "is analysed in their place.",
        "none",
    )
    dxa_pick: Literal["nearest_ct", "latest", "all"] = documented(
        "Which of repeated scans counts: the one nearest to ct_date of the participants table, the "
        "latest, or the mean of all. For the mean they are the readers scan_1, scan_2, …",
        "nearest_ct",
    )
    id_column: str = documented(
        "Heading of the participants' IDs in DXA tables, where it is neither participant_id nor "
        "PATIENT_KEY.",
        "",
    )

    def problems(self) -> Iterator[str]:
        """Yield references without a mean, SD or name, and columns that mean nothing."""
        for site, one in self.reference.items():
            if site not in REFERENCE_SITES:
                yield f"reference: unknown '{site}'; {', '.join(REFERENCE_SITES)} are expected."
            if not one.name:
                yield f"reference.{site}.name: found none; the population's name is expected."
            for key in ("mean", "sd"):
                if getattr(one, key) <= 0:
                    yield (
                        f"reference.{site}.{key}: found {getattr(one, key):g}; more than 0 g/cm² "
                        "is expected."
                    )
        for key in self.columns:
            if column_meant(key) is None:
                yield (
                    f"columns.{key}: unknown; a column such as region or bmd, or a region with its "
                    "measure, such as total_hip_t_score, is expected."
                )
