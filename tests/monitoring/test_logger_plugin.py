"""The logger plugin: Snakemake finds it and takes it; it costs nothing where it is not chosen."""

from __future__ import annotations

import subprocess
import sys

from snakemake_interface_logger_plugins.registry import LoggerPluginRegistry

from snakemake_logger_plugin_bonecohort import LogHandler

IMPORTED = """
import __future__
import sys
import snakemake_interface_logger_plugins.base
before = set(sys.modules)
import snakemake_logger_plugin_bonecohort
print(sorted(set(sys.modules) - before))
"""


def test_snakemake_finds_it_and_its_form_is_that_of_a_plugin():
    plugin = LoggerPluginRegistry().get_plugin("bonecohort")
    assert plugin.log_handler is LogHandler
    assert not LogHandler.__abstractmethods__


def test_snakemake_imports_nothing_for_it_where_it_is_not_chosen():
    found = subprocess.run(
        [sys.executable, "-c", IMPORTED], capture_output=True, text=True, check=True
    )
    assert found.stdout == "['snakemake_logger_plugin_bonecohort']\n"
