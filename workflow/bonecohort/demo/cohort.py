"""A synthetic cohort with known truth, whose variables relate as in Hao et al. 2025.

The marginal distributions and the differences between groups follow the paper's Tables 1 to 3
(Front Physiol 16:1649477). Bone density falls with age and in women. Endplate defects become
likelier and larger as it falls. Every participant is drawn from a stream of their own, so a larger
cohort begins with the smaller one. Values are rounded where they are drawn. So the tables, the
images and the truth table hold the same number.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bonecohort.demo.streams import Purpose, stream
from bonecohort.demo.truth import Defect, DemoParticipant, Sex, Vertebra
from bonecohort.study.settings import LUMBAR_LEVELS

if TYPE_CHECKING:
    import numpy as np

    from bonecohort.measures.vertebra.endplate import Endplate

MEAN_AGE_YEARS, SD_AGE_YEARS = 67.1, 9.6
AGE_RANGE_YEARS = (39, 87)
FRACTION_FEMALE = 0.65
HEIGHT_CM = {"female": (155.2, 6.0), "male": (166.0, 6.5)}
MEAN_BMI, SD_BMI, BMI_RANGE = 24.4, 3.4, (16.2, 36.4)

MEAN_SPINE_HU, SD_RESIDUAL_HU = 105.7, 36.0
HU_PER_YEAR, HU_PER_BMI = -2.6, 1.5
HU_OF_SEX = {"female": -9.0, "male": 17.0}
SPINE_HU_RANGE = (25.0, 260.0)
LEVEL_OFFSET_HU = {"L1": 4.6, "L2": -1.4, "L3": -5.0, "L4": -5.5, "L5": 7.3}
SD_LEVEL_HU = 6.0
LEAST_VERTEBRA_HU = 12.0

MEAN_BMD, BMD_PER_HU, SD_BMD, LEAST_BMD = 0.949, 0.0033, 0.15, 0.35
YOUNG_BMD, YOUNG_SD_BMD = 1.06, 0.12

LOG_ODDS_AT_MEAN, LOG_ODDS_PER_HU, LOG_ODDS_PER_YEAR, LOG_ODDS_FEMALE = -0.25, -0.02, 0.035, 0.3
CHANCE_OF_FURTHER_LEVEL = 0.23
LEVEL_WEIGHT = {"L1": 0.20, "L2": 0.21, "L3": 0.245, "L4": 0.185, "L5": 0.16}
UPPER_LUMBAR = ("L1", "L2", "L3")
CHANCE_BILATERAL = 0.14
CHANCE_SUPERIOR_ALONE = {"upper": 0.38, "lower": 0.51}
CHANCE_OF_SECOND_DEFECT = 0.12

REFERENCE_HU = 85.0
WIDTH_MM, WIDTH_MM_PER_HU, SD_WIDTH_MM, LEAST_WIDTH_MM = 8.2, -0.035, 4.2, 2.5
DEPTH_MM, DEPTH_MM_PER_HU, SD_DEPTH_MM, LEAST_DEPTH_MM = 4.2, -0.012, 1.5, 1.5
INFERIOR_EXTRA_WIDTH_MM = 0.8
SECOND_DEFECT_SCALE = 0.55
DEEPEST_FOR_WIDTH = 0.8
LARGEST_WIDTH_FRACTION, LARGEST_DEPTH_FRACTION = 0.6, 0.28
RIM_MM = 2.5
"""Least distance of a defect from the body's edge and from its neighbour."""

BODY_WIDTH_MM = {"female": 32.0, "male": 36.0}
BODY_HEIGHT_MM = {"female": 26.0, "male": 28.0}
BODY_WIDTH_OF_LEVEL_MM = {"L1": -1.5, "L2": -0.5, "L3": 0.3, "L4": 0.7, "L5": 1.0}
SD_BODY_WIDTH_MM, SD_BODY_HEIGHT_MM, SD_BODY_OF_LEVEL_MM = 1.2, 0.8, 0.4
SD_READER_MM, LARGEST_READER_ERROR_MM = 0.15, 0.3


def draw_cohort(participants: int, seed: int) -> list[DemoParticipant]:
    """Draw the first ``participants`` members of the cohort that belongs to a seed."""
    return [draw_participant(number, seed) for number in range(1, participants + 1)]


