"""Read and check the study before any job, and find the files of each participant."""

import shlex

from bonecohort.faults import StudyFault
from bonecohort.service.start import client_command, serve_jobs
from bonecohort.study import job_specs
from bonecohort.study.analyses import analysis_stems, drawn_stems, has_preset
from bonecohort.study.installation import workflow_home
from bonecohort.study.job_table import (
    records_of,
    shown_by,
)
from bonecohort.study.left_out import without_effect
from bonecohort.study.progress import progress_line
from bonecohort.study.reviewed import rejects_not_left_out
from bonecohort.study.series import SITE_NAME
from bonecohort.study.study import load_study
from bonecohort.study.summary import closing_words, failing_words
from bonecohort.techniques.registry import (
    images,
    technique_module,
    stages,
    techniques,
)
from bonecohort.monitoring.interruption import AT_WORK, listen
from bonecohort.monitoring.run_guard import guard
from bonecohort.monitoring.snakemake_surface import SnakemakeRun
from bonecohort.monitoring.run_events import show_progress
from bonecohort.monitoring.left_participants import (
    left_participants,
    left_participants_message,
)
from snakemake.exceptions import WorkflowError

PARTICIPANT = "results/participants/{participant}"
LOGS = "results/logs/{participant}"

# Snakemake fills in braces in the paths of a rule's environment, which lie with the workflow.
if set("{}") & set(f"{workflow_home()}{sys.executable}"):
    raise WorkflowError(
        f"{workflow_home()} or {sys.executable} has braces in its path, which Snakemake takes "
        "for the name of a variable: move the checkout (and its .venv) to a path without { and }. "
        "Studies may lie anywhere."
    )

# A job runs this library, and no module that PYTHONPATH names: with conda in its rule's environment,
# otherwise with the interpreter that runs Snakemake, which loads the libraries once for all jobs.
RUN = SnakemakeRun(workflow)
uses_conda = RUN.uses_conda
own_programs = str(Path(sys.executable).parent)
python = "python" if uses_conda else sys.executable
if RUN.is_main_process:
    listen()

shell.prefix(
    "unset PYTHONPATH; export PYTHONSAFEPATH=1; "
    + ("" if uses_conda else f"PATH={shlex.quote(own_programs)}:$PATH; ")
    + f'bonecohort-job() {{{{ {shlex.join(client_command(python))} "$@"; }}}}; '
)
if not uses_conda:
    serve_jobs(RUN)

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
        for technique in techniques():
            if technique.checks:
                technique_module(technique.name, technique.checks).check(
                    STUDY, own_programs
                )
except StudyFault as fault:
    raise WorkflowError(str(fault)) from None

LEVELS = STUDY.settings.levels

if RUN.is_main_process:
    for note in STUDY.notes:
        print(f"Note: {note}", file=sys.stderr)
    for warning in (
        *STUDY.warnings,
        *without_effect(STUDY),
        *rejects_not_left_out(STUDY),
    ):
        print(f"Warning: {warning}", file=sys.stderr)
    if kept_of_others:
        print(f"Warning: {kept_of_others}", file=sys.stderr)
    job_specs.look_at_files(STUDY, progress_line("Reading new and changed inputs:"))


wildcard_constraints:
    participant=r"[A-Za-z0-9][A-Za-z0-9_-]*",
    kind="|".join(images()),
    site=SITE_NAME,


def results_of(own, participant, site=None):
    """Return the results of a stage of a participant, of one site or of all."""
    sites = [site] if site else STUDY.stage_sites(participant, own)
    paths = [own.stage.makes.format(site=one) for one in sites]
    return [
        f"results/participants/{participant}/{path}" for path in dict.fromkeys(paths)
    ]


def converted(participant, kind):
    """Return the sidecar of a participant's image series, when there is one."""
    has_series = STUDY.series_of(participant, kind)
    return [f"results/participants/{participant}/{kind}.json"] if has_series else []


def made_of(rule):
    """Return the converted images and the results of other stages that a technique's jobs use."""

    def results(wildcards):
        active = STUDY.stages_of(wildcards.participant)
        return [
            path
            for name in stages()[rule].stage.after
            for path in (
                results_of(active[name], wildcards.participant, wildcards.get("site"))
                if name in active
                else (
                    converted(wildcards.participant, name)
                    if name not in stages()
                    else []
                )
            )
        ]

    return results


def task(rule):
    """Return the task of each job of a technique's rule."""
    return lambda wildcards: job_specs.stage_task(
        STUDY, wildcards.participant, rule, wildcards.get("site", "")
    )


def without_rerun(name, paths):
    """Return a participant's results, without their jobs where all are up to date."""
    if name not in run_guard.up_to_date:
        return paths
    return [before_update(path) for path in paths if os.path.exists(path)]


def cohort_records(wildcards):
    """Return the records of every image and vertebra of the cohort."""
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


def pictures_in(cohort_rule):
    """Return the participants' pictures that one of the cohort's rules shows."""
    return lambda wildcards: [
        path
        for name in STUDY.included
        for own in STUDY.stages_of(name).values()
        if cohort_rule in shown_by(own.stage)
        for path in without_rerun(name, results_of(own, name))
    ]
