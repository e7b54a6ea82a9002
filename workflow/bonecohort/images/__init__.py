"""Images: DICOM and NIfTI series to volumes in LPS mm."""
