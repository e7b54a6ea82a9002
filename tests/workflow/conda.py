"""A stand-in for conda's command: environments are made of their pins, from PyPI.

It answers what Snakemake asks of conda, so that a run with ``--sdm conda`` is Snakemake's own from
the rules to the activated environments. Only the source of the packages differs.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.envs.environments import REPOSITORY, create

COMMAND = """\
#!/bin/sh
PYTHONPATH={repository} exec {python} -m tests.workflow.conda {base} "$@"
"""
ACTIVATE = 'source "$1/bin/activate"\n'


def write_stand_in(base: Path) -> Path:
    """Write conda's folder; return the part of it that belongs into PATH."""
    (base / "bin").mkdir(parents=True)
    (base / "bin/activate").write_text(ACTIVATE)
    command = base / "bin/conda"
    command.write_text(COMMAND.format(repository=REPOSITORY, python=sys.executable, base=base))
    command.chmod(0o755)
    return command.parent


def answer(base: str, *asked: str) -> str:
    """Do what one call of conda asks for; return what it prints."""
    if asked == ("--version",):
        return "conda 24.7.1"
    if asked == ("info", "--json"):
        return json.dumps({"conda_prefix": base, "platform": "linux-64"})
    if asked == ("config", "--get", "channel_priority", "--json"):
        return json.dumps({"get": {"channel_priority": "strict"}})
    if asked == ("clean", "-y", "--tarballs"):
        return ""
    if asked[:4] != ("env", "create", "--quiet", "--no-default-packages"):
        raise NotImplementedError(asked)
    values = dict(zip(asked[4::2], asked[5::2], strict=True))
    create(Path(values["--file"]), Path(values["--prefix"]))
    return ""


if __name__ == "__main__":
    print(answer(*sys.argv[1:]))  # noqa: T201
