"""Have TotalSegmentator label the vertebrae of a CT for which nobody did.

Only its command line is called: it lives in an environment of its own, and this module is imported
there, so it needs the standard library alone. A change of what it imports segments every CT anew.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from bonecohort.study.layout import EXCLUDED, label_map_path, participant_folder, read_record
from bonecohort.study.records import write_record
from bonecohort.study.writing import whole_file

if TYPE_CHECKING:
    from collections.abc import Mapping

ROIS = tuple(f"vertebrae_{level}" for level in ("T12", "L1", "L2", "L3", "L4", "L5", "S1"))
"""The lumbar vertebrae, and their neighbours, by which they are counted."""
TOTALSEGMENTATOR = "TotalSegmentator"
"""Name of its command."""
DEVICES = {"auto": "gpu", "gpu": "gpu", "cpu": "cpu"}
"""With the setting to use a GPU, the program takes the CPU where there is none."""


def run(task: Mapping[str, Any], results: Path) -> None:
    """Write ``vertebrae.nii.gz`` and, last, ``vertebrae.json``; of a refused CT only the latter.

    A failing program fails the job, and its words are in the job's log. The fault may be the
    machine's (memory, weights that could not be fetched) as well as the scan's.
    """
    folder, settings = participant_folder(results, task["participant_id"]), task["settings"]
    labels, record = label_map_path(folder), folder / "vertebrae.json"
    identity = {"participant_id": task["participant_id"]}
    ct = read_record(folder / "ct.json")
    if ct["status"] == EXCLUDED:
        labels.unlink(missing_ok=True)
        write_record(record, identity | {"status": EXCLUDED, "reason": ct["reason"]})
        return
    # The program writes by the name's ending, and other files beside it: a folder of its own.
    with TemporaryDirectory(dir=folder, prefix=".segment") as unfinished:
        output = Path(unfinished) / labels.name
        fast = ["--fast"] if settings["segment_fast"] else []
        device = DEVICES[settings["segment_device"]]
        command = [TOTALSEGMENTATOR, "-i", str(folder / "ct.nii.gz"), "-o", str(output), "--ml",
                   "--roi_subset", *ROIS, "--device", device, *fast]  # fmt: skip
        subprocess.run(command, check=True)  # noqa: S603 - a list, no shell
        with whole_file(labels) as whole:
            output.replace(whole)
    version = subprocess.run(  # noqa: S603
        [TOTALSEGMENTATOR, "--version"], check=True, capture_output=True, text=True
    )
    write_record(
        record,
        identity
        | {
            "status": "segmented",
            "reason": "",
            "program": f"{TOTALSEGMENTATOR} {version.stdout.strip()}",
            "device": settings["segment_device"],
            "fast": settings["segment_fast"],
        },
    )
