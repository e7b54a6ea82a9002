"""Calibrations that were not measured in the scan: equations of other days, published lines."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from bonecohort.faults import DataFault
from bonecohort.measures.calibration import Calibration
from bonecohort.techniques.qct.fitted import Fitted
from bonecohort.techniques.qct.methods import (
    ASYNCHRONOUS,
    CONTRAST_SUFFIX,
    DECLARED,
    KVP_SUFFIX,
    method_of,
)
from bonecohort.techniques.qct.scan import CONTRAST, USUAL_KVP, same_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bonecohort.techniques.qct.scan import Scan
    from bonecohort.techniques.qct.settings import (
        CorrectionSettings,
        EquationSettings,
        LineSettings,
        QctSettings,
    )


def calibrate_asynchronously(scan: Scan, equations: Sequence[EquationSettings]) -> Fitted:
    """Return the calibration by the one equation of the scan's scanner, voltage, kernel and day.

    Raises
    ------
    DataFault
        Something of the scan is not known, or no equation or several are of it.
    """
    asks_kernel = any(one.kernel for one in equations)
    missing = [
        name
        for name, known in (
            ("scanner", scan.scanner),
            ("kvp", scan.kvp),
            ("ct_date", scan.day),
        )
        if not known
    ]
    if missing:
        raise DataFault(
            f"An asynchronous equation is chosen by scanner, kvp and ct_date; {', '.join(missing)} "
            "of this scan is not known. Add the column to the participants table."
        )
    result = [(at, one) for at, one in enumerate(equations, start=1) if _is_of(one, scan)]
    sought = (
        f"scanner {scan.scanner!r}, {scan.kvp:g} kV, "
        + (f"kernel {scan.kernel or 'unknown'}, " if asks_kernel else "")
        + f"{scan.day}"
    )
    if not result:
        raise DataFault(f"No equation of bmd.asynchronous is of {sought}.")
    if len(result) > 1:
        numbers = " and ".join(str(at) for at, _ in result)
        raise DataFault(
            f"Equations {numbers} of bmd.asynchronous are of {sought}; one is expected. Do their "
            "periods overlap?"
        )
    (number, equation) = result[0]
    calibration = Calibration(
        method_of(ASYNCHRONOUS, equation.equivalent),
        equation.equivalent,
        equation.slope,
        equation.intercept,
    )
    return Fitted(calibration, details={"equation": number})


def _is_of(equation: EquationSettings, scan: Scan) -> bool:
    first, last = map(date.fromisoformat, (equation.valid_from, equation.valid_to))
    return (
        same_name(equation.scanner, scan.scanner)
        and equation.kvp == scan.kvp
        and (not equation.kernel or same_name(equation.kernel, scan.kernel))
        and scan.day is not None
        and first <= scan.day <= last
    )


def calibrate_by_line(scan: Scan, line: LineSettings, settings: QctSettings) -> Fitted:
    """Return a published line, for the HU of its tube voltage where a factor is declared.

    A line of scans with contrast agent is corrected no more. A scan of another phase is flagged.
    """
    calibration = Calibration(
        f"{DECLARED}.{line.name}", line.equivalent, line.slope, line.intercept
    )
    flags: tuple[str, ...] = ()
    if scan.kvp is not None and scan.kvp != line.kvp:
        factor = settings.kvp_factors.get(round(scan.kvp))
        if factor is None:
            code = "kvp_not_120" if line.kvp == USUAL_KVP else "kvp_differs"
            flags = (f"{code}: {scan.kvp:g} kV",)
        else:
            calibration = calibration.for_scaled_hu(factor, KVP_SUFFIX)
    result = Fitted(calibration, flags=flags)
    if not line.contrast:
        return with_scan(result, scan, settings.contrast)
    if not same_name(line.contrast, scan.phase):
        flags = (*flags, f"contrast_differs: {scan.phase or 'no phase'}, not {line.contrast}")
    others = [flag for flag in scan.flags if not flag.startswith(CONTRAST)]
    return replace(result, flags=(*flags, *others))


def with_scan(result: Fitted, scan: Scan, lines: Mapping[str, CorrectionSettings]) -> Fitted:
    """Return a calibration with what the scan does to it.

    The scan's flags are added. Where a line is declared for its contrast phase, from the density
    of that phase to that of an unenhanced scan, the calibration is followed by it.
    """
    flags = (*result.flags, *scan.flags)
    for phase, line in lines.items():
        if scan.phase and same_name(phase, scan.phase):
            uncorrected = result.calibration
            corrected = uncorrected.corrected(line.slope, line.intercept, CONTRAST_SUFFIX)
            details = {**(result.details or {}), "uncorrected": uncorrected.record()}
            return replace(result, calibration=corrected, flags=flags, details=details)
    return replace(result, flags=flags)
