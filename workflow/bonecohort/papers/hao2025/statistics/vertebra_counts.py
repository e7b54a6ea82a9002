"""How many vertebrae were read, how many have a defect, and of which type."""

from __future__ import annotations

import pandas as pd

from bonecohort.papers.hao2025.statistics.groupings import DEFECT_TYPES, READ_TYPES
from bonecohort.statistics.tests.counts import COUNT_COLUMNS, TOTAL, count_row


def count_vertebrae(vertebrae: pd.DataFrame) -> pd.DataFrame:
    """Count the vertebrae read, those with a defect, and the types among those.

    Rows of table ``vertebrae``: ``endplate_defect`` yes and no in percent of the vertebrae read,
    ``defect_type`` in percent of the vertebrae with a defect.
    """
    types = vertebrae["defect_type"]
    read, with_defect = int(types.isin(READ_TYPES).sum()), int(types.isin(DEFECT_TYPES).sum())
    unread = len(types) - read
    result = [
        count_row(("vertebrae", "endplate_defect", "yes", TOTAL), with_defect, read, unread),
        count_row(("vertebrae", "endplate_defect", "no", TOTAL), read - with_defect, read, unread),
    ]
    result += [
        count_row(
            ("vertebrae", "defect_type", kind, TOTAL), int((types == kind).sum()), with_defect, 0
        )
        for kind in DEFECT_TYPES
    ]
    return pd.DataFrame(result, columns=list(COUNT_COLUMNS))
