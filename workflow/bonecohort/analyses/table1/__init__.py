"""Characteristics of the participants, compared between groups."""
