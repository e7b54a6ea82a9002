"""Commands and options as people type them: the study, mistyped words, help and completion."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from bonecohort.cli import jobs, main
from bonecohort.cli.help_texts import EXAMPLES
from bonecohort.cli.parser import command_parser
from bonecohort.cli.words import without_snakemakes
from bonecohort.monitoring import run_command

COMMANDS = sorted(set(command_parser()[1]))


def refusal(capsys, *words: str) -> str:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    return capsys.readouterr().err


@pytest.mark.parametrize(
    ("typed", "own", "more"),
    [
        ("run", "run .", ""),
        ("run my_study", "run my_study", ""),
        ("run my_study --config part=2/5", "run my_study", "--config part=2/5"),
        ("run --config part=2/5", "run .", "--config part=2/5"),
        ("plan --sdm conda", "plan .", "--sdm conda"),
        ("run --cores 2", "run .", "--cores 2"),
        ("run --cores=2 my_study -n", "run my_study", "--cores=2 -n"),
        ("run --cores 2 --sdm conda", "run .", "--cores 2 --sdm conda"),
        ("run my_study --resources mem_mb=9 --cores 2 a.csv", "run my_study",
         "--resources mem_mb=9 --cores 2 a.csv"),
        ("run my_study -n --help", "run --help", ""),
        ("status --json", "status --json", ""),
        ("", "", ""),
    ],
)  # fmt: skip
def test_words_for_snakemake_keep_their_order_and_are_not_taken_for_the_study(typed, own, more):
    """An option of several values ends where the next option begins, not at a target."""
    assert without_snakemakes(typed.split()) == (own.split(), more.split())


@pytest.mark.parametrize(
    ("more", "handed_on"),
    [
        ([], ["--cores", "all"]),
        (["--cores", "2"], ["--cores", "2"]),
        (["-n", "-c", "2"], ["--cores", "all", "-n", "-c", "2"]),
        (["--workflow-profile", "slurm"], ["--workflow-profile", "slurm"]),
        (["--resources", "mem_mb=9", "--cores", "2", "a.csv"],
         ["--cores", "all", "--resources", "mem_mb=9", "--cores", "2", "a.csv"]),
    ],
)  # fmt: skip
def test_what_run_hands_on(monkeypatch, tmp_path, more, handed_on):
    (tmp_path / "participants.csv").write_text("participant_id\nA\n")
    (tmp_path / "series.csv").write_text("participant_id,kind,path\nA,hu_table,hu.csv\n")
    given = {}

    def command_of(study, options):
        given[study] = options
        return ["snakemake"]

    monkeypatch.setattr(run_command, "run_command", command_of)
    monkeypatch.setattr(os, "execv", lambda *_: None)
    main(["run", str(tmp_path), *more])
    assert given == {tmp_path: handed_on}


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
def test_a_mistyped_word_is_reported_with_the_nearest_one(capsys, typed, meant):
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
        own, _ = without_snakemakes(words)
        assert parser.parse_args(own).command in COMMANDS


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
