"""The technique's part of the report: its methods text, its works, and its table by site."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.measures.finite_elements.convergence import LOOK_BACK, Convergence
from bonecohort.report.printing import format as fmt
from bonecohort.report.tables.table_model import Cell, FootnoteLetters, TableModel, first_left
from bonecohort.report.text.references import Reference
from bonecohort.techniques.fe.laws import (
    CRAWFORD_STRAIN,
    EXPONENT,
    MODULUS_MPA,
    PMMA_MPA,
    UFE_STRAIN,
)
from bonecohort.techniques.fe.methods import UFE, VERTEBRA, has_poisson

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from bonecohort.techniques.fe.settings import FeSettings

WORKS = (
    Reference("crawford2003", "Crawford, R Paul and Cann, Christopher E and Keaveny, Tony M", 2003,
              "Finite element models predict in vitro vertebral body compressive strength better "
              "than quantitative computed tomography", "Bone", "33", "4", "744–750",
              "10.1016/S8756-3282(03)00210-2"),
    Reference("kopperdahl2002",
              "Kopperdahl, David L and Morgan, Elise F and Keaveny, Tony M", 2002,
              "Quantitative computed tomography estimates of the mechanical properties of human "
              "vertebral trabecular bone", "Journal of Orthopaedic Research", "20", "4", "801–805",
              "10.1016/S0736-0266(01)00185-1"),
    Reference("pistoia2002",
              "Pistoia, W and van Rietbergen, B and Lochmüller, E-M and Lill, C A and Eckstein, F "
              "and Rüegsegger, P", 2002,
              "Estimation of distal radius failure load with micro-finite element analysis models "
              "based on three-dimensional peripheral quantitative computed tomography images",
              "Bone", "30", "6", "842–848", "10.1016/S8756-3282(02)00736-6"),
)  # fmt: skip
"""What the text cites."""
MEASURES: Mapping[str, tuple[str, int]] = {
    "stiffness": ("Stiffness, N/mm", 0),
    "failure_load": ("Failure load, N", 0),
    "apparent_modulus": ("Apparent modulus, MPa", 0),
    "load_share_cortical": ("Load share of the cortex", 2),
}
"""Measure of the table → its heading and decimals."""


def methods_text(settings: FeSettings, bones: Mapping[str, int]) -> str:
    """Return the methods paragraph; it cites as ``[@pistoia2002]``.

    Parameters
    ----------
    bones
        Method → number of bones that it measured.
    """
    sentences = []
    if any(method.startswith(VERTEBRA) for method in bones):
        sentences += _of_vertebrae(settings)
    if segmented := [method for method in bones if method.startswith(UFE)]:
        sentences += _of_segmented(settings, segmented)
    for family, named in ((UFE, "segmented bones"), (VERTEBRA, "vertebrae")):
        count = sum(method.startswith(family) for method in bones)
        if count > 1 and not settings.pool_methods:
            sentences.append(
                f"Of the {count} methods of {named}, only that of most participants was analysed. "
                "Their loads are not comparable."
            )
    usual = Convergence()
    sentences.append(
        "The models are linear; parts that touch the bone by no face were dropped. The equations "
        "were solved by conjugate gradients with a multigrid preconditioner, until the relative "
        f"residual was below {usual.residual:g} and the stiffness changed by less than "
        f"{usual.stiffness_change:g} over {LOOK_BACK} iterations. A failure load is an estimate: "
        "loads of models that differ in modulus, boundary or criterion are not comparable."
    )
    return " ".join(sentences)


def _of_vertebrae(settings: FeSettings) -> list[str]:
    kept = "with" if settings.posterior == "keep" else "without"
    return [
        (
            f"The strength of vertebrae was estimated on calibrated CT by finite elements, {kept} "
            "the posterior elements. Each vertebra was resampled at 1 mm along its own axis, which "
            "is the mean normal of its endplates."
        ),
        (
            f"Young’s modulus followed the density: {MODULUS_MPA:g} MPa × (density in g/cm³) to "
            f"the power of {EXPONENT:g} [@kopperdahl2002], with a Poisson’s ratio of "
            f"{settings.poisson:g}. Caps of bone cement ({PMMA_MPA:g} MPa) with flat faces lay on "
            "both ends of the body. The lower face was held, the upper one moved along the axis "
            f"and free sideways. The failure load is the force at a strain of "
            f"{100 * CRAWFORD_STRAIN:g}% [@crawford2003]."
        ),
    ]


def _of_segmented(settings: FeSettings, methods: Sequence[str]) -> list[str]:
    if settings.materials:
        moduli = fmt.joined(
            [f"{modulus:g} MPa (label {label})" for label, modulus in settings.materials.items()]
        )
    else:
        moduli = f"{settings.modulus_mpa:g} MPa"
    poisson = f"{settings.poisson:g}"
    if not all(has_poisson(method, settings.poisson) for method in methods):
        poisson += ", or that of the participants table"
    ends = {
        "constrained": "between ends that could not move sideways",
        "frictionless": "between smooth ends",
        "per_series": "between ends that were held as the participants table says",
    }[settings.boundary]
    return [
        (
            "Segmented bones were modelled with one element for each voxel, a Young’s modulus of "
            f"{moduli} and a Poisson’s ratio of {poisson}. They were compressed by "
            f"{-100 * UFE_STRAIN:g}% {ends}."
        ),
        (
            f"The failure load is the force at which {settings.pistoia_volume_percent:g}% of the "
            f"bone is strained by more than {settings.pistoia_microstrain:g} µε [@pistoia2002]. "
            "The effective strain is that of the strain energy at the elements’ centroids."
        ),
    ]


def site_table(own: pd.DataFrame, levels: Sequence[str]) -> TableModel:
    """Build the table of values by site: the study's levels first, then the others by name.

    Parameters
    ----------
    own
        The technique's rows of measurements.csv.
    levels
        The levels of the study.
    """
    result = set(own["site"]) & set(own.loc[own["measure"] == "n_elements", "site"])
    sites = [level for level in levels if level in result]
    sites += sorted(result.difference(levels))
    shown = [measure for measure in MEASURES if (own["measure"] == measure).any()]
    header = (Cell("Site"), Cell("Bones"), *(Cell(MEASURES[measure][0]) for measure in shown))
    return TableModel(
        key="fe",
        title="Stiffness and failure load by finite elements, by site",
        header=(header,),
        rows=tuple(_row(site, own[own["site"] == site], shown) for site in sites),
        footnotes=FootnoteLetters().footnotes(
            ["Values are mean ± SD over the bones measured at a site."]
        ),
        alignment=first_left(2 + len(shown)),
        series="S",
    )


def _row(site: str, own: pd.DataFrame, measures: Sequence[str]) -> tuple[Cell, ...]:
    cells = [Cell(site), Cell(str(own["participant_id"].nunique()))]
    for measure in measures:
        values = own.loc[own["measure"] == measure, "value"]
        decimals = MEASURES[measure][1]
        cells.append(Cell(fmt.mean_sd_of(values, decimals)))
    return tuple(cells)
