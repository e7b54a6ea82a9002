"""How often 95% intervals hold the truth, and tests reject where nothing is to be found.

uv run python benchmarks/coverage.py --cohorts 1000 --cores 2
"""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from scipy import special, stats

from bonecohort.statistics.agreement.generalized_icc import GENERALIZED_ICC, with_generalized_limits
from bonecohort.statistics.agreement.icc import intraclass_correlations
from bonecohort.statistics.regression.clustered_data import ClusteredData
from bonecohort.statistics.regression.clustered_fits import fit_all
from bonecohort.statistics.regression.logistic import fit_logistic
from bonecohort.statistics.regression.penalized_likelihood import FIRTH
from bonecohort.statistics.regression.profile_likelihood import fit_profile

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

LEVELS = 5
SLOPE = 0.5
ALPHA = 0.05
Hits = dict[str, bool]


@dataclass(frozen=True)
class Design:
    """Cohorts to draw: participants, the correlation within them, outcome, and where x varies.

    ``varies`` is ``participant`` (as sex), ``vertebra`` (as lumbar region) or ``both`` (as HU:
    half of its variance is shared).
    """

    participants: int
    correlation: float
    family: str
    varies: str
    slope: float

    def draw(self, seed: int) -> ClusteredData:
        """Draw one cohort: one to five vertebrae a participant, correlated exchangeably."""
        rng = np.random.default_rng([seed, self.participants, round(100 * self.correlation)])
        people = np.repeat(
            np.arange(self.participants), rng.integers(1, LEVELS + 1, self.participants)
        )
        term = self._term(rng, people)
        shared = rng.normal(size=self.participants)[people]
        own = rng.normal(size=people.size)
        noise = np.sqrt(self.correlation) * shared + np.sqrt(1 - self.correlation) * own
        if self.family == "linear":
            outcome = self.slope * term + noise
        else:  # a Gaussian copula keeps the logistic model exact for every single vertebra
            chance = special.expit(-1 + self.slope * term)
            outcome = (stats.norm.cdf(noise) < chance).astype(np.float64)
        return ClusteredData(outcome, term[:, np.newaxis], people, ("x",), self.family)

    def _term(self, rng: np.random.Generator, people: NDArray[np.int64]) -> NDArray[np.float64]:
        if self.varies == "participant":
            return rng.integers(0, 2, self.participants)[people].astype(np.float64)
        if self.varies == "vertebra":
            return rng.integers(0, 2, people.size).astype(np.float64)
        shared = rng.normal(size=self.participants)[people]
        return (shared + rng.normal(size=people.size)) / np.sqrt(2)


def covered(design: Design, seed: int) -> Hits:
    """Return by method whether the slope's interval holds its true value."""
    found = fit_all(design.draw(seed))
    limits = {fit.method: fit.limits(1) for fit in found if not fit.reason}
    return {method: low <= design.slope <= high for method, (low, high) in limits.items()}


def rejected(design: Design, seed: int) -> Hits:
    """Return by method whether a slope of zero is rejected."""
    found = fit_all(design.draw(seed))
    return {fit.method: fit.p_value(1) < ALPHA for fit in found if not fit.reason}


def firth_covered(n: int, intercept: float, seed: int) -> Hits:
    """Return whether the profile intervals of two slopes of a rare outcome hold the true values."""
    rng = np.random.default_rng([seed, n])
    design = np.column_stack([rng.normal(size=n), rng.integers(0, 2, n)])
    slopes = np.array([0.7, 1.0])
    events = rng.random(n) < special.expit(intercept + design @ slopes)
    refused = fit_logistic(events, design, ["x", "g"]).warning
    if refused and "separated" not in refused:
        return {}  # no event, or a constant column
    found, _ = fit_profile(events, design, penalty=FIRTH)
    hits = {
        f"firth, {name}": slope.ci_low <= true <= slope.ci_high
        for name, slope, true in zip(("continuous", "yes/no"), found, slopes, strict=True)
    }
    return hits | {"separated": bool(refused)}


def icc_covered(n: int, k: int, icc: float, of_readers: float, seed: int) -> Hits:
    """Return whether the intervals of ICC(2,1), two of them, and ICC(3,1) hold their true values.

    ``icc`` is ICC(2,1), the share of variance between the n subjects. ``of_readers`` is the part of
    the rest that lies between the k readers, who are drawn anew in every cohort.
    """
    rng = np.random.default_rng([seed, n, k, round(100 * icc), round(100 * of_readers)])
    between_readers = (1 - icc) * of_readers
    error = 1 - icc - between_readers
    readings = (
        np.sqrt(icc) * rng.normal(size=(n, 1))
        + np.sqrt(between_readers) * rng.normal(size=k)
        + np.sqrt(error) * rng.normal(size=(n, k))
    )
    found = intraclass_correlations(readings)
    found[GENERALIZED_ICC] = with_generalized_limits(readings, found["icc_2_1"])
    true = {"icc_2_1": icc, GENERALIZED_ICC: icc, "icc_3_1": icc / (icc + error)}
    return {form: found[form].ci_low <= true[form] <= found[form].ci_high for form in true}


def experiments() -> dict[str, Callable[[int], Hits]]:
    """Return every experiment by name; each takes a seed."""
    found: dict[str, Callable[[int], Hits]] = {}
    for family in ("linear", "logistic"):
        for participants in (25, 60, 200):
            design = Design(participants, 0.3, family, "both", SLOPE)
            name = f"coverage, {family}, {participants} participants"
            found[name] = partial(covered, design)
    for n, intercept in ((40, -1.5), (60, -2.0)):
        found[f"coverage, Firth, n = {n}, intercept {intercept}"] = partial(
            firth_covered, n, intercept
        )
    for n, k in ((30, 2), (60, 2), (60, 3), (150, 2)):
        for icc in (0.5, 0.9):
            for of_readers in (0.0, 0.1, 0.3):
                name = f"coverage, ICC, {n} × {k}, ICC(2,1) {icc}, of readers {of_readers}"
                found[name] = partial(icc_covered, n, k, icc, of_readers)
    for family, varies in (
        ("linear", "participant"),
        ("linear", "vertebra"),
        ("logistic", "participant"),
    ):
        for correlation in (0.1, 0.3, 0.5):
            design = Design(100, correlation, family, varies, 0.0)
            name = f"type-I error, {family}, x varies by {varies}, ICC {correlation}"
            found[name] = partial(rejected, design)
    return found


def rates(hits: list[Hits]) -> str:
    """Return each method's rate in percent, with the number of cohorts where not all had one."""
    methods = dict.fromkeys(method for hit in hits for method in hit)
    parts = []
    for method in methods:
        known = [hit[method] for hit in hits if method in hit]
        of = "" if len(known) == len(hits) else f" of {len(known)}"
        parts.append(f"{method} {100 * np.mean(known):.1f}%{of}")
    return " · ".join(parts)


def main() -> None:
    """Run every experiment and print its rates."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cohorts", type=int, default=1000)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--only", default="", help="part of an experiment's name")
    options = parser.parse_args()
    with ProcessPoolExecutor(options.cores) as pool:
        for name, experiment in experiments().items():
            if options.only not in name:
                continue
            start = time.perf_counter()
            hits = list(pool.map(experiment, range(options.cohorts), chunksize=25))
            taken = time.perf_counter() - start
            sys.stdout.write(f"{name}: {rates(hits)} ({taken:.0f} s)\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
