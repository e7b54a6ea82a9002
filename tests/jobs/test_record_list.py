"""The list of records that the cohort's tables are made of."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from bonecohort.jobs import record_list
from bonecohort.study.job_specs import record_list_task
from bonecohort.study.study import load_study

PARTICIPANTS = "\n".join([
    "participant_id\tinclude\texclusion_reason",
    "P2\tyes\t", "P1\tyes\t", "P3\tno\tmoved away", "P4\tyes\t", "",
])  # fmt: skip
SERIES = """\
participant_id	kind	path
P2	ct	ct
P2	vertebrae	labels.nii.gz
P1	t2_sagittal	t2
P1	endplate_markups	marks.mrk.json
P3	ct	ct
P4	hu_table	hu.csv
"""


def test_each_record_of_who_is_included_is_listed_with_its_digest(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").mkdir()
    (tmp_path / "config/config.yaml").write_text(
        "levels: [L3, L4]\nvertebrae: {label_scheme: totalsegmentator_v2}\n"
    )
    (tmp_path / "config/participants.tsv").write_text(PARTICIPANTS)
    (tmp_path / "config/series.tsv").write_text(SERIES)
    results = tmp_path / "results"
    names = [
        "participants/P1/endplates/L3.json", "participants/P1/endplates/L4.json",
        "participants/P1/t2_sagittal.json", "participants/P2/ct.json",
        "participants/P2/hounsfield/L3.json", "participants/P2/hounsfield/L4.json",
    ]  # fmt: skip
    for name in (*names, "participants/P3/ct.json"):
        (results / name).parent.mkdir(parents=True, exist_ok=True)
        (results / name).write_text(name)

    record_list.run(json.loads(record_list_task(load_study(Path(), {}), {})), results)

    head, *rows = (results / "records.tsv").read_text().splitlines()
    assert head == "record\tsha256"
    digests = [hashlib.sha256(name.encode()).hexdigest() for name in names]
    assert rows == [f"{name}\t{digest}" for name, digest in zip(names, digests, strict=True)]
