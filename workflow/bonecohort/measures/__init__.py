"""Measurements of one vertebra: Hounsfield units and endplate defects."""
