"""The decoders of compressed pixels: loaded when the first such pixels are met.

pydicom loads the libraries of all its decoders when it is imported. They take longer than it does
itself, and most series are not compressed.
"""

from __future__ import annotations

import importlib
import sys

LIBRARIES = ("gdcm", "openjpeg", "PIL", "pylibjpeg")
"""What may be kept out of an import of pydicom, until :func:`load_decoders`."""
PLUGINS = ("gdcm", "pylibjpeg", "pillow")
"""pydicom's plugins that use them, in the order of their precedence."""


def load_decoders() -> None:
    """Give pydicom's decoders the libraries that were kept out of its import; else do nothing."""
    if "gdcm" in sys.modules:
        return
    from pydicom.pixels.decoders.base import get_decoder

    for label in PLUGINS:
        plugin = importlib.reload(importlib.import_module(f"pydicom.pixels.decoders.{label}"))
        for syntax in plugin.DECODER_DEPENDENCIES:
            decoder = get_decoder(syntax)
            decoder.remove_plugin(label)
            decoder.add_plugin(label, (plugin.__name__, "_decode_frame"))
