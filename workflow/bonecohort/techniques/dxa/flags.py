"""What the codes of this technique's flags mean, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.report.printing.flag_words import FlagWords

if TYPE_CHECKING:
    from collections.abc import Mapping

FLAGS: Mapping[str, FlagWords] = {
    "levels_used": FlagWords(
        "part of the spine",
        "The total of the spine is of {detail}.",
        "totals of the spine of some vertebrae only",
    ),
    "iscd_suspects": FlagWords(
        "T-scores differ between vertebrae",
        "The T-score of {detail} differs by more than 1.0 from a neighbour's: look for a fracture "
        "or degenerative change. It counts in the total.",
        "totals of the spine with a vertebra that differs",
    ),
    "iscd_unchecked": FlagWords(
        "vertebrae not compared",
        "The file has no T-scores of single vertebrae, so they were not compared.",
        "totals of the spine without T-scores of single vertebrae",
        noteworthy=False,
    ),
    "sbmd_of_l1_l4": FlagWords(
        "sBMD of L1-L4",
        "The formula of standardized BMD was made for L2-L4 and used on L1-L4.",
        "standardized BMD of L1-L4",
        noteworthy=False,
    ),
    "maker_unknown": FlagWords(
        "maker unknown",
        "The file does not name the maker of the densitometer. There is no standardized BMD.",
        "participants whose densitometer is unknown",
    ),
    "menopause_by_age": FlagWords(
        "menopause by age",
        "Nothing is known of the menopause; a woman from {detail} years on counts as "
        "postmenopausal.",
        "women who count as postmenopausal by their age",
        noteworthy=False,
    ),
    "femur_as_neck": FlagWords(
        "femur read as neck",
        "The code names the femur without its region; the value was read as the femoral neck's.",
        "values of the femur read as those of its neck",
    ),
    "not_read": FlagWords(
        "not read",
        "A region or code is not known, and was not read ({detail}).",
        "regions or codes that were not read",
    ),
}
"""Code → words; a flag of another code is a sentence."""
