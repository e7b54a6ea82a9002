"""Commands and options as people type them: the study, mistyped words, help and completion."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from bonecohort.cli import jobs, main
from bonecohort.cli.help_texts import EXAMPLES
from bonecohort.cli.parser import command_parser
from bonecohort.cli.words import with_study_first

COMMANDS = sorted(set(command_parser()[1]) - {"job"})


def refusal(capsys, *words: str) -> str:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    return capsys.readouterr().err


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("run", "run ."),
        ("run my_study", "run my_study"),
        ("run my_study --config part=2/5", "run my_study --config part=2/5"),
        ("run --config part=2/5", "run . --config part=2/5"),
        ("plan --sdm conda", "plan . --sdm conda"),
        ("run --cores 2", "run --cores 2 ."),
        ("run --cores=2 my_study -n", "run --cores=2 my_study -n"),
        ("run --cores 2 --sdm conda", "run --cores 2 . --sdm conda"),
        ("run --help", "run --help"),
        ("status --json", "status --json"),
        ("", ""),
    ],
)
def test_values_of_snakemakes_options_are_not_taken_for_the_study(typed, meant):
    assert with_study_first(typed.split()) == meant.split()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("stauts", "did you mean 'status'?"),
        ("report", "known are: check, clean, completion, demo"),
        ("status --jsno", "did you mean '--json'?"),
        ("demo here --participant 3", "did you mean '--participants'?"),
        ("clean --yes=1 --frobnicate", "known are: --help, --yes."),
    ],
)
def test_a_mistyped_word_is_told_with_the_nearest_one(capsys, typed, meant):
    assert meant in refusal(capsys, *typed.split())


def test_the_commands_of_the_rules_are_offered_to_nobody(capsys):
    assert "job" not in refusal(capsys, "jbo").partition("known are")[2].split(", ")


def test_no_word_at_all_shows_the_help(capsys):
    assert main([]) == 0
    assert "start here:" in capsys.readouterr().out


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_every_command_has_examples_within_80_columns(capsys, monkeypatch, command):
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        main([command, "--help"])
    printed = capsys.readouterr().out
    assert "examples:\n  " in printed
    assert max(map(len, printed.splitlines())) <= 80


@pytest.mark.parametrize("command", COMMANDS)
def test_examples_are_commands_that_are_understood(command):
    """The first words of each line are parsed as they would be when typed."""
    parser, _ = command_parser()
    lines = [line.strip() for line in EXAMPLES[command].splitlines()]
    typed = [line.partition("   ")[0].partition("  ")[0] for line in lines
             if line.startswith("bonecohort ")]  # fmt: skip
    assert typed or command == "where"
    for line in typed:
        words = line.partition(">")[0].partition("|")[0].split()[1:]
        options, more = parser.parse_known_args(with_study_first(words))
        assert options.command in COMMANDS
        assert not more or options.command in ("run", "plan")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_a_script_of_the_shell(capsys, tmp_path, shell):
    assert main(["completion", shell]) == 0
    script = tmp_path / "script"
    script.write_text(capsys.readouterr().out)
    assert "participants" in script.read_text()
    assert "hounsfield.measure" in jobs()
    assert "hounsfield.measure" not in script.read_text()
    if shutil.which(shell):
        subprocess.run([shell, "-n", script], check=True)


def test_bash_completes_commands_and_options(capsys, tmp_path):
    main(["completion", "bash"])
    script = tmp_path / "script"
    script.write_text(capsys.readouterr().out)
    asked = (
        f"source {script}; COMP_WORDS=(bonecohort {{words}}); COMP_CWORD={{at}}; "
        "_shtab_bonecohort; echo ${{COMPREPLY[@]}}"
    )

    def offered(*words: str) -> list[str]:
        command = asked.format(words=" ".join(words) or "''", at=max(1, len(words)))
        done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
        return done.stdout.split()

    assert offered("st") == ["status"]
    assert offered("status", "--j") == ["--json"]
