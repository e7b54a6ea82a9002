"""The part of calibrated CT of the section ``bmd`` of config.yaml."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from bonecohort.study.declared import Strict, documented, repeated, required

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SLOPE_RANGE = (0.4, 1.3)
"""Slopes, in mg/cm³/HU, between which a calibration of a CT lies."""
SHORTEST_RANGE = 100.0
"""The densities of a phantom's rods span at least so many mg/cm³."""
FEWEST_RODS = FEWEST_TISSUES = 3
Mineral = Literal["HA", "K2HPO4"]
Tissue = Literal["air", "adipose", "blood", "bone", "muscle"]
EVERY_TISSUE: tuple[Tissue, ...] = ("air", "adipose", "blood", "bone", "muscle")


@dataclass(frozen=True)
class PhantomSettings(Strict):
    """The phantom scanned with the participants."""

    equivalent: Literal["HA", "K2HPO4", ""] = documented(
        "Mineral of its densities: HA (hydroxyapatite) or K2HPO4. Needed for rods with densities; "
        "a table with a column water (Mindways) is K2HPO4.",
        "",
    )
    rods: dict[int, float] = documented(
        "Density in mg/cm3 of each rod of a label map, by its number; for example {1: 0, 2: 75, "
        "3: 150}.",
        factory=dict,
    )

    def problems(self) -> Iterator[str]:
        """Yield what is wrong with the rods."""
        if not self.rods:
            return
        span = max(self.rods.values()) - min(self.rods.values())
        different = len(set(self.rods.values()))
        if len(self.rods) < FEWEST_RODS:
            yield f"rods: found {len(self.rods)}; {FEWEST_RODS} or more are expected."
        elif span < SHORTEST_RANGE:
            yield (
                f"rods: found densities over {span:g} mg/cm3; {SHORTEST_RANGE:g} or more are "
                "expected. Are they in g/cm3?"
            )
        elif different < FEWEST_RODS:
            yield (
                f"rods: found {different} different densities; {FEWEST_RODS} or more are expected."
            )
        if not self.equivalent:
            yield "equivalent: found none; HA or K2HPO4 is expected, as the phantom's rods are."


@dataclass(frozen=True)
class EquationSettings(Strict):
    """An equation measured on a phantom that was scanned at another time (asynchronous)."""

    slope: float = required("Slope in mg/cm3/HU.")
    intercept: float = required("Intercept in mg/cm3.")
    equivalent: Mineral = required("Mineral of the phantom's densities.")
    scanner: str = required(
        "The scanner, as in the column scanner of the participants table, or the model in the CT's "
        "header."
    )
    kvp: float = required("Tube voltage in kV, as in the column kvp or in the CT's header.")
    valid_from: str = required("First day on which it holds, such as 2024-01-31.")
    valid_to: str = required("Last day on which it holds.")
    kernel: str = documented(
        "Reconstruction kernel, as in the column kernel or in the CT's header; empty for any.", ""
    )

    def problems(self) -> Iterator[str]:
        """Yield what is wrong with the slope and the days."""
        yield from _slope_problems(self.slope, *SLOPE_RANGE)
        days = {key: _day(getattr(self, key)) for key in ("valid_from", "valid_to")}
        for key, day in days.items():
            if day is None:
                yield (
                    f"{key}: found {getattr(self, key)!r}; a day such as 2024-01-31 is expected."
                )
        first, last = days.values()
        if first and last and first > last:
            yield f"valid_to: found {last}, which is before valid_from, {first}."


@dataclass(frozen=True)
class LineSettings(Strict):
    """A published line from HU to bone mineral density."""

    name: str = required("Its name in the column method: letters, digits, '.', '_' and '-'.")
    slope: float = required("Slope in mg/cm3/HU.")
    intercept: float = required("Intercept in mg/cm3.")
    equivalent: Mineral = required("Mineral of its densities.")
    source: str = required("Where it was published; the report prints it.")
    kvp: float = documented("Tube voltage in kV of the scans that it was made on.", 120.0)
    contrast: str = documented(
        "Contrast phase of the scans that it was made on, as in the column contrast_phase; empty "
        "for none.",
        "",
    )

    def problems(self) -> Iterator[str]:
        """Yield what is wrong with its name and slope."""
        if not self.name or not all(one.isalnum() or one in "._-" for one in self.name):
            yield f"name: found {self.name!r}; letters, digits, '.', '_' and '-' are expected."
        if not self.source.strip():
            yield "source: found none; where the line was published is expected."
        yield from _slope_problems(self.slope, 0.0, 2.0)


