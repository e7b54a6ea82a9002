"""The words by which headers mark images made from several X-ray energies (see ``energy``)."""

from __future__ import annotations

import re
from typing import Literal

SpectralKind = Literal[
    "virtual monoenergetic",
    "virtual non-contrast",
    "material-removed",
    "material-modified",
    "material map",
    "electron density",
    "effective atomic number",
    "decomposed",
]
MONOENERGETIC: SpectralKind = "virtual monoenergetic"
IMAGE_TYPES: dict[str, SpectralKind] = {
    "VMI": MONOENERGETIC,
    "MAT_SPECIFIC": "material map",
    "MAT_REMOVED": "material-removed",
    "MAT_FRACTIONAL": "material map",
    "MAT_VALUE_BASED": "material map",
    "MAT_MODIFIED": "material-modified",
    "EFF_ATOMIC_NUM": "effective atomic number",
    "ELECTRON_DENSITY": "electron density",
}
"""Defined terms of ImageType, value 4 (PS3.3, C.8.2.1.1.1)."""
RESCALE_TYPES: dict[str, SpectralKind] = {
    "HU_MOD": "material-modified",
    "MGML": "material map",
    "PCT": "material map",
    "Z_EFF": "effective atomic number",
    "ED": "electron density",
    "EDW": "electron density",
}
"""Defined terms of RescaleType (PS3.3, C.11.1.1.2)."""
DERIVATIONS: dict[str, SpectralKind] = {
    "129322": "material map",  # value-based image
    "129323": "material map",  # material specific image
    "129324": "material-removed",
    "129325": "material-modified",  # material highlighted image
    "129326": "material-modified",  # material suppressed image
    "129327": "material-modified",  # material recalculated image
    "129328": "material map",  # volume occupancy image
    "129329": "material map",  # mass occupancy image
}
"""DCM codes of DerivationCodeSequence (PS3.16); of 113097, proportional weighting, comes a CT."""
HU_UNITS = ("[hnsf'u]", "hu", "1")
"""UCUM's Hounsfield unit, the word, and UCUM's "no units", which says nothing."""
_FREE, _END = r"(?<![a-z])", r"(?![a-z])"
_MATERIAL = "(iodine|water|calcium|hap|fat|lipid|uric ?acid|blood|iron|gadolinium|gd)"
_EFFECTIVE_Z = rf"{_FREE}(z[ _-]?eff|eff(ective)?[ ._-]*(z{_END}|atomic))|有效原子序数"
_ELECTRONS = rf"electron[ _-]?dens|{_FREE}rho[ _/-]*z{_END}|stopping power|电子密度"
_NO_CONTRAST = rf"vnc(a|al)?{_END}|{_FREE}vue{_END}|virtual[ _-]*(non|un|native)|虚拟平扫"
_MODIFIED = rf"{_FREE}ca(lcium)?[ _-]*supp|pure ?(calcium|lumen)|optimum contrast|钙抑制"
_MAP = (
    r"iodine[ _-]*(map|dens|no[ _-]*water|overlay|image|only|conc|uptake|quant|remov)"
    rf"|{_FREE}md[ _-]*{_MATERIAL}{_END}|{_FREE}{_MATERIAL}[ _]*\([ _]*{_MATERIAL}[ _]*\)"
    r"|uric[ _-]?acid|perfused blood volume"
    r"|^[\W_]*iodine[\W_]*$|碘(基|图|密度|浓度|水)|水碘"
)
_ONE_ENERGY = (
    rf"mono[ _-]?(energ|chromatic)|{_FREE}monoe{_END}|{_FREE}mono[ _-]?(\+|plus)"
    rf"|{_FREE}(de|det|dect|gsi)[ _-]*mono{_END}|{_FREE}mono[ _-]*\d\d|{_FREE}vmi{_END}|单能"
)
WORDS: tuple[tuple[SpectralKind, re.Pattern[str]], ...] = (
    ("effective atomic number", re.compile(_EFFECTIVE_Z)),
    ("electron density", re.compile(_ELECTRONS)),
    ("virtual non-contrast", re.compile(_NO_CONTRAST)),
    ("material-modified", re.compile(_MODIFIED)),
    ("material map", re.compile(_MAP)),
    (MONOENERGETIC, re.compile(_ONE_ENERGY)),
)
"""Makers' words in ImageType or a description, in lower case."""
ENERGIES = (
    re.compile(r"(?<![\d.,])(\d{2,3}(?:\.\d+)?)[ _-]*kev(?![a-z])"),
    re.compile(r"mono(?:e|energetic|chromatic)?(?:[ _-]*(?:\+|plus))?[ _-]*(\d{2,3})\b"),
)
"""Numbers of keV, those with their unit first."""
KEV_RANGE = (30.0, 250.0)
"""Virtual monoenergetic images are made from 35 to 200 keV; 511 keV is that of PET."""
