"""Put the workflow into the wheel, laid out as in the checkout, so that its relative paths hold."""

from __future__ import annotations

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

WORKFLOW = ("Snakefile", "workflow/Snakefile", "workflow/rules", "workflow/report", "envs",
            "profiles")  # fmt: skip
PLACE = "bonecohort/_workflow"
"""Where bonecohort/study/installation.py looks for it."""


class WorkflowInWheel(BuildHookInterface[Any]):
    """Adds the workflow to a wheel; an editable installation uses the checkout's own."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name the files to add, before the wheel is built."""
        if version != "editable":
            build_data["force_include"] |= {path: f"{PLACE}/{path}" for path in WORKFLOW}
