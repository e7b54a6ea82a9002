"""No line of the flow diagram leaves its box, whether Latin or Chinese."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest
from PIL import Image

from bonecohort.report.figures.flow_diagram import (
    SIDE_WIDTH,
    WIDTH,
    Arrow,
    Box,
    Flow,
    lines_within,
)
from bonecohort.report.figures.flow_drawing import flow_png, flow_svg
from bonecohort.report.printing.wide_characters import n_columns, wrapped

LATIN = "previous lumbar surgery with metal, or a fracture of more than one vertebra " * 3
CHINESE = "既往腰椎手术史包括腰椎间盘切除术腰椎融合内固定术以及椎体成形术后的患者" * 3
DIGITS = "0123456789" * 12


def test_a_chinese_character_takes_two_columns() -> None:
    assert n_columns("HU 高") == 5
    assert wrapped("高血压病史", 4) == ["高血", "压病", "史"]
    assert wrapped("a line of words", 7) == ["a line", "of", "words"]
    assert "".join(wrapped(CHINESE, 40)) == CHINESE


@pytest.mark.parametrize("text", [LATIN, CHINESE, DIGITS])
def test_no_text_of_the_png_is_beside_its_box(text: str) -> None:
    lines = lines_within([text], SIDE_WIDTH)
    assert len(lines) > 2
    box = Box(20, 20, SIDE_WIDTH, lines)
    image = Image.open(io.BytesIO(flow_png(Flow((box,), ()))))
    assert image.info["dpi"][0] == pytest.approx(300, abs=1)
    dark = np.argwhere(np.asarray(image.convert("L")) < 128) * (WIDTH / image.width)
    assert len(dark) > 1000
    (top, left), (bottom, right) = dark.min(axis=0), dark.max(axis=0)
    drawn = (left, top, right, bottom)
    assert drawn == pytest.approx((20, 20, 20 + SIDE_WIDTH, box.bottom), abs=2)


def test_both_drawings_have_the_same_arrows() -> None:
    turned = Arrow(((100, 50), (100, 80), (300, 80), (300, 110)))
    flow = Flow((Box(20, 200, 50, ("n",)),), (turned, Arrow(((10, 20), (60, 20)), has_head=False)))
    paths = re.findall(r'class="arrow" d="([^"]*)"( marker-end)?', flow_svg(flow))
    assert paths == [("M100 50V80H300V110", " marker-end"), ("M10 20H60", "")]
    image = Image.open(io.BytesIO(flow_png(flow))).convert("L")
    dark = np.asarray(image) < 200
    per_unit = image.width / WIDTH

    def is_drawn(x: float, y: float) -> bool:
        row, column = round(y * per_unit), round(x * per_unit)
        return bool(dark[row - 3 : row + 4, column - 3 : column + 4].any())

    for x, y in ((100, 65), (200, 80), (300, 95), (35, 20)):
        assert is_drawn(x, y)
    for x, y in ((200, 65), (200, 110), (80, 20)):
        assert not is_drawn(x, y)
