"""Techniques: what each measures, and what it is measured on."""
