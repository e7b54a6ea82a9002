"""What the codes of this technique's flags mean, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.report.printing.flag_words import OF_MR_BODIES, OF_PLACEMENT, FlagWords

if TYPE_CHECKING:
    from collections.abc import Mapping

FLAGS: Mapping[str, FlagWords] = {
    **OF_MR_BODIES,
    **OF_PLACEMENT,
    "fat_not_suppressed": FlagWords(
        "fat not suppressed",
        "The header shows no suppression of fat: fat, whose ADC is near 0, lowers the marrow's.",
        "vertebrae of images without fat suppression",
    ),
    "fat_suppression_unknown": FlagWords(
        "fat suppression unknown",
        "No header says whether fat was suppressed: unsuppressed fat lowers the ADC.",
        "vertebrae of images whose fat suppression is unknown",
    ),
    "noise_floor": FlagWords(
        "near the noise",
        "The signal at the highest b value is near the noise ({detail}), which lowers the ADC.",
        "vertebrae whose signal is near the noise",
    ),
    "noise_estimate": FlagWords(
        "noise from the background",
        "The noise was read in the air, which shows that of a single coil only.",
        "vertebrae whose noise was read in the air",
        noteworthy=False,
    ),
    "snr_unknown": FlagWords(
        "noise unknown",
        "The noise could not be estimated: whether it lowers the ADC is not known.",
        "vertebrae whose noise is unknown",
    ),
    "few_directions": FlagWords(
        "few directions",
        "Fewer than three directions were acquired ({detail}): their mean is no trace.",
        "vertebrae of images of few directions",
    ),
    "no_signal": FlagWords(
        "voxels without signal",
        "{detail} of the region's voxels have no signal at some b value and were dropped.",
        "vertebrae with voxels without signal",
    ),
    "not_monoexponential": FlagWords(
        "not one exponential",
        "The signals do not fall along one exponential ({detail}). The ADC depends on the b "
        "values even more than usual.",
        "vertebrae whose signals follow no single exponential",
    ),
    "unusual_adc": FlagWords(
        "unusual ADC",
        "The ADC is {detail}, which is rare in marrow.",
        "vertebrae with an unusual ADC",
    ),
    "no_ivim": FlagWords("no IVIM", "IVIM was not measured ({detail}).", "vertebrae without IVIM"),
    "no_dstar": FlagWords(
        "no D*",
        "D* was not reported ({detail}).",
        "vertebrae without D*",
        noteworthy=False,
    ),
    "no_kurtosis": FlagWords(
        "no kurtosis",
        "Kurtosis was not measured ({detail}).",
        "vertebrae without kurtosis",
        noteworthy=False,
    ),
    "high_b_left_out": FlagWords(
        "high b values left out",
        "The kurtosis was fitted without {detail} of the b values, beyond which its model rises "
        "again.",
        "vertebrae whose kurtosis leaves out b values",
        noteworthy=False,
    ),
    "scale_unproven": FlagWords(
        "scale unproven",
        "The ADC map shows no fluid, which would prove its scale; the header's was taken.",
        "vertebrae of an ADC map whose scale is unproven",
    ),
    "source_not_used": FlagWords(
        "a source was not used",
        "One of two sources of the ADC could not be used ({detail}).",
        "vertebrae of which one source was not used",
    ),
}
"""Code → words; a flag of another code is a sentence already."""
