"""Fetching the studies that a table lists from a PACS, by DIMSE or DICOMweb."""
