"""Whether a CT reconstruction kernel is a standard, a bone or a lung one, by its maker's names."""

from __future__ import annotations

import re
from typing import Literal

KernelKind = Literal["standard", "bone", "lung", "unknown"]

SHARP_SIEMENS = 50  # Br36, B30f, Qr44 are soft to standard; Br57, B60s, B70f are sharp
PATTERNS: tuple[tuple[KernelKind, str], ...] = (
    ("lung", r".*LUNG.*|BL\d\d.*|FC5\d.*|FC8[2-6].*|L|Y[CD]"),
    ("bone", r"BONE.*|EDGE|ULTRA.*|HD.*BONE.*|FC3\d.*|FC8[01].*|[DE]|Y[AB]|.*SHARP.*"),
    ("standard", r"STAND.*|SOFT.*|DETAIL|CHST|FC[01]\d.*|A|B|C|SB|SC|I?BODY.*|.*SMOOTH.*"),
)
SIEMENS = re.compile(r"[BIJQS][RFSV]?(\d\d)[A-Z]?")


def kernel_kind(kernel: str) -> KernelKind:
    r"""Return the kind of a ConvolutionKernel; of ``Br38f\3`` the first value decides."""
    name = kernel.split("\\", maxsplit=1)[0].strip().upper()
    for kind, pattern in PATTERNS:
        if re.fullmatch(pattern, name):
            return kind
    siemens = SIEMENS.fullmatch(name)
    if siemens:
        return "bone" if int(siemens[1]) >= SHARP_SIEMENS else "standard"
    return "unknown"
