"""The study: read and checked before any job; who has which files."""

import shlex

from bonecohort.faults import StudyFault
from bonecohort.study import tasks
from bonecohort.study.sources import endplate_source, hu_source
from bonecohort.study.study import load_study
from bonecohort.study.summary import closing_words
from snakemake.exceptions import WorkflowError
from snakemake.settings.types import DeploymentMethod

PARTICIPANT = "results/participants/{participant}"
LOGS = "results/logs/{participant}"

# With conda a job runs in its rule's environment, otherwise in the one Snakemake runs in.
uses_conda = DeploymentMethod.CONDA in workflow.deployment_settings.deployment_method
PYTHON = "python" if uses_conda else shlex.quote(sys.executable)
JOB = f"PYTHONPATH={shlex.quote(str(LIBRARY))} {PYTHON} -m bonecohort job"

try:
    STUDY = load_study(Path(), config)
except StudyFault as fault:
    raise WorkflowError(str(fault)) from None

LEVELS = STUDY.settings.levels


wildcard_constraints:
    participant=r"[A-Za-z0-9][A-Za-z0-9_-]*",
    kind="ct|t2_sagittal",
    level="|".join(LEVELS),


def levels_of(folder, participant):
    return [
        f"results/participants/{participant}/{folder}/{level}.json" for level in LEVELS
    ]


def measured_on_ct():
    """Participants whose HU are measured on their CT, by automatic or a reader's ROIs."""
    return [
        name
        for name in STUDY.included
        if hu_source(STUDY, name) in ("automatic", "hu_rois")
    ]


def measured_on_t2():
    """Participants whose endplates are measured from a reader's marks."""
    return [
        name
        for name in STUDY.included
        if endplate_source(STUDY, name) == "endplate_markups"
    ]


def converted(participant, kind):
    """The sidecar of a participant's image series, when there is one."""
    has_series = STUDY.series_of(participant, kind)
    return [f"results/participants/{participant}/{kind}.json"] if has_series else []
