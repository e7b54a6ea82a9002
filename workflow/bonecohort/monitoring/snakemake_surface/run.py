"""A run of Snakemake: its options, its graph of jobs, and the reason for each job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from bonecohort.monitoring.snakemake_surface.records import task_of_params

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SELECTING = (
    "batch",
    "forcetargets",
    "forceall",
    "forcerun",
    "until",
    "omit_from",
    "allowed_rules",
)
"""Options, besides the targets, that ask for certain jobs."""
FORCING = {"forceall": False, "forcetargets": False, "forcerun": frozenset[str]()}
"""Options by which all that was done well is done again, with the value that does not."""
FILES = "file"
"""The name of the backend that keeps records, locks and marks in files."""


class GraphJob(NamedTuple):
    """One job of the graph; ``number`` is that of the log's events."""

    number: int
    rule: str
    wildcards: Mapping[str, str]
    outputs: tuple[str, ...]
    logs: tuple[str, ...]

    @property
    def participant_id(self) -> str:
        """The participant whose job it is; '' for the cohort's."""
        return self.wildcards.get("participant", "")


class Reasons(NamedTuple):
    """Why a job is to be done.

    ``old_tasks`` are the texts of the tasks that made its results, where they differ from ``task``.
    Snakemake does not compare a job that runs because an earlier one does; here it is compared.
    """

    is_forced: bool
    is_output_missing: bool
    is_incomplete: bool
    are_inputs_others: bool
    is_rule_changed: bool
    is_software_changed: bool
    is_input_newer: bool
    has_record: bool
    task: str
    old_tasks: tuple[str, ...]


class SnakemakeRun:
    """A run, as Snakemake's workflow object describes it.

    Parameters
    ----------
    workflow
        The object ``workflow`` of a Snakefile.
    """

    def __init__(self, workflow: Any) -> None:
        self._workflow = workflow

    @property
    def is_main_process(self) -> bool:
        """Whether this process plans the run; others do a submission's jobs."""
        return bool(self._workflow.is_main_process)

    @property
    def is_on_remote_node(self) -> bool:
        """Whether this process does the jobs of a submission to a cluster."""
        return bool(self._workflow.remote_exec)

    @property
    def submits_jobs(self) -> bool:
        """Whether jobs are handed to a cluster; known when the run has begun."""
        return not self._workflow.local_exec

    @property
    def is_dry(self) -> bool:
        """Whether the run only prints what it would do."""
        return bool(self._workflow.output_settings.dryrun)

    @property
    def wants_progress(self) -> bool:
        """Whether its user has not asked for silence, or for every word."""
        return wants_progress(self._workflow.output_settings)

    @property
    def keeps_going(self) -> bool:
        """Whether jobs that do not need a failed one are done."""
        return bool(self._workflow.execution_settings.keep_going)

    @property
    def backend(self) -> str:
        """The backend that keeps records, locks and marks; versions without a choice use files."""
        chosen = getattr(self._workflow.workflow_settings, "persistence_backend", None)
        return FILES if chosen is None else str(chosen.name).lower()

    @property
    def deployment(self) -> frozenset[str]:
        """How the software of jobs is deployed, such as CONDA."""
        methods = self._workflow.deployment_settings.deployment_method
        return frozenset(method.name for method in methods)

    @property
    def uses_conda(self) -> bool:
        """Whether each rule runs in its conda environment."""
        return "CONDA" in self.deployment

    @property
    def targets(self) -> frozenset[str]:
        """The rules and files that are asked for; none stand for the default rule."""
        asked = self._workflow.dag_settings
        return frozenset((*asked.targets, *map(str, asked.target_jobs)))

    @property
    def selects_jobs(self) -> bool:
        """Whether other options than the targets ask for certain jobs, or for other reasons."""
        asked = self._workflow.dag_settings
        return (
            set(asked.rerun_triggers) != set(type(asked)().rerun_triggers)
            or any(getattr(asked, name) for name in SELECTING)
            or bool(self._workflow.touch)
        )

    @property
    def is_forced(self) -> bool:
        """Whether jobs are asked for that would not be done."""
        asked = self._workflow.dag_settings
        return any(getattr(asked, name) for name in FORCING)

    def force_nothing(self) -> None:
        """Do only what is left, whatever the options are."""
        for name, value in FORCING.items():
            setattr(self._workflow.dag_settings, name, value)

    def jobs_left(self) -> list[GraphJob]:
        """Return the jobs that are to be done and have not ended well."""
        dag = self._workflow.dag
        return [_job(job, dag) for job in dag.needrun_jobs()]

    def jobs_with_reasons(self) -> Iterator[tuple[GraphJob, Reasons]]:
        """Yield the jobs that are to be done, each with its reasons."""
        dag = self._workflow.dag
        for job in dag.needrun_jobs():
            yield _job(job, dag), _reasons(job, dag)

    def participants_begun(self) -> frozenset[str]:
        """Return the participants with a job in the graph that need not be done."""
        dag = self._workflow.dag
        left = set(dag.needrun_jobs())
        return frozenset(
            job.wildcards.get("participant", "") for job in dag.jobs if job not in left
        )


def wants_progress(settings: Any) -> bool:
    """Whether Snakemake's settings of its output ask for no silence, and not for every word."""
    quiet = {what.name for what in settings.quiet or ()}
    return not (settings.verbose or quiet & {"ALL", "PROGRESS"})


def _job(job: Any, dag: Any) -> GraphJob:
    return GraphJob(
        dag.jobid(job),
        job.rule.name,
        dict(job.wildcards.items()),
        tuple(map(str, job.output)),
        tuple(map(str, job.log)),
    )


def _reasons(job: Any, dag: Any) -> Reasons:
    reason, memory = dag.reason(job), dag.workflow.persistence
    old = sorted(memory.params_changed(job).only_old)
    tasks = (task_of_params([one]) for one in old)
    return Reasons(
        is_forced=bool(reason.forced),
        is_output_missing=any(not file.flags.get("temp") for file in reason.missing_output),
        is_incomplete=bool(reason.incomplete_output),
        are_inputs_others=any(memory.input_changed(job)),
        is_rule_changed=bool(reason.code_changed),
        is_software_changed=bool(reason.software_stack_changed),
        is_input_newer=bool(reason.updated_input - reason.updated_input_run),
        has_record=bool(memory.has_metadata(job)),
        task=str(getattr(job.params, "task", "")),
        old_tasks=tuple(task for task in tasks if task is not None),
    )
