"""Tests between groups: what they are, which one is shown, counts and Holm's correction."""
