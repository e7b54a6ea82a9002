"""Whether two names of patients (PN, PS3.5, 6.2.1) may be of one person, however they are written.

Case, accents, padding, the order of the parts and what stands between them do not count. German and
Nordic letters are also tried as two (Müller, Mueller). A name in Chinese says nothing against one
in Latin letters, because names are compared in one script only. A name of several component groups
is compared in each of them.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import permutations

NO_NAME = re.compile(
    r"anon(ym\w*)?|(de)?identified|deid|de|removed|redacted|unknown|none|null|nil|na|n|a|no|not|id"
    r"|noid|noname|name|known|given|available|unbekannt|patient|subject|test|blank|empty|hidden"
    r"|confidential|x+|0+|匿名|无名氏?|未知"
)
"""Words, in lower case, that stand in place of a name or an ID that was taken away."""
LOST_LETTERS = re.compile("[?\ufffd]")
"""A name with these was read in another character set than it was written in."""
AS_TWO = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "æ": "ae"})
AS_ONE = str.maketrans({"ø": "o", "æ": "ae", "ł": "l", "đ": "d", "ð": "d", "ı": "i"})
PARTS = 3  # family, given and middle name; prefix and suffix (Dr., Jr.) come and go
MOST_ORDERED = 5  # words of a name whose every order is tried
WHOLE = 2  # words that make a name to go by


def is_placeholder(text: str) -> bool:
    """Whether a name or an ID only says that there is none."""
    words = re.findall(r"[^\W_]+", text.casefold())
    return all(NO_NAME.fullmatch(word) for word in words)


def same_name(first: str, second: str) -> bool | None:
    """Return whether two names are the same; None where that cannot be said."""
    said = [
        _same_in_one_script(one, other)
        for own_script, one in _groups(first)
        for script, other in _groups(second)
        if own_script == script
    ]
    if True in said:
        return True
    return False if said and None not in said else None


def _groups(name: str) -> list[tuple[str, tuple[str, ...]]]:
    """Return script and words of each component group that says a name."""
    result = []
    for group in name.split("="):
        if LOST_LETTERS.search(group) or is_placeholder(group):
            continue
        parts = group.split("^")[:PARTS]
        text = unicodedata.normalize("NFKC", " ".join(parts)).casefold()
        words = tuple(re.findall(r"[^\W\d_]+|\d+", text.replace("'", "").replace("’", "")))
        if words:
            result.append((_script(words[0]), words))
    return result


def _script(word: str) -> str:
    """Return the script of a word by the Unicode name of its first letter, as 'LATIN' or 'CJK'."""
    return unicodedata.name(word[0], "").split(" ", maxsplit=1)[0]


def _same_in_one_script(first: tuple[str, ...], second: tuple[str, ...]) -> bool | None:
    said = [_same_words(one, other) for one in _spellings(first) for other in _spellings(second)]
    if True in said:
        return True
    return None if None in said else False


def _spellings(words: tuple[str, ...]) -> list[tuple[str, ...]]:
    as_two = tuple(_plain(word.translate(AS_TWO)) for word in words)
    as_one = tuple(_plain(word.translate(AS_ONE)) for word in words)
    return list(dict.fromkeys((as_one, as_two)))


def _plain(word: str) -> str:
    """Return a word without its accents."""
    apart = unicodedata.normalize("NFKD", word)
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def _same_words(first: tuple[str, ...], second: tuple[str, ...]) -> bool | None:
    shorter, longer = sorted((first, second), key=len)
    if _joined(shorter, longer):
        return True
    left = list(longer)
    for word in sorted(shorter, key=len, reverse=True):
        match = next((one for one in left if _same_word(word, one)), None)
        if match is None:
            return False
        left.remove(match)
    # A family name alone, or an initial, may be of many.
    whole = sum(word in longer and len(word) > 1 for word in shorter)
    return True if whole >= WHOLE else None


def _joined(first: tuple[str, ...], second: tuple[str, ...]) -> bool:
    """Whether the words of one, in some order, spell the other: Xiao Ming, Xiaoming."""
    letters = "".join(second)
    if sum(map(len, first)) != len(letters):
        return False
    orders = permutations(first) if len(first) <= MOST_ORDERED else [first]
    return any("".join(order) == letters for order in orders)


def _same_word(word: str, other: str) -> bool:
    """Whether two words are equal, or one is the other's initial."""
    return word == other or (1 in (len(word), len(other)) and word[0] == other[0])
