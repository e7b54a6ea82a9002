"""What a conversion is expected to give."""

from __future__ import annotations

import pytest

from bonecohort.faults import DataFault
from tests.images.kinds import convert_series
from tests.images.writer import same_in_world


def assert_converted(converted, series):
    assert same_in_world(converted.volume, series.truth).max() == 0


def refused(folder, kind="ct", series_uid=None):
    with pytest.raises(DataFault) as caught:
        convert_series(folder, kind, series_uid)
    return caught.value.reason
