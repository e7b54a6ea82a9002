"""What Hao et al. 2025 (Front Physiol 16:1649477) print, and where the paper contradicts itself.

Texts are as printed, so that their precision is kept. Nothing is computed from them.
"""

from __future__ import annotations

TABLE1_CONTINUOUS = {
    "age_years": ("70.6 ± 8.4", "63.8 ± 9.5", "67.1 ± 9.6", "<0.001"),
    "height_cm": ("157.0 ± 8.2", "160.6 ± 9", "158.9 ± 8.8", "0.004"),
    "weight_kg": ("58.9 ± 10", "64.2 ± 11.2", "61.7 ± 11.0", "0.001"),
    "bmi_kg_m2": ("23.8 ± 3.4", "24.8 ± 3.4", "24.4 ± 3.5", "0.044"),
    "bmd_g_cm2": ("0.873 ± 0.159", "1.018 ± 0.247", "0.949 ± 0.221", "<0.001"),
    "t_score": ("−1.6 ± 1.4", "−0.2 ± 1.9", "−0.9 ± 1.8", "<0.001"),
    "total_spine_hu": ("84.65 ± 35.49", "124.86 ± 49.59", "105.67 ± 47.78", "<0.001"),
    "hu_L1": ("89.07 ± 35.58", "129.61 ± 48.78", "110.26 ± 47.44", "<0.001"),
    "hu_L2": ("82.51 ± 37.79", "124.06 ± 50.34", "104.22 ± 49.29", "<0.001"),
    "hu_L3": ("80.74 ± 35.77", "118.80 ± 49.02", "100.63 ± 47.13", "<0.001"),
    "hu_L4": ("79.19 ± 38.79", "119.35 ± 50.99", "100.18 ± 49.71", "<0.001"),
    "hu_L5": ("91.86 ± 41.31", "132.51 ± 53.73", "113.1 ± 52.21", "<0.001"),
}
"""Mean ± SD of the defect group, the group without and the total; p of the two groups."""

TABLE1_CATEGORICAL = {
    "sex": (
        {
            "female": ("69(73%)", "61(59%)", "130(65%)"),
            "male": ("26(27%)", "43(41%)", "69(35%)"),
        },
        "0.039",
    ),
    "hypertension": (
        {"no": ("43(45%)", "61(59%)", "104(52%)"), "yes": ("52(55%)", "43(41%)", "95(48%)")},
        "0.059",
    ),
    "diabetes": (
        {"no": ("65(68%)", "80(77%)", "145(73%)"), "yes": ("30(32%)", "24(23%)", "54(27%)")},
        "0.178",
    ),
    "smoking": (
        {
            "no": ("81(85%)", "92(88%)", "173(86.9%)"),
            "yes": ("14(15%)", "12(12%)", "26(13.1%)"),
        },
        "0.504",
    ),
    "alcohol": (
        {"no": ("85(89%)", "96(92%)", "181(91%)"), "yes": ("10(11%)", "8(8%)", "18(9%)")},
        "0.486",
    ),
    "back_pain": (
        {"no": ("9(9%)", "31(30%)", "40(20%)"), "yes": ("86(91%)", "73(70%)", "159(80%)")},
        "<0.001",
    ),
}
"""n(%) by category in the defect group, the group without and the total; p."""

TABLE2_SIZES = {
    "low_hu": ("130", "53"),
    "sex": ("47", "136"),
    "lumbar_region": ("120", "63"),
    "endplate": ("78", "80"),
}

TABLE2 = {
    "width_mm": {
        "low_hu": ("10.9 ± 5.1", "7.3 ± 4.8", "***"),
        "sex": ("8.9 ± 4.6", "10.2 ± 5.4", ""),
        "lumbar_region": ("10.4 ± 5.5", "8.8 ± 4.5", ""),
        "endplate": ("8.9 ± 5.1", "10.0 ± 5.4", ""),
    },
    "depth_mm": {
        "low_hu": ("4.8 ± 1.7", "4.0 ± 1.7", "**"),
        "sex": ("4.6 ± 1.6", "4.5 ± 1.8", ""),
        "lumbar_region": ("4.6 ± 1.8", "4.4 ± 1.7", ""),
        "endplate": ("4.3 ± 1.6", "4.6 ± 2.0", ""),
    },
    "standardized_width": {
        "low_hu": ("0.11 ± 0.08", "0.08 ± 0.05", "**"),
        "sex": ("0.08 ± 0.05", "0.1 ± 0.08", "*"),
        "lumbar_region": ("0.1 ± 0.07", "0.09 ± 0.08", ""),
        "endplate": ("0.06 ± 0.02", "0.09 ± 0.07", "**"),
    },
    "standardized_depth": {
        "low_hu": ("0.12 ± 0.06", "0.09 ± 0.04", "**"),
        "sex": ("0.1 ± 0.05", "0.11 ± 0.06", ""),
        "lumbar_region": ("0.11 ± 0.06", "0.11 ± 0.05", ""),
        "endplate": ("0.09 ± 0.03", "0.1 ± 0.05", ""),
    },
    "cumulative_score": {
        "low_hu": ("0.23 ± 0.13", "0.17 ± 0.09", "**"),
        "sex": ("0.18 ± 0.1", "0.22 ± 0.13", "*"),
        "lumbar_region": ("0.21 ± 0.13", "0.2 ± 0.12", ""),
        "endplate": ("0.16 ± 0.06", "0.19 ± 0.11", "**"),
    },
}
"""Mean ± SD of either group, and the stars printed for the difference."""

