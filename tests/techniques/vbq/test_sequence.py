"""Which images bone quality scores are defined on, by what their headers say."""

from __future__ import annotations

import pytest

from bonecohort.faults import DataFault
from bonecohort.techniques.vbq.sequence import checked_sequence

T1 = {"ScanningSequence": "SE", "RepetitionTime": 0.56, "EchoTime": 0.010}
GRE = {"ScanningSequence": "GR", "RepetitionTime": 0.12, "EchoTime": 0.0046, "FlipAngle": 70}


@pytest.mark.parametrize(
    ("given", "sequence", "flags"),
    [
        (T1, "spin echo", ()),
        (T1 | {"RepetitionTime": 0.3, "EchoTime": 0.025}, "spin echo", ()),
        (T1 | {"ScanningSequence": "SE\\RM"}, "spin echo", ()),
        (T1 | {"ContrastBolusAgent": "NONE", "FatSuppression": "no"}, "spin echo", ()),
        ({"RepetitionTime": 0.56, "EchoTime": 0.010}, "spin echo", ("sequence_unknown",)),
        (GRE, "gradient echo", ()),
        (T1 | {"ImageType": ["DERIVED", "PRIMARY", "DIXON", "IN_PHASE"]}, "gradient echo", ()),
    ],
)
def test_t1_images_are_taken(given, sequence, flags):
    assert checked_sequence(given) == (sequence, flags)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (T1 | {"RepetitionTime": 3.2, "EchoTime": 0.1}, "RepetitionTime 3200 ms and EchoTime 100"),
        (T1 | {"RepetitionTime": 0.25}, "300 to 900 ms"),
        (T1 | {"EchoTime": 0.026}, "at most 25 ms"),
        (T1 | {"EchoTime": 10}, "EchoTime 10000 ms"),  # ms where BIDS has s
        (T1 | {"ContrastBolusAgent": "Gadovist"}, "names a contrast agent"),
        (T1 | {"ContrastBolusAgent": "given"}, "names a contrast agent"),
        (T1 | {"FatSuppression": "yes"}, "shows fat suppression"),
        (T1 | {"InversionTime": 0.16}, "inversion recovery"),
        (T1 | {"ScanningSequence": "SE\\IR"}, "inversion recovery"),
        (T1 | {"ScanningSequence": "EP"}, "echo-planar"),
        ({"ScanningSequence": "SE", "EchoTime": 0.01}, "RepetitionTime is not recorded"),
        ({"ScanningSequence": "SE", "RepetitionTime": 0.5}, "EchoTime is not recorded"),
        (T1 | {"ImageType": ["DERIVED", "PRIMARY", "DIXON", "WATER"]}, "ImageType says water"),
        (T1 | {"ImageType": ["DERIVED", "PRIMARY", "DIXON", "OPP_PHASE"]}, "says opposed phase"),
        (GRE | {"EchoTime": 0.014}, "T1-weighted gradient echo"),
        (GRE | {"RepetitionTime": 1.2}, "T1-weighted gradient echo"),
        (GRE | {"FlipAngle": 4}, "FlipAngle 4°"),
    ],
)
def test_other_images_are_refused(given, told):
    with pytest.raises(DataFault) as fault:
        checked_sequence(given)
    assert told in fault.value.reason
