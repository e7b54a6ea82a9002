"""The pin files: solved with a real solver, on a small channel made of the environments' names."""

from __future__ import annotations

import hashlib
import json
import runpy

import pytest

from .environments import REPOSITORY, entries, pins

SCRIPT = REPOSITORY / "envs/pin.py"
SYSTEM = {"linux-64": "__glibc >=2.28", "osx-arm64": "__osx >=11.0"}
"""What the compiled packages of the channel ask of the machine."""


@pytest.fixture(scope="module")
def pin_text():
    return runpy.run_path(str(SCRIPT))["pin_text"]


def package(name, version, depends):
    return {
        "name": name, "version": version, "build": "0", "build_number": 0, "depends": depends,
        "md5": hashlib.md5(f"{name} {version}".encode()).hexdigest(), "sha256": "0" * 64,
    }  # fmt: skip


def missing(environment, pin_text):
    """Return the packages of an environment that its pin file lacks."""
    files = [f"/{name}-{version}" for name, version in pins(environment).items()]
    return [file for file in files if file not in pin_text]


@pytest.fixture(scope="module")
def channel(tmp_path_factory):
    """Each pinned package and Python, newer ones of them, and a package that is only needed."""
    folder = tmp_path_factory.mktemp("channel")
    found = {"python": "3.11"}
    for path in (REPOSITORY / "envs").glob("*.yaml"):
        found |= {name: version for name, version in pins(path).items() if version}
    for platform, asked in SYSTEM.items():
        records = [package("libneeded", "1.0", [asked]), package("libneeded", "2.0", ["__win"])]
        for name, version in found.items():
            needed = [] if name == "python" else ["python 3.11.*", "libneeded"]
            versions = ["3.11.9", "3.12.1"] if name == "python" else [version, "99.0"]
            records += [package(name, each, needed) for each in versions]
        (folder / platform).mkdir()
        index = {
            "info": {"subdir": platform},
            "packages": {f"{it['name']}-{it['version']}-0.tar.bz2": it for it in records},
        }
        (folder / platform / "repodata.json").write_text(json.dumps(index))
    (folder / "noarch").mkdir()
    (folder / "noarch/repodata.json").write_text('{"info": {"subdir": "noarch"}, "packages": {}}')
    return folder


@pytest.mark.parametrize("platform", SYSTEM)
@pytest.mark.parametrize("name", ["report", "statistics"])
def test_a_pin_file_holds_the_pins_and_what_they_need(pin_text, channel, name, platform):
    environment = REPOSITORY / f"envs/{name}.yaml"
    head, explicit, *lines = pin_text(environment, platform, [str(channel)]).splitlines()
    assert (head, explicit) == (f"# platform: {platform}", "@EXPLICIT")
    expected = pins(environment) | {"python": "3.11.9", "libneeded": "1.0"}
    assert lines == sorted(
        f"{(channel / platform).as_uri()}/{package}-{version}-0.tar.bz2"
        f"#{hashlib.md5(f'{package} {version}'.encode()).hexdigest()}"
        for package, version in expected.items()
    )
    assert not missing(environment, "\n".join(lines))
    assert missing(environment, "\n".join(lines).replace("numpy-2", "numpy-1"))


def test_no_pin_file_in_the_repository_is_older_than_its_environment():
    """Snakemake would take it instead of the environment, without a word."""
    for path in (REPOSITORY / "envs").glob("*.pin.txt"):
        environment = path.with_name(path.name.split(".")[0] + ".yaml")
        assert not missing(environment, path.read_text()), path.name


def test_an_environment_with_a_part_from_pip_is_not_pinned(pin_text):
    environment = REPOSITORY / "envs/images.yaml"
    assert entries(environment)[1]
    assert pin_text(environment, "linux-64", []) == ""
