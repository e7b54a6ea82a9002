"""Solve the environments against their channel and pin every package, as Snakemake reads it.

    uv run python envs/pin.py

It writes ``envs/NAME.PLATFORM.pin.txt`` beside each environment that conda alone installs; run it
again after each change of one, where the channel can be reached.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import yaml
from rattler import BuildString, GenericVirtualPackage, MatchSpec, PackageName, Version, solve

SYSTEMS = {
    "linux-64": {"__unix": "0", "__linux": "4.18", "__glibc": "2.28", "__archspec": "1"},
    "osx-arm64": {"__unix": "0", "__osx": "12.0", "__archspec": "1"},
}
"""By platform, the oldest system that the environments shall run on, as conda's virtual packages.

glibc 2.28 is that of RHEL 8, which the wheels of uv.lock ask for as well.
"""


def pin_text(environment: Path, platform: str, channels: list[str] | None = None) -> str:
    """Return the text of an environment's pin file; an empty one where pip installs a part.

    Snakemake takes a pin file instead of the environment, and it cannot hold pip's packages.

    Parameters
    ----------
    channels
        Where to look instead of in the environment's own channels.
    """
    declared = yaml.safe_load(environment.read_text(encoding="utf-8"))
    if any(isinstance(entry, dict) for entry in declared["dependencies"]):
        return ""
    system = [
        GenericVirtualPackage(PackageName(name), Version(version), BuildString("0"))
        for name, version in SYSTEMS[platform].items()
    ]
    records = asyncio.run(
        solve(
            channels or [name for name in declared["channels"] if name != "nodefaults"],
            [MatchSpec(entry, strict=True) for entry in declared["dependencies"]],
            platforms=[platform, "noarch"],
            virtual_packages=system,
        )
    )
    lines = [f"{record.url}#{record.md5.hex()}" for record in records]
    return "\n".join([f"# platform: {platform}", "@EXPLICIT", *sorted(lines), ""])


def main() -> None:
    """Write the pin files of all environments that can have them."""
    for environment in sorted(Path(__file__).parent.glob("*.yaml")):
        for platform in SYSTEMS:
            text = pin_text(environment, platform)
            if text:
                environment.with_suffix(f".{platform}.pin.txt").write_text(text, encoding="utf-8")
            print(f"{environment.stem}, {platform}: {'pinned' if text else 'not: pip has a part'}")


if __name__ == "__main__":
    main()
