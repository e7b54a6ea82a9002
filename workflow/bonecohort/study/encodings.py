"""The encoding of a text table that is not Unicode: Chinese where nothing else is meant.

Excel on a Chinese Windows saves plain *CSV* in GBK, a part of GB18030. Bytes alone do not
distinguish it from Korean, Japanese, Taiwanese or European encodings: nearly any of their texts is
also a row of Chinese characters, though of rare ones. So the characters decide.
"""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

CHINESE = "gb18030"
CHUNK_BYTES = 1_000_000
LEAST_COMMON = 2
"""So many different common characters a text must have."""
COMMON_SHARE = 0.6
"""Share of common ones among its Chinese characters; of another encoding's about 0.1 are common."""
COMMON = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里"
    "用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心本前开但因只从想实"
    "日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体"
    "政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及"
    "比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接"
    "必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难且"
    "男岁号编病例患住院诊断姓龄身重压糖尿血高脂骨质疏松密度腰背痛椎体终板缺损评分烟酒吸饮史否值左右侧术"
    "前症状类型组备注检查参与者排除原因纳入手影像磁共振颈胸骶节段绝经激素药物含钙维素折创伤肿瘤感染结核"
    "疼视觉模拟指数公斤米厘千克周天小时间日期医师读片婚职业族汉农工退休健康正异常轻中重度阳阴级"
)
"""Frequent characters, and those of hospitals' tables."""


def text_encoding(path: Path) -> str | None:
    """Return ``utf-8-sig`` or ``gb18030``, as a text without UTF-16's mark is to be read.

    None where it is neither, or where it is not clear that GB18030 is meant.
    """
    if _is_utf8(path):
        return "utf-8-sig"
    try:
        text = path.read_bytes().decode(CHINESE)
    except UnicodeDecodeError:
        return None
    return CHINESE if _is_chinese(text) else None


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(CHUNK_BYTES):
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _is_chinese(text: str) -> bool:
    """Whether a text's characters beyond ASCII are those that Chinese tables have."""
    ideographs = [one for one in text if "\u3400" <= one <= "\u9fff" or one > "\uffff"]
    others = [one for one in text if one > "\x7f" and not _is_east_asian(one)]
    common = [one for one in ideographs if one in COMMON]
    return len(set(common)) >= LEAST_COMMON and len(common) >= COMMON_SHARE * (
        len(ideographs) + len(others)
    )


def _is_east_asian(one: str) -> bool:
    """Whether a character is an ideograph, Chinese punctuation, a full-width form or a symbol."""
    return (one >= "\u2000" and not "\ue000" <= one <= "\uf8ff") or one in "°±×÷·"