TABLE3 = {
    ("univariate", "age_years"): ("1.1(1.1-1.2)", "<0.001"),
    ("univariate", "sex[female]"): ("1.9(1.0-3.4)", "0.04"),
    ("univariate", "bmi_kg_m2"): ("0.9(0.8-1.0)", "0.047"),
    ("univariate", "total_spine_hu"): ("0.98(0.97-0.99)", "0.001"),
    ("univariate", "hypertension[yes]"): ("1.7(1.0-3.0)", "0.06"),
    ("univariate", "diabetes[yes]"): ("1.5(0.8-2.9)", "0.179"),
    ("univariate", "smoking[yes]"): ("1.3(0.6-3.0)", "0.505"),
    ("univariate", "alcohol[yes]"): ("0.7(0.3-1.9)", "0.488"),
    ("multivariable", "age_years"): ("1.0(1.0-1.1)", "0.042"),
    ("multivariable", "sex[female]"): ("1.4(0.7-2.8)", "0.328"),
    ("multivariable", "bmi_kg_m2"): ("0.9(0.9-1.0)", "0.268"),
    ("multivariable", "total_spine_hu"): ("0.98(0.97-0.99)", "0.001"),
    ("multivariable", "hypertension[yes]"): ("1.2(0.6-2.4)", "0.511"),
}
"""Odds ratio with its 95% limits, and p."""

FIGURE3 = {
    ("L3", "any"): "24.59%",
    ("L2", "any"): "21.31%",
    ("L5", "inferior"): "4.37%",
    ("L3", "bilateral"): "3.83%",
    ("L5", "bilateral"): "1.64%",
}
"""The percentages of the figure's description and the text. 21.31 and 4.37 bound the others by the
text. They are set beside the only possible bars, 39 and 8 of 183.
"""

FIGURE4 = {
    "standardized_width": ("0.095", "<0.0001"),
    "standardized_depth": ("0.059", "0.0010"),
    "cumulative_score": ("0.089", "<0.0001"),
}
"""R² and p of the regression on HU."""

_STANDARDIZED = (
    "printed means imply bodies about 99 mm wide (10.9/0.11) and 40 mm high; they cannot be a/c "
    "and b/h as defined"
)
_SHARE = "a share of the 183 defect vertebrae, not a prevalence at the level, as the caption says"

_LEVEL_MEANS = "the five printed level means average 84.67 (defect group) and 105.68 (total)"

NOTES = {
    ("Table 1", "total_spine_hu, endplate defect"): _LEVEL_MEANS,
    ("Table 1", "total_spine_hu, total"): _LEVEL_MEANS,
    ("Table 2", "standardized_width"): _STANDARDIZED,
    ("Table 2", "standardized_depth"): _STANDARDIZED,
    ("Table 2", "cumulative_score"): _STANDARDIZED,
    ("Table 2", "n, low_hu yes"): "low HU is ≤ 110 here, but osteoporosis < 110 in the Abstract",
    ("Table 2", "n, lumbar_region lower"): "L4–L5; the footnote says L4–S1",
    ("Table 3", "univariate age_years, odds ratio"): "the upper limit is 1.13: 1.1, not 1.2",
    ("Table 3", "univariate total_spine_hu, p"): "should print <0.001",
    ("Table 3", "univariate alcohol[yes], odds ratio"): (
        "inverted: the counts of Table 1 (10/85 against 8/96) give 1.41 (0.53–3.74)"
    ),
    ("Table 3", "multivariable hypertension[yes], odds ratio"): (
        "the text says corrected for hypertension, diabetes, smoking and alcohol; the table has "
        "hypertension only"
    ),
    ("Figure 3", ""): _SHARE,
    ("Figure 4", ""): "drawn from the standardized sizes of Table 2, which cannot be a/c and b/h",
    ("Text", "age SD"): "Table 1 prints 9.6",
    ("Text", "participants with a defect"): "95 of 199 is 47.74%",
    ("Text", "vertebrae with a defect"): "183 of 995 is 18.39%",
    ("Text", "endplates with a defect"): (
        "183 are vertebrae: 78 + 80 with one endplate and 25 with both make 208 endplates"
    ),
    ("Text", "Discussion: individuals with a defect"): "95 of 199 is 47.74%, 48% when rounded",
}
"""Known contradictions, by place and by item or variable; an empty item stands for the place."""
