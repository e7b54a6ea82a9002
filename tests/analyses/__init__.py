"""The listed analyses: settings, results, report."""
