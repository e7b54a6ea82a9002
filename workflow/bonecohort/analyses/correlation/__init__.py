"""Correlations of several variables."""