def draw_participant(number: int, seed: int) -> DemoParticipant:
    """Draw one member of the cohort; the others have no influence on it."""
    rng = stream(seed, number, Purpose.COHORT)
    age = round(_clipped(rng, MEAN_AGE_YEARS, SD_AGE_YEARS, *AGE_RANGE_YEARS))
    sex: Sex = "female" if rng.random() < FRACTION_FEMALE else "male"
    mean_height, sd_height = HEIGHT_CM[sex]
    height_cm = round(_clipped(rng, mean_height, sd_height, 138, 190))
    bmi = _clipped(rng, MEAN_BMI, SD_BMI, *BMI_RANGE)
    spine_hu = _clipped(
        rng,
        MEAN_SPINE_HU
        + HU_PER_YEAR * (age - MEAN_AGE_YEARS)
        + HU_PER_BMI * (bmi - MEAN_BMI)
        + HU_OF_SEX[sex],
        SD_RESIDUAL_HU,
        *SPINE_HU_RANGE,
    )
    expected_bmd = MEAN_BMD + BMD_PER_HU * (spine_hu - MEAN_SPINE_HU)
    bmd = max(LEAST_BMD, float(rng.normal(expected_bmd, SD_BMD)))
    has_defect = rng.random() < _defect_chance(spine_hu, age, sex)
    has_pain = bool(rng.random() < (0.9 if has_defect else 0.7))
    return DemoParticipant(
        number=number,
        age_years=age,
        sex=sex,
        height_cm=height_cm,
        weight_kg=round(bmi * (height_cm / 100) ** 2, 1),
        bmd_g_cm2=round(bmd, 3),
        t_score=round((bmd - YOUNG_BMD) / YOUNG_SD_BMD, 1) + 0.0,  # no negative zero
        hypertension=bool(rng.random() < 0.48 + 0.015 * (age - MEAN_AGE_YEARS)),
        diabetes=bool(rng.random() < 0.27 + 0.005 * (age - MEAN_AGE_YEARS)),
        smoking=bool(rng.random() < (0.30 if sex == "male" else 0.04)),
        alcohol=bool(rng.random() < (0.20 if sex == "male" else 0.03)),
        back_pain=has_pain,
        vas_0_10=round(_clipped(rng, 5.0 if has_defect else 4.0, 1.6, 1, 9)) if has_pain else 0,
        vertebrae=_draw_vertebrae(rng, spine_hu, sex, has_defect=has_defect),
    )


def _clipped(
    rng: np.random.Generator, mean: float, sd: float, least: float, largest: float
) -> float:
    return min(max(float(rng.normal(mean, sd)), least), largest)


def _defect_chance(spine_hu: float, age_years: int, sex: Sex) -> float:
    log_odds = (
        LOG_ODDS_AT_MEAN
        + LOG_ODDS_PER_HU * (spine_hu - MEAN_SPINE_HU)
        + LOG_ODDS_PER_YEAR * (age_years - MEAN_AGE_YEARS)
        + (LOG_ODDS_FEMALE if sex == "female" else 0.0)
    )
    return 1 / (1 + math.exp(-log_odds))


def _draw_vertebrae(
    rng: np.random.Generator, spine_hu: float, sex: Sex, *, has_defect: bool
) -> tuple[Vertebra, ...]:
    affected: set[str] = set()
    if has_defect:
        count = 1 + int(rng.binomial(len(LUMBAR_LEVELS) - 1, CHANCE_OF_FURTHER_LEVEL))
        weights = [LEVEL_WEIGHT[level] for level in LUMBAR_LEVELS]
        chosen = rng.choice(len(weights), size=count, replace=False, p=weights)
        affected = {LUMBAR_LEVELS[index] for index in chosen}
    own_width_mm = float(rng.normal(BODY_WIDTH_MM[sex], SD_BODY_WIDTH_MM))
    own_height_mm = float(rng.normal(BODY_HEIGHT_MM[sex], SD_BODY_HEIGHT_MM))
    vertebrae = []
    for level in LUMBAR_LEVELS:
        level_hu = float(rng.normal(spine_hu + LEVEL_OFFSET_HU[level], SD_LEVEL_HU))
        hu = round(max(LEAST_VERTEBRA_HU, level_hu), 1)
        level_width_mm = own_width_mm + BODY_WIDTH_OF_LEVEL_MM[level]
        width_mm = round(float(rng.normal(level_width_mm, SD_BODY_OF_LEVEL_MM)), 1)
        height_mm = round(float(rng.normal(own_height_mm, SD_BODY_OF_LEVEL_MM)), 1)
        vertebrae.append(
            Vertebra(
                level=level,
                hu=hu,
                body_width_mm=width_mm,
                body_height_mm=height_mm,
                read_body_width_mm=_read(rng, width_mm),
                read_body_heights_mm=(_read(rng, height_mm), _read(rng, height_mm)),
                defects=_draw_defects(rng, level, hu, width_mm, height_mm)
                if level in affected
                else (),
            )
        )
    return tuple(vertebrae)


