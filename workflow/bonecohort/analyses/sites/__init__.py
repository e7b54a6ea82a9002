"""Regression of sites nested in participants."""
