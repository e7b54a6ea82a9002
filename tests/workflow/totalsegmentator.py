"""A stand-in for TotalSegmentator's command: it hands out the program's real output.

That output belongs to one CT. On any other CT it finds nothing: it writes an empty label map with
the names of all classes, as the program does.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = """\
#!{python}
import json, pathlib, sys
import nibabel, numpy
arguments = sys.argv[1:]
if arguments == ["--version"]:
    print("2.18.0")
    sys.exit()
with pathlib.Path({calls!r}).open("a") as calls:
    calls.write(json.dumps(arguments) + "\\n")
ct = nibabel.load(arguments[arguments.index("-i") + 1])
output = pathlib.Path(arguments[arguments.index("-o") + 1])
assert "--ml" in arguments and output.name.endswith(".nii.gz")
real = nibabel.load({labels!r})
if {fails}:
    sys.exit("RuntimeError: out of memory")
same = ct.shape == real.shape and numpy.allclose(ct.affine, real.affine, atol=1e-3)
if same:
    output.write_bytes(pathlib.Path({labels!r}).read_bytes())
else:
    header = real.header.copy()
    nibabel.save(nibabel.Nifti1Image(numpy.zeros(ct.shape, "uint8"), ct.affine, header), output)
"""


def write_stand_in(folder: Path, labels: Path, *, fails: bool = False) -> Path:
    """Write the command into a folder for PATH; return the file that its calls are noted in."""
    folder.mkdir(parents=True, exist_ok=True)
    program, calls = folder / "TotalSegmentator", folder / "calls.jsonl"
    text = SCRIPT.format(python=sys.executable, calls=str(calls), labels=str(labels), fails=fails)
    program.write_text(text)
    program.chmod(0o755)
    return calls