def _draw_defects(
    rng: np.random.Generator, level: str, hu: float, body_width_mm: float, body_height_mm: float
) -> tuple[Defect, ...]:
    endplates: tuple[Endplate, ...] = ("superior", "inferior")
    if rng.random() >= CHANCE_BILATERAL:
        region = "upper" if level in UPPER_LUMBAR else "lower"
        chance = CHANCE_SUPERIOR_ALONE[region] / (1 - CHANCE_BILATERAL)
        endplates = ("superior",) if rng.random() < chance else ("inferior",)
    defects: list[Defect] = []
    for endplate in endplates:
        scales = (1.0, SECOND_DEFECT_SCALE) if rng.random() < CHANCE_OF_SECOND_DEFECT else (1.0,)
        sizes = [
            _draw_size(
                rng,
                endplate,
                hu,
                scale=scale,
                body_width_mm=body_width_mm,
                body_height_mm=body_height_mm,
            )
            for scale in scales
        ]
        if _free_mm([width for width, _ in sizes], body_width_mm) < 0:
            sizes = sizes[:1]
        centres = _place(rng, [width for width, _ in sizes], body_width_mm)
        for number, ((width_mm, depth_mm), centre_mm) in enumerate(
            zip(sizes, centres, strict=True), start=1
        ):
            defects.append(
                Defect(
                    endplate=endplate,
                    number=number,
                    width_mm=width_mm,
                    depth_mm=depth_mm,
                    centre_mm=centre_mm,
                    read_width_mm=_read(rng, width_mm),
                    read_depth_mm=_read(rng, depth_mm),
                )
            )
    return tuple(defects)


def _draw_size(
    rng: np.random.Generator,
    endplate: Endplate,
    hu: float,
    *,
    scale: float,
    body_width_mm: float,
    body_height_mm: float,
) -> tuple[float, float]:
    """Draw width and depth of one defect, in mm; both grow as the vertebra's HU falls."""
    extra_mm = INFERIOR_EXTRA_WIDTH_MM if endplate == "inferior" else 0.0
    mean_width_mm = WIDTH_MM + extra_mm + WIDTH_MM_PER_HU * (hu - REFERENCE_HU)
    mean_depth_mm = DEPTH_MM + DEPTH_MM_PER_HU * (hu - REFERENCE_HU)
    width_mm = _clipped(
        rng, mean_width_mm, SD_WIDTH_MM, LEAST_WIDTH_MM, LARGEST_WIDTH_FRACTION * body_width_mm
    )
    depth_mm = _clipped(
        rng, mean_depth_mm, SD_DEPTH_MM, LEAST_DEPTH_MM, LARGEST_DEPTH_FRACTION * body_height_mm
    )
    width_mm = max(LEAST_WIDTH_MM, scale * width_mm)
    depth_mm = min(max(LEAST_DEPTH_MM, scale * depth_mm), DEEPEST_FOR_WIDTH * width_mm)
    return round(width_mm, 1), round(depth_mm, 1)


def _place(rng: np.random.Generator, widths_mm: list[float], body_width_mm: float) -> list[float]:
    """Spread defects along an endplate, from anterior to posterior, none touching another."""
    free_mm = _free_mm(widths_mm, body_width_mm)
    start_mm = -body_width_mm / 2 + RIM_MM + free_mm * float(rng.uniform(0.2, 0.8))
    centres = []
    for width_mm in widths_mm:
        centres.append(round(start_mm + width_mm / 2, 1))
        start_mm += width_mm + RIM_MM
    return centres


def _free_mm(widths_mm: list[float], body_width_mm: float) -> float:
    """Return what defects and their rims leave of an endplate; negative when they do not fit."""
    return body_width_mm - math.fsum(widths_mm) - RIM_MM * (len(widths_mm) + 1)


def _read(rng: np.random.Generator, true_mm: float) -> float:
    """Return what a careful reader writes down for a true length: near it, to 0.1 mm."""
    error_mm = _clipped(rng, 0.0, SD_READER_MM, -LARGEST_READER_ERROR_MM, LARGEST_READER_ERROR_MM)
    return round(true_mm + error_mm, 1)
