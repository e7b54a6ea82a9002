"""The study's own files: settings, participants, series, and the task of each job."""
