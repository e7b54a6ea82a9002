"""Which texts of a header may leave it: short codes, and none that names anybody.

A scanner writes the kernel, the position and the like, but nothing stops a person from typing a
name there. So a text is kept only when it has the shape of a code. It must also hold no word that
identifies a person, a place or a device in the same header. Of values that the standard enumerates
only its terms are kept. A contrast agent is kept only when every word is a known one.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from bonecohort.images.defined_terms import ENUMERATED, PIXEL_ORIGINS, is_known

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bonecohort.images.identity import IdentifyingWords

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.,:;+*/\\()#-]{0,39}")
LONG_NUMBER = re.compile(r"\d{6}")
"""As long as a date; no kernel or version has one."""
WHOLE_NUMBER = re.compile(r"-?\d{1,12}")
LONGEST_AGENT = 64  # characters of its value representation, LO
AGENT_GIVEN = "given"
"""Stands for a contrast agent described in other than the known words."""
NO_AGENT = "NONE"
_NO_AGENT_TEXTS = """
no, none, n, nil, not given, no contrast, no contrast agent, no contrast medium, without, w o
without contrast, wo contrast, w o contrast, no iv contrast, non contrast, noncontrast, nc
unenhanced, non enhanced, plain, native
nein, kein, keine, keines, ohne, ohne km, ohne kontrast, ohne kontrastmittel, kein km, nativ
aucun, aucune, non, sans, sans contraste, sans injection, sin, sin contraste, ninguno, ninguna
nessuno, nessuna, senza, senza contrasto, senza mdc, sem, sem contraste, nenhum, nativo
geen, zonder, ingen, inget, utan, uden, brak, bez, bez kontrastu, yok, нет, без контраста, без
无, 無, 否, 没有, 沒有, 不, 未用, 未使用, 未注射, 无造影剂, 无对比剂, 平扫, 平掃, 普通扫描
なし, 無し, ナシ, 造影なし, 造影剤なし, 単純, 없음, 무, 아니오, 비조영
"""
NO_AGENT_TEXTS = frozenset(re.split(r"[,\n]\s*", _NO_AGENT_TEXTS))
"""Texts, in small letters, that say that no contrast agent was given."""
NOTHING = re.compile(r"0+( 0+)? ?(ml|cc|g|mg)?", re.IGNORECASE)
_NO_AGENT = "no none n without native non nc nil plain"
_AGENTS = """
contrast with yes y applied given unspecified enhanced w wo iodine iodinated iohexol iopamidol
iopromide iodixanol iomeprol ioversol iobitridol ioxaglate ioxitalamate ioxilan diatrizoate
gadolinium gd dtpa dota bopta gadobutrol gadoterate gadoteridol gadopentetate gadobenate gadodiamide
gadoxetate gadopiclenol meglumine barium air water
"""
_BRANDS = """
omnipaque isovue ultravist visipaque iomeron optiray xenetix imeron solutrast accupaque oxilan
hexabrix iopamiro imagopaque niopam telebrix gastrografin gadavist gadovist dotarem clariscan
prohance magnevist multihance omniscan primovist eovist elucirem
"""
_ROUTES_AND_AMOUNTS = """
iv i v oral po rectal intravenous intrathecal bolus injection ml cc mg mgi g mmol kg l s sec
arterial venous portal delayed late early phase
"""
AGENT_WORDS = frozenset((_NO_AGENT + _AGENTS + _BRANDS + _ROUTES_AND_AMOUNTS).split())


def deidentified_text(text: str, identifying: IdentifyingWords, name: str = "") -> str:
    """Return a text as far as it may be kept; '' when it may not.

    Parameters
    ----------
    text
        One value.
    identifying
        The words that name people, places and devices in the same header.
    name
        The value's BIDS name. Of a coded value that the standard enumerates only its terms are
        kept, of a body part only known words. A known word may be that of a place (a kernel BONE,
        a hospital for bones), never that of a person.
    """
    if name in ENUMERATED:
        terms = (part.strip().upper() for part in text.split("\\"))
        return "\\".join(term for term in terms if term in ENUMERATED[name])
    if not CODE.fullmatch(text) or LONG_NUMBER.search(text):
        return ""
    if name == "ImageType" and text in PIXEL_ORIGINS:
        return text
    if is_known(name, text):
        return "" if identifying.name_a_person_in(text) else text
    return "" if name == "BodyPart" or identifying.are_in(text) else text


def kept_agent(text: str, identifying: IdentifyingWords | None = None) -> str:
    """Return a contrast agent written in known words, as it stands; 'given' for any other text.

    A text that says in another language that none was given becomes ``NONE``.
    """
    words = re.findall(r"[^\W\d_]+|\d+|[^\s\w.,;:%/()+-]", text.casefold())
    known = all(word in AGENT_WORDS or (word.isdecimal() and len(word) <= 3) for word in words)
    if not known or len(text) > LONGEST_AGENT:
        return NO_AGENT if is_no_agent(text) else AGENT_GIVEN
    if identifying is not None and identifying.name_a_person_in(text):
        return NO_AGENT if is_no_agent(text) else AGENT_GIVEN
    return text


def is_no_agent(text: str) -> bool:
    """Whether a text says that no contrast agent was given, in the words of several languages."""
    for one in (text, *_redecoded(text)):
        words = re.sub(r"[\s_.,;:()\[\]。、・/-]+", " ", unicodedata.normalize("NFKC", one)).strip()
        if words.casefold() in NO_AGENT_TEXTS or NOTHING.fullmatch(words):
            return True
    return False


def _redecoded(text: str) -> Iterator[str]:
    """Yield what a text may be where the header does not declare its character set."""
    for encoding in ("utf-8", "gb18030"):
        try:
            yield text.encode("latin-1").decode(encoding)
        except UnicodeError:
            continue


def kept_number(value: object) -> str:
    """Return a whole number as text, such as an InstanceNumber; '' for anything else."""
    text = str(value if value is not None else "").strip()
    return text if WHOLE_NUMBER.fullmatch(text) else ""
