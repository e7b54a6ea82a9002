"""The image definitions install what the lock and the Makefile pin, from files that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parents[1]
DEFINITIONS = {
    "Dockerfile": r"^COPY (.+) \S+$",
    "bonecohort.def": r"^    (\S+) /opt/bonecohort/$",
}
NEEDED = {
    "pyproject.toml", "uv.lock", "hatch_build.py", "README.md", "LICENSE", "Snakefile",
    "workflow", "profiles", "envs",
}  # fmt: skip


@pytest.fixture(params=DEFINITIONS)
def definition(request) -> str:
    return request.param


def text_of(definition: str) -> str:
    return (REPOSITORY / "containers" / definition).read_text()


def test_the_image_has_the_pinned_uv_and_installs_the_lock_as_it_is(definition):
    makefile = (REPOSITORY / "Makefile").read_text()
    pinned = re.search(r"^UV_VERSION := (\S+)$", makefile, re.MULTILINE)
    assert pinned is not None
    assert re.findall(r"uv==(\S+)", text_of(definition)) == [pinned[1]]
    assert re.findall(r"uv sync (.+)", text_of(definition)) == [
        "--frozen --no-dev --extra slurm --no-cache"
    ]
    before = text_of(definition).partition("uv sync")[0]
    assert re.findall(r"UV_\w+=true", before) == [
        "UV_SYSTEM_CERTS=true",
        "UV_COMPILE_BYTECODE=true",
    ]


def test_the_image_has_the_python_of_the_conda_environments(definition):
    (image,) = re.findall(
        r"^(?:FROM|From:) python:([\d.]+)-slim", text_of(definition), re.MULTILINE
    )
    for path in (REPOSITORY / "envs").glob("*.yaml"):
        assert f"python={image}" in yaml.safe_load(path.read_text())["dependencies"]


def test_the_image_is_made_of_the_files_it_needs(definition):
    found = re.findall(DEFINITIONS[definition], text_of(definition), re.MULTILINE)
    copied = {name for line in found for name in line.split()}
    assert copied == NEEDED
    assert all((REPOSITORY / name).exists() for name in copied)


@pytest.mark.parametrize(
    ("definition", "entry"),
    [
        ("Dockerfile", 'WORKDIR /study\nENTRYPOINT ["bonecohort"]\nCMD ["--help"]\n'),
        ("bonecohort.def", '%runscript\n    cd /study\n    exec bonecohort "$@"\n'),
    ],
)
def test_the_image_is_the_program_at_work_in_the_study(definition, entry):
    assert text_of(definition).endswith(entry)
