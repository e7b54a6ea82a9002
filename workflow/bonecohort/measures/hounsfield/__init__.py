"""Hounsfield units of vertebral bodies: automatic regions of interest, and readers' own."""
