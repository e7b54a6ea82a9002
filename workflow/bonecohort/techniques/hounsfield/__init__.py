"""Hounsfield units of the vertebral bodies."""
