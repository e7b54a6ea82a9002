"""The report of the study by Hao et al. 2025: its tables, figures, sentences and sections."""
