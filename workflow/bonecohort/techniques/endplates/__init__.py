"""Endplate defects of the vertebrae on sagittal T2-weighted MR."""
