"""The binary header of Siemens, CSA2, as its systems write it: "SV10", then tags of items."""

from __future__ import annotations

import struct

ALWAYS_77 = 77


def csa_header(tags):
    """Return the bytes of a header.

    Parameters
    ----------
    tags
        Name → value representation and items, texts.
    """
    parts = [b"SV10\4\3\2\1", struct.pack("<2I", len(tags), ALWAYS_77)]
    for name, (vr, items) in tags.items():
        padded = [item.encode() + b"\0" for item in items]
        parts.append(
            struct.pack("<64si4s3i", name.encode(), len(items), vr.encode(), 0, len(items), 0)
        )
        for item in padded:
            parts.append(struct.pack("<4i", len(item), len(item), ALWAYS_77, len(item)))
            parts.append(item + b"\0" * (-len(item) % 4))
    return b"".join(parts)
