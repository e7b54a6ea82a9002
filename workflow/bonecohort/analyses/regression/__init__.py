"""Regression of an outcome on several variables."""