@dataclass(frozen=True)
class CorrectionSettings(Strict):
    """A published line from the density of a contrast phase to that of an unenhanced scan."""

    slope: float = required("Slope: the corrected density is slope * density + intercept.")
    intercept: float = required("Intercept in mg/cm3.")
    source: str = required("Where it was published; the report prints it.")

    def problems(self) -> Iterator[str]:
        """Yield what is wrong with its slope and source."""
        yield from _slope_problems(self.slope, 0.0, 2.0)
        if not self.source.strip():
            yield "source: found none; where the line was published is expected."


@dataclass(frozen=True)
class QctSettings(Strict):
    """Calibrated CT (QCT)."""

    phantom: PhantomSettings = documented(
        "The phantom scanned with the participants (kind qct_rods).", factory=PhantomSettings
    )
    asynchronous: tuple[EquationSettings, ...] = documented(
        "Equations of phantoms scanned at other times, for participants without qct_rods and "
        "tissue_samples. Each is of one scanner, tube voltage and period.",
        (),
    )
    hu_to_bmd: LineSettings | None = documented(
        "A published line from HU to density, for participants without any other calibration; "
        "none by default.",
        None,
    )
    tissues: tuple[Tissue, ...] = documented(
        "Tissues of the internal calibration (kind tissue_samples), each of which must be sampled. "
        "Leave out blood where it holds contrast agent. Bone cannot be left out.",
        EVERY_TISSUE,
    )
    contrast: dict[str, CorrectionSettings] = documented(
        "Correction of each contrast phase, by its name in the column contrast_phase, such as "
        "{portal_venous: {slope: …, intercept: …, source: …}}. Without it, scans with contrast "
        "agent are measured and flagged.",
        factory=dict,
    )
    kvp_factors: dict[int, float] = documented(
        "Factor that turns HU at a tube voltage in kV into those at the voltage of hu_to_bmd. "
        "Without it, other voltages are measured and flagged.",
        factory=dict,
    )
    qct_site: Literal["L1-L2", "L1-L3", "L1-L5"] = documented(
        "Vertebrae whose mean density is a participant's value, and is classed. L1-L5 needs as "
        "many levels as hounsfield.min_levels.",
        "L1-L2",
    )
    acr_on_ha: bool = documented(
        "Class densities of hydroxyapatite, too. The classes were made for K2HPO4.", False
    )
    qct_pool_methods: bool = documented(
        "Analyse densities of one mineral together, whether rods, a Mindways phantom or an "
        "asynchronous equation calibrated them. Otherwise only the method of most participants is "
        "analysed. Internal calibration and published lines are never pooled.",
        False,
    )

    def problems(self) -> Iterator[str]:
        """Yield what is wrong with the parts, each with its key first."""
        yield from (f"phantom.{text}" for text in self.phantom.problems())
        for number, equation in enumerate(self.asynchronous, start=1):
            yield from (f"asynchronous.{number}.{text}" for text in equation.problems())
        if self.hu_to_bmd:
            yield from (f"hu_to_bmd.{text}" for text in self.hu_to_bmd.problems())
        for phase, line in self.contrast.items():
            yield from (f"contrast.{phase}.{text}" for text in line.problems())
        for kvp, factor in self.kvp_factors.items():
            if not 0.5 <= factor <= 2:
                yield f"kvp_factors.{kvp}: found {factor:g}; 0.5 to 2 is expected."
        yield from repeated("tissues", self.tissues)
        if "bone" not in self.tissues:
            yield "tissues: found no bone; without it densities are wrong by a third at 200 HU."
        if len(set(self.tissues)) < FEWEST_TISSUES:
            yield (
                f"tissues: found {len(set(self.tissues))}; {FEWEST_TISSUES} or more are expected."
            )


def _slope_problems(slope: float, low: float, high: float) -> Iterator[str]:
    if not low < slope <= high:
        yield f"slope: found {slope:g}; above {low:g} and up to {high:g} is expected."


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def settings_of(task: Mapping[str, Any]) -> QctSettings:
    """Return the settings of a job's task, in which all are of plain JSON types.

    Keys that the job does not use have their defaults.
    """
    given = dict(task["settings"])
    if "phantom" in given:
        rods = {int(number): density for number, density in given["phantom"]["rods"].items()}
        given["phantom"] = PhantomSettings(given["phantom"]["equivalent"], rods)
    if "asynchronous" in given:
        given["asynchronous"] = tuple(EquationSettings(**one) for one in given["asynchronous"])
    if given.get("hu_to_bmd"):
        given["hu_to_bmd"] = LineSettings(**given["hu_to_bmd"])
    if "tissues" in given:
        given["tissues"] = tuple(given["tissues"])
    if "contrast" in given:
        given["contrast"] = {
            phase: CorrectionSettings(**line) for phase, line in given["contrast"].items()
        }
    if "kvp_factors" in given:
        given["kvp_factors"] = {int(kvp): one for kvp, one in given["kvp_factors"].items()}
    return QctSettings(**given)
