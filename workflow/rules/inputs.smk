"""The study: read and checked before any job; who has which files."""

import shlex

from bonecohort.faults import StudyFault
from bonecohort.service.start import serve_jobs
from bonecohort.study import tasks
from bonecohort.study.progress import progress_line
from bonecohort.study.segmentation import check_program
from bonecohort.study.sources import (
    hu_source,
    is_segmented,
    measured_stages,
    records_of,
)
from bonecohort.study.study import load_study
from bonecohort.study.summary import closing_words, failing_words
from bonecohort.monitoring.run_guard import guard
from bonecohort.monitoring.run_events import show_progress
from bonecohort.monitoring.left_participants import (
    left_participants,
    left_participants_message,
)
from snakemake.exceptions import WorkflowError
from snakemake.logging import logger
from snakemake.settings.types import DeploymentMethod

PARTICIPANT = "results/participants/{participant}"
LOGS = "results/logs/{participant}"

# Snakemake fills in braces in the paths of a rule's environment, which lie in this checkout.
if set("{}") & set(f"{LIBRARY}{sys.executable}"):
    raise WorkflowError(
        f"{LIBRARY} or {sys.executable} has braces in its path, which Snakemake takes for the name "
        "of a variable: move the checkout (and its .venv) to a path without { and }. Studies may lie anywhere."
    )

# A job runs this checkout's library: with conda in its rule's environment, otherwise with the
# interpreter that runs Snakemake, which loads the libraries once for all jobs.
uses_conda = DeploymentMethod.CONDA in workflow.deployment_settings.deployment_method
own_programs = str(Path(sys.executable).parent)

shell.prefix(
    f"export PYTHONPATH={shlex.quote(str(LIBRARY))}; "
    + ("" if uses_conda else f"PATH={shlex.quote(own_programs)}:$PATH; ")
    + f"bonecohort-job() {{{{ /bin/sh {shlex.quote(str(LIBRARY / 'job.sh'))} \"$@\"; }}}}; "
)
if not uses_conda:
    serve_jobs(workflow, logger)

# Of "--config part=2/5": the second of five parts of a study that is too large to be done at once.
part = config.pop("part", None)

try:
    STUDY = load_study(Path(), config)
    kept_of_others = left_participants_message(
        left_participants(STUDY, Path()), str(Path.cwd())
    )
    if part is not None:
        STUDY = STUDY.part(str(part))
    if not uses_conda:
        check_program(STUDY, own_programs)
except StudyFault as fault:
    raise WorkflowError(str(fault)) from None

LEVELS = STUDY.settings.levels

if workflow.is_main_process:
    for warning in STUDY.warnings:
        print(f"Warning: {warning}", file=sys.stderr)
    if kept_of_others:
        print(f"Warning: {kept_of_others}", file=sys.stderr)
    tasks.look_at_files(STUDY, progress_line("Reading new and changed inputs:"))


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
        name for name in STUDY.included if "hounsfield" in measured_stages(STUDY, name)
    ]


def measured_on_t2():
    """Participants whose endplates are measured from a reader's marks."""
    return [
        name for name in STUDY.included if "endplates" in measured_stages(STUDY, name)
    ]


def converted(participant, kind):
    """The sidecar of a participant's image series, when there is one."""
    has_series = STUDY.series_of(participant, kind)
    return [f"results/participants/{participant}/{kind}.json"] if has_series else []


def crop_input(wildcards):
    """What a CT's crops are cut from: the CT, and its segmentation when nobody drew one."""
    labels = [f"{PARTICIPANT}/vertebrae.json"]
    return converted(wildcards.participant, "ct") + (
        labels if is_segmented(STUDY, wildcards.participant) else []
    )


def hounsfield_input(wildcards):
    """What the HU of one vertebra is measured on: its crop, or the whole CT."""
    if hu_source(STUDY, wildcards.participant) == "automatic":
        return f"{PARTICIPANT}/crops/{{level}}.npz"
    return converted(wildcards.participant, "ct")


def without_rerun(name, paths):
    """Results of a participant; of one who is up to date Snakemake need not look for their jobs."""
    if name not in run_guard.up_to_date:
        return paths
    return [before_update(path) for path in paths if Path(path).exists()]


def cohort_records(wildcards):
    """The records of every image and vertebra of the cohort."""
    return [
        path
        for name in STUDY.included
        for path in without_rerun(
            name,
            [
                f"results/participants/{name}/{record}"
                for record in records_of(STUDY, name)
            ],
        )
    ]


def pictures_of(stage, names):
    return [
        path
        for name in names
        for path in without_rerun(name, [f"results/participants/{name}/qc/{stage}.png"])
    ]


def hounsfield_pictures(wildcards):
    """The pictures of the HU regions of the cohort; figure 1 shows the same image as one of them."""
    return pictures_of("hounsfield", measured_on_ct())


def pictures(wildcards):
    """The quality-control pictures of the cohort."""
    return hounsfield_pictures(wildcards) + pictures_of("endplates", measured_on_t2())
