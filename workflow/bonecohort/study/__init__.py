"""The study's own files: settings, participants, series, and what each job is told."""
