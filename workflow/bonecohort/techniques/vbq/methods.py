"""Names of the methods of bone quality scores, of their measures, and of the modality."""

from __future__ import annotations

from typing import Literal

MODALITY = "mr"
VBQ, VBQ_LEVEL, EBQ, EBQ_MARROW = "vbq", "vbq_level", "ebq", "ebq_marrow"
MEASURES = (VBQ, VBQ_LEVEL, EBQ, EBQ_MARROW)
NUMBER = "1"
Sequence = Literal["spin echo", "gradient echo"]
AUTO, READER, TABLE = "vbq.auto.v1", "vbq.reader.v1", "vbq.table"
AUTO_GRE, READER_GRE = "vbq.gre.v1", "vbq.gre.reader.v1"
EBQ_CSF, EBQ_CSF_GRE = "ebq.csf.v1", "ebq.gre.csf.v1"
EBQ_BODY, EBQ_BODY_GRE = "ebq.marrow.v1", "ebq.gre.marrow.v1"
WORDS = {
    AUTO: "regions placed by a label map, spin echo",
    READER: "regions that a reader drew, spin echo",
    TABLE: "readings taken elsewhere, supplied as a table",
    AUTO_GRE: "regions placed by a label map, gradient echo or Dixon",
    READER_GRE: "regions that a reader drew, gradient echo or Dixon",
    EBQ_CSF: "bands under the endplates against CSF, spin echo",
    EBQ_CSF_GRE: "bands under the endplates against CSF, gradient echo or Dixon",
    EBQ_BODY: "bands under the endplates against marrow, spin echo",
    EBQ_BODY_GRE: "bands under the endplates against marrow, gradient echo or Dixon",
}
"""Method → what it is."""
GRADIENT_ECHO = frozenset({AUTO_GRE, READER_GRE, EBQ_CSF_GRE, EBQ_BODY_GRE})
METHOD_OF = {
    (VBQ_LEVEL, "spin echo"): AUTO,
    (VBQ_LEVEL, "gradient echo"): AUTO_GRE,
    (EBQ, "spin echo"): EBQ_CSF,
    (EBQ, "gradient echo"): EBQ_CSF_GRE,
    (EBQ_MARROW, "spin echo"): EBQ_BODY,
    (EBQ_MARROW, "gradient echo"): EBQ_BODY_GRE,
}
"""Measure and sequence → method of regions that a label map places."""


def reader_method(sequence: Sequence) -> str:
    """Return the method of regions that a reader drew."""
    return READER if sequence == "spin echo" else READER_GRE
