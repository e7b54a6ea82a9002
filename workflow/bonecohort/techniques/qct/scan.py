"""What is known of a participant's scan: scanner, tube voltage, kernel, day, contrast phase.

The columns of the participants table hold it, else the CT's header. The header as it is kept holds
no day and no station: only the table has those.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from bonecohort.faults import DataFault
from bonecohort.images.deidentify_text import is_no_agent
from bonecohort.intake.kernels import kernel_kind
from bonecohort.measures.dates import iso_date
from bonecohort.study.cells import parse_number

if TYPE_CHECKING:
    from collections.abc import Mapping

NO_CONTRAST = (
    *("", "none", "no", "0", "false", "without", "native", "nativ", "plain", "unenhanced"),
    *("non_contrast", "noncontrast", "no_contrast", "without_contrast", "non_enhanced"),
    *("nonenhanced", "pre_contrast", "precontrast", "平扫"),
)
CONTRAST = "contrast"
SHARP = ("bone", "lung")
USUAL_KVP = 120.0
MOST_TILT_DEG = 0.5


@dataclass(frozen=True)
class Scan:
    """What is known of a scan; '' and None where it is not.

    Attributes
    ----------
    phase
        Contrast phase, as the table names it; '' for none, or where it is not given.
    has_contrast
        Whether the table or the header names a contrast agent.
    tilt_deg
        Tilt of the gantry.
    """

    scanner: str = ""
    kvp: float | None = None
    kernel: str = ""
    day: date | None = None
    phase: str = ""
    has_contrast: bool = False
    tilt_deg: float = 0.0

    @property
    def flags(self) -> tuple[str, ...]:
        """What of it may change the HU of any calibration."""
        return (
            *([f"{CONTRAST}: {self.phase}" if self.phase else CONTRAST] * self.has_contrast),
            *([f"sharp_kernel: {self.kernel}"] * (kernel_kind(self.kernel) in SHARP)),
            *([f"gantry_tilt: {self.tilt_deg:.1f}°"] * (abs(self.tilt_deg) > MOST_TILT_DEG)),
        )


def scan_of(columns: Mapping[str, str], header: Mapping[str, Any]) -> Scan:
    """Return what is known of a scan.

    Parameters
    ----------
    columns
        The participant's cells of the participants table, by their columns.
    header
        Sidecar of the converted CT (BIDS names); empty without one.

    Raises
    ------
    DataFault
        A cell cannot be read, or contradicts the header.
    """
    kvp = _kvp(columns.get("kvp", ""), header.get("KVP"))
    phase = columns.get("contrast_phase", "")
    is_native = _plain(phase) in NO_CONTRAST
    tilt = header.get("GantryDetectorTilt")
    return Scan(
        columns.get("scanner") or str(header.get("ManufacturersModelName") or ""),
        kvp,
        columns.get("kernel") or str(header.get("ConvolutionKernel") or ""),
        _day(columns.get("ct_date", "")),
        "" if is_native else phase,
        not is_native or not is_no_agent(str(header.get("ContrastBolusAgent") or "")),
        float(tilt) if tilt is not None else 0.0,
    )


def same_name(one: str, other: str) -> bool:
    """Whether two names of a scanner, kernel or phase differ in case and spaces alone."""
    return _plain(one) == _plain(other)


def _plain(text: str) -> str:
    return "_".join(text.replace("-", " ").replace("_", " ").lower().split())


def _kvp(cell: str, in_header: Any) -> float | None:
    known = None if in_header is None else float(in_header)
    if not cell:
        return known
    try:
        value = parse_number(cell.lower().removesuffix("kvp").removesuffix("kv").strip())
    except ValueError as error:
        message = f"Participants table, kvp: {error}; a tube voltage in kV is expected."
        raise DataFault(message) from error
    if known is not None and value != known:
        raise DataFault(
            f"Participants table, kvp: {value:g}, and the CT's header has {known:g} kV; the same "
            "is expected."
        )
    return value


def _day(cell: str) -> date | None:
    if not cell:
        return None
    day = iso_date(cell, "Participants table, ct_date")
    return date.fromisoformat(day) if day else None
