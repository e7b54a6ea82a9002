"""Measured against true values, in a study whose truth is known."""
