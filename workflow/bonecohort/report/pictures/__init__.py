"""Pictures of the scans: quality control of each participant, and the figure of the regions."""
