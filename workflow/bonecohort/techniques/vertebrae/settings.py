"""Settings of the vertebrae's label maps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from bonecohort.study.declared import Strict, documented, repeated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bonecohort.techniques.declare import AllSettings

LabelSchemeName = Literal[
    "totalsegmentator_v2", "totalsegmentator_v1", "verse", "totalspineseg", "totalsegmentator_mr"
]


@dataclass(frozen=True)
class VertebraeSettings(Strict):
    """How the vertebra label map numbers its vertebrae, and who draws it when nobody did."""

    label_scheme: LabelSchemeName | dict[str, int] | None = documented(
        "Numbering of the label maps: a scheme's name, or a map such as {L1: 31, L2: 30}. "
        "Without it, names stored in the file decide; a file without names is refused.",
        None,
    )
    segment: Literal["none", "totalsegmentator"] = documented(
        "What labels the vertebrae of a CT without a label map: nothing, or TotalSegmentator. The "
        "program must be installed (docs/segmentation.md).",
        "none",
    )
    segment_device: Literal["auto", "cpu", "gpu"] = documented(
        "Where the segmentation runs: auto takes a GPU when there is one; gpu also asks a cluster "
        "for one.",
        "auto",
    )
    segment_fast: bool = documented(
        "Segment with the coarser model of 3 mm, in place of 1.5 mm: quicker, less exact.", False
    )

    def problems(self) -> Iterator[str]:
        """Yield what is wrong with the numbers of a scheme."""
        if isinstance(self.label_scheme, dict):
            yield from repeated("label_scheme", list(self.label_scheme.values()))


def on_gpu(settings: AllSettings) -> bool:
    """Whether a cluster is asked for a GPU."""
    return settings.of(VertebraeSettings).segment_device == "gpu"
