"""The technique's part of the report: methods text with works, and densities by level."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.report.printing import format as fmt
from bonecohort.report.text.references import Reference
from bonecohort.techniques.qct.fitted import LOWEST_R2
from bonecohort.techniques.qct.methods import (
    ASYNCHRONOUS,
    CONTRAST_SUFFIX,
    INTERNAL,
    KVP_SUFFIX,
    MINDWAYS,
    RODS,
    TISSUES,
    VBMD,
)
from bonecohort.techniques.qct.regions import ERODED_MM, ERODED_VOXELS
from bonecohort.techniques.qct.rod_map import NEAR_MM
from bonecohort.techniques.qct.settings import FEWEST_RODS, SHORTEST_RANGE
from bonecohort.techniques.qct.vbmd import NORMAL_ABOVE, OSTEOPOROSIS_BELOW

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from bonecohort.techniques.declare import SiteMean
    from bonecohort.techniques.qct.settings import QctSettings

WORKS = (
    Reference("acr2018", "{American College of Radiology}", 2018,
              "ACR–SPR–SSR practice parameter for the performance of musculoskeletal quantitative "
              "computed tomography (QCT)", kind="misc"),
    Reference("michalski2020",
              "Michalski, Andrew S and Besler, Bryce A and Michalak, Geoffrey J and Boyd, Steven K",
              2020,
              "CT-based internal density calibration for opportunistic skeletal assessment using "
              "abdominal CT scans", "Medical Engineering & Physics", "78", "", "55–63",
              "10.1016/j.medengphy.2020.01.009"),
    Reference("kaesmacher2017",
              "Kaesmacher, Johannes and Liebl, Hans and Baum, Thomas and Kirschke, Jan Stefan",
              2017,
              "Bone mineral density estimations from routine multidetector computed tomography: a "
              "comparative study of contrast and calibration effects",
              "Journal of Computer Assisted Tomography", "41", "2", "217–223",
              "10.1097/RCT.0000000000000518"),
)  # fmt: skip
"""What the text cites."""


def methods_text(
    settings: QctSettings, participants: Mapping[str, int], main: SiteMean, n_classed: int
) -> str:
    """Return the methods paragraph; it cites as ``[@michalski2020]``.

    Parameters
    ----------
    settings
        The technique's.
    participants
        Method of densities → number of participants whose densities it gave.
    main
        The mean that is a participant's value.
    n_classed
        Number of participants whose mean was classed.
    """
    sentences = [
        (
            "Volumetric bone mineral density (BMD) of a vertebra was computed from the HU of its "
            "regions of interest. Each scan has one calibration."
        ),
        *(_of_method(method, n, settings) for method, n in participants.items()),
        *_of_rods(participants),
        *_of_corrections(settings, participants),
        (
            f"The value of a participant is the mean of {fmt.span(list(main.sites))} where at "
            f"least {main.least} of them have one."
        ),
    ]
    if n_classed:
        sentences.append(
            f"It was classed as normal above {NORMAL_ABOVE:g} mg/cm³, osteoporosis below "
            f"{OSTEOPOROSIS_BELOW:g} mg/cm³ and low bone mass between [@acr2018]. T-scores are not "
            "computed of it."
        )
    return " ".join(sentences)


def _of_method(method: str, n: int, settings: QctSettings) -> str:
    """Say how the densities of one method came about."""
    who = fmt.counted(n, "participant")
    if method.startswith(RODS):
        mineral = "hydroxyapatite" if ".ha" in method else "K2HPO4"
        return (
            f"A phantom with rods of {mineral} was scanned with {who}: density was regressed on HU "
            "by least squares."
        )
    if method.startswith(MINDWAYS):
        return (
            f"A Mindways phantom with rods of K2HPO4 was scanned with {who}. Its formula takes "
            "each rod’s density of water from its HU."
        )
    if method.startswith(INTERNAL):
        letters = method.removeprefix(f"{INTERNAL}.").split(".")[1]
        tissues: list[str] = [name for name, letter in TISSUES.items() if letter in letters]
        return (
            f"In {who} the calibration is internal, by samples of {fmt.joined(tissues)} and "
            "tabulated attenuation [@michalski2020]. Its densities are on a scale of their own. "
            "Against QCT, the RMS error of such a calibration was 7.8% in unenhanced scans "
            "[@kaesmacher2017]."
        )
    if method.startswith(ASYNCHRONOUS):
        equations = fmt.counted(len(settings.asynchronous), "equation")
        return (
            f"In {who} the calibration is that of a phantom scanned at another time. It was "
            f"chosen among {equations} by scanner, tube voltage and day."
        )
    return _of_published(who, settings)


def _of_published(who: str, settings: QctSettings) -> str:
    line = settings.hu_to_bmd
    if line is None:  # the settings changed since
        return f"In {who} density is that of a published line."
    sign = "+" if line.intercept >= 0 else "−"
    return (
        f"In {who} density is {line.slope:g} × HU {sign} {abs(line.intercept):g} mg "
        f"{line.equivalent}/cm³ ({line.source})."
    )


def _of_rods(methods: Mapping[str, int]) -> list[str]:
    if not any(method.startswith((RODS, MINDWAYS)) for method in methods):
        return []
    refused = (
        f"A phantom was refused with fewer than {FEWEST_RODS} rods. It was also "
        f"refused with a range below {SHORTEST_RANGE:g} mg/cm³, or an R² below {LOWEST_R2:g}."
    )
    measured = (
        f"Where rods were outlined on the CT, they were measured {ERODED_MM:g} mm or "
        f"{ERODED_VOXELS:g} voxels inside their rim. The slices lie within {NEAR_MM:g} mm of a "
        "vertebra’s regions."
    )
    return [refused, measured]


def _of_corrections(settings: QctSettings, methods: Mapping[str, int]) -> list[str]:
    result = []
    if any(method.endswith(f".{CONTRAST_SUFFIX}") for method in methods):
        lines = [
            f"{phase.replace('_', ' ')} ({line.source})"
            for phase, line in settings.contrast.items()
        ]
        result.append(
            "Densities of scans with contrast agent were corrected by published lines: "
            f"{fmt.joined(lines)}."
        )
    if any(method.endswith(f".{KVP_SUFFIX}") for method in methods):
        factors = [f"{factor:g} at {kvp} kV" for kvp, factor in settings.kvp_factors.items()]
        result.append(f"HU were multiplied by {fmt.joined(factors)}.")
    return result


def level_rows(own: pd.DataFrame, sites: list[str]) -> list[tuple[str, ...]]:
    """Return the lines of the table: method, site, number of participants, mean ± SD.

    Parameters
    ----------
    own
        The technique's rows of measurements.csv; of several readers those of their mean.
    sites
        The sites of the table, in order.
    """
    densities = own[own["measure"] == VBMD]
    rows: list[tuple[str, ...]] = []
    for method, of_method in densities.groupby("method", sort=True):
        for site in sites:
            values = of_method.loc[of_method["site"] == site].groupby("participant_id")["value"]
            means = values.mean()
            if len(means):
                printed = fmt.mean_sd_of(means, 1)
                rows.append((str(method), site, str(len(means)), printed))
    return rows
