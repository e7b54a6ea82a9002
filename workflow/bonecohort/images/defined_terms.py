"""Terms that DICOM defines, and names that makers give: words that were not typed for a person."""

from __future__ import annotations

import re

_MODALITIES = """
AR AS BI BMD CD CR CT CTPROTOCOL DD DG DMS DOC DS DX EC ECG EEG EMG EOG EPS ES FA FID FS GM HC HD IO
IOL IVOCT IVUS KER KO LEN LP LS MA MG MR MS NM OAM OCT OP OPM OPR OPT OPTBSV OPTENF OPV OSS OT PLAN
POS PR PT PX REG RESP RF RG RTDOSE RTIMAGE RTINTENT RTPLAN RTRAD RTRECORD RTSEGANN RTSTRUCT RWV SC
SEG SM SMR SR SRF ST STAIN TEXTUREMAP TG US VA XA XAPROTOCOL XC
"""
MODALITIES = frozenset(_MODALITIES.split())
"""Defined terms of Modality (PS3.3, C.7.3.1.1.1)."""

ENUMERATED: dict[str, frozenset[str]] = {
    name: frozenset(terms.split())
    for name, terms in {
        # C.7.3.1.1.2
        "PatientPosition": "HFP HFS HFDR HFDL FFDR FFDL FFP FFS LFP LFS RFP RFS AFP AFS PFP PFS "
        "AFDR AFDL PFDR PFDL",
        "MRAcquisitionType": "1D 2D 3D",  # C.8.3.1, C.8.13.1
        "ScanningSequence": "SE IR GR EP RM",
        "SequenceVariant": "SK MTC SS TRSS SP MP OSP TOF NONE",
        "LossyImageCompression": "00 01",  # C.7.6.1
        "BurnedInAnnotation": "YES NO",
    }.items()
} | {"Modality": MODALITIES}
"""BIDS names of values of which nothing but these terms is kept (sections of PS3.3)."""
PIXEL_ORIGINS = frozenset(("ORIGINAL", "DERIVED", "MIXED", "PRIMARY", "SECONDARY"))
"""The first two values of ImageType (C.7.6.1.1.2)."""

_BODY_PARTS = """
ABDOMEN ABDOMENPELVIS ANKLE AORTA ARM BACK BACKBONE BODY BONE BRAIN BREAST BUTTOCK CALCANEUS
CERVICAL CERVICOTHORACIC CHEST CHESTABDOMEN CHESTABDPELVIS CLAVICLE COCCYX COLON CSPINE CTSPINE
ELBOW EXTREMITY FEMUR FINGER FOOT FOREARM HAND HEAD HEADNECK HEART HIP HUMERUS ILIUM JAW KIDNEY
KNEE LEG LIVER LOWERLIMB LSPINE LUMBAR LUMBOSACRAL LUNG LUMBARSPINE MANDIBLE NECK NECKCHEST
NECKCHESTABDOMEN NECKCHESTABDPELV PANCREAS PATELLA PELVIS RADIUS RIB SACRUM SCAPULA SHOULDER
SIJOINT SKULL SPINE SPLEEN SPINAL SSPINE STERNUM TAILBONE THIGH THORACIC THORACOLUMBAR THORAX THUMB
TIBIA TLSPINE TOE TRUNK TSPINE ULNA UPPERLIMB VERTEBRA WHOLEBODY WHOLE WRIST LSSPINE LS L T C S LWS
BWS HWS WIRBELSAEULE WS ABD TO AND
"""
BODY_PARTS = frozenset(_BODY_PARTS.split())
"""Words of BodyPartExamined: terms of PS3.16, Annex L, and what scanners write in their place."""
_FRAMES = """
AXIAL LOCALIZER REFORMATTED MPR CSA MIP OTHER NORM DIS2D DIS3D NONE VOLUME M SE FFE T2 CT_SOM5
CT_SOM7 SPI SEQ HELIX HELICAL MODE CINE SCOUT SPIRAL STRIP WEDGE BUTTERFLY MULTIPLE FLAT BODY
FILTER MEDIUM LARGE HEAD SMALL DIXON WATER FAT FRACTION FF IN OUT OPP PHASE R2 STAR MAP
"""
FRAMES = frozenset(_FRAMES.split())
"""Words of ImageType, ScanOptions and FilterType that CT and MR scanners write."""
_MAKERS = """
SIEMENS HEALTHINEERS HEALTHCARE GE MEDICAL SYSTEMS PHILIPS TOSHIBA TOSHIBA_MEC MEC CANON CANON_MEC
HITACHI CORPORATION UIH UNITED IMAGING NEUSOFT NMS MINFOUND SHIMADZU FUJIFILM SAMSUNG ELECTRONICS
ESAOTE HOLOGIC INC ANKE WANDONG
"""
MAKERS = frozenset(_MAKERS.split())
KERNELS = re.compile(
    r"STAND(ARD)?|SOFT|DETAIL|BONE(PLUS)?|LUNG|EDGE|CHST|ULTRA|SMOOTH|SHARP|[A-FL]|Y[A-D]|[SI]?[BC]"
    r"|FC\d\d|[ABDHJIQSTUabdhjiqstu][a-z]?\d\d[a-z]?(\\\d)?",
    re.IGNORECASE,
)
"""Convolution kernels as the large makers name them."""


def is_known(name: str, text: str) -> bool:
    """Whether every word of a value, with its BIDS name, is one that the value may hold."""
    if name == "ConvolutionKernel":
        return KERNELS.fullmatch(text) is not None
    known = {"BodyPart": BODY_PARTS, "Manufacturer": MAKERS}.get(name, FRAMES)
    words = re.findall(r"\w+", text.upper())
    return bool(words) and all(word in known or _joined(word, known) for word in words)


def _joined(word: str, known: frozenset[str]) -> bool:
    """Whether a word is made of known ones, as ``ABDOMEN_PELVIS`` is."""
    return all(part in known for part in word.split("_"))
