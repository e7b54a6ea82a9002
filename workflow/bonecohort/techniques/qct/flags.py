"""What the codes of this technique's flags mean, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.report.printing.flag_words import FlagWords

if TYPE_CHECKING:
    from collections.abc import Mapping

FLAGS: Mapping[str, FlagWords] = {
    "low_r2": FlagWords(
        "R² of the calibration low",
        "The R² of the calibration is {detail}: look whether all rods or samples lie where they "
        "should.",
        "scans whose calibration has a low R²",
    ),
    "rod_off_the_line": FlagWords(
        "a rod off the line",
        "A rod lies off the calibration line ({detail}). Look for metal, an air bubble, or a label "
        "that leaves the rod.",
        "scans with a rod off the line",
    ),
    "rods_partly_seen": FlagWords(
        "rods not beside all vertebrae",
        "A rod is seen in less than half of the slices of {detail}. The calibration is that of "
        "other slices.",
        "scans whose rods do not reach along all vertebrae",
    ),
    "contrast": FlagWords(
        "contrast agent",
        "The scan has contrast agent, which raises HU and density.",
        "scans with contrast agent",
    ),
    "contrast_differs": FlagWords(
        "another contrast phase",
        "The published line was made in another contrast phase ({detail}).",
        "scans of another contrast phase than their line",
    ),
    "kvp_not_120": FlagWords(
        "not 120 kV",
        "The published line was made at 120 kV, and the scan has {detail}. HU change with the tube "
        "voltage.",
        "scans at another tube voltage than 120 kV",
    ),
    "kvp_differs": FlagWords(
        "another tube voltage",
        "The published line was made at another tube voltage than the scan’s {detail}.",
        "scans at another tube voltage than their line",
    ),
    "sharp_kernel": FlagWords(
        "sharp kernel",
        "The CT was reconstructed with a sharp kernel ({detail}), which raises noise and changes "
        "HU beside edges.",
        "scans with a sharp kernel",
    ),
    "gantry_tilt": FlagWords(
        "gantry tilt",
        "The gantry was tilted by {detail}.",
        "scans with a tilted gantry",
    ),
    "unusual_density": FlagWords(
        "unusual density",
        "The density is {detail}, which is rare in a vertebra: look at its regions and at the "
        "calibration.",
        "vertebrae with an unusual density",
    ),
    "acr_on_ha": FlagWords(
        "classed on hydroxyapatite",
        "The class was made for densities of K2HPO4, and these are of hydroxyapatite.",
        "participants classed on hydroxyapatite",
        noteworthy=False,
    ),
}
"""Code → words; a flag of another code is a sentence already."""
