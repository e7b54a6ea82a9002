"""The section ``fe`` of config.yaml."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from bonecohort.study.declared import Strict, documented, repeated

if TYPE_CHECKING:
    from collections.abc import Iterator

SITE_NAME = "[A-Za-z0-9][A-Za-z0-9._-]*"
Level = Literal["L1", "L2", "L3", "L4", "L5"]


@dataclass(frozen=True)
class FeSettings(Strict):
    """Stiffness and failure load by linear finite elements."""

    levels: tuple[Level, ...] = documented(
        "Levels of which a model is made where there is a CT with a vertebra label map and a "
        "calibration. An empty list makes none.",
        ("L1", "L2", "L3", "L4", "L5"),
    )
    summary_sites: tuple[str, ...] = documented(
        "Sites whose mean is a participant's value, such as [radius_distal_L, radius_distal_R]. "
        "Empty: those of levels.",
        (),
    )
    min_sites: int = documented("Sites needed for that mean.", 1)
    site_default: str = documented("Site of an xct_segmentation whose row names none.", "specimen")
    modulus_mpa: float = documented(
        "Young's modulus of bone in a segmented image, in MPa, where materials is empty. 8748 is "
        "used with the XtremeCT II at 61 µm, 6829 with the XtremeCT at 82 µm.",
        8748.0,
    )
    materials: dict[int, float] = documented(
        "Young's modulus by label of a segmented image, in MPa, such as {100: 6829, 127: 8748}.",
        factory=dict,
    )
    poisson: float = documented("Poisson's ratio of every material.", 0.3)
    boundary: Literal["constrained", "frictionless", "per_series"] = documented(
        "What holds the ends of a segmented model. constrained: no end moves sideways. "
        "frictionless: ends glide. per_series: as the column fe_boundary of participants.tsv "
        "says. Where it is blank, constrained.",
        "constrained",
    )
    pistoia_volume_percent: float = documented(
        "Part of a segmented model that must be strained more than pistoia_microstrain for it to "
        "fail.",
        2.0,
    )
    pistoia_microstrain: float = documented("Effective strain of that part, in µε.", 7000.0)
    posterior: Literal["keep", "cut"] = documented(
        "Whether the model of a vertebra keeps its posterior elements.", "keep"
    )
    density_equivalent: Literal["k2hpo4", "ha"] = documented(
        "Mineral of the density that the elastic modulus of a vertebra follows. The law was "
        "measured with K2HPO4. A calibration of the other mineral is refused.",
        "k2hpo4",
    )
    pool_methods: bool = documented(
        "Analyse bones of different methods together. Otherwise only the method of most "
        "participants is analysed, because loads of different models are not comparable.",
        False,
    )
    max_iterations: int = documented("Iterations after which a model is refused.", 1000)
    memory_mb: int = documented(
        "Memory that a job may use, in MB. A model that needs more is refused. The job of a "
        "vertebra has 3000 MB at most.",
        8000,
    )

    def problems(self) -> Iterator[str]:
        """Yield what is wrong with the sites of the mean, and numbers out of their range."""
        yield from self._problems_of_sites()
        yield from self._problems_of_numbers()

    def _problems_of_sites(self) -> Iterator[str]:
        yield from repeated("levels", self.levels)
        yield from repeated("summary_sites", self.summary_sites)
        named = [("site_default", self.site_default)]
        named += [("summary_sites", site) for site in self.summary_sites]
        for key, site in named:
            if not re.fullmatch(SITE_NAME, site):
                yield f"{key}: {site!r}; letters, digits, '.', '_' and '-' are expected."
        sites = self.sites_of_mean
        if sites and not 1 <= self.min_sites <= len(sites):
            yield (
                f"min_sites: found {self.min_sites}; 1 to {len(sites)} is expected, the number of "
                "sites of the mean."
            )

    def _problems_of_numbers(self) -> Iterator[str]:
        if not 0 <= self.poisson < 0.5:
            yield f"poisson: found {self.poisson:g}; 0 to less than 0.5 is expected."
        if not 0 < self.pistoia_volume_percent < 100:
            yield (
                f"pistoia_volume_percent: found {self.pistoia_volume_percent:g}; more than 0 and "
                "less than 100 is expected."
            )
        for key in ("modulus_mpa", "pistoia_microstrain", "max_iterations", "memory_mb"):
            if getattr(self, key) <= 0:
                yield f"{key}: found {getattr(self, key):g}; more than 0 is expected."
        for label, modulus in self.materials.items():
            if label <= 0 or modulus <= 0:
                yield (
                    f"materials.{label}: found {modulus:g}; a label above 0 and a modulus above "
                    "0 MPa are expected."
                )

    @property
    def sites_of_mean(self) -> tuple[str, ...]:
        """Sites whose mean is a participant's value."""
        return self.summary_sites or self.levels
