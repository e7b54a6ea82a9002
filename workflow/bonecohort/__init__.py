"""From scans and annotations to the results of a vertebral osteoporosis cohort study."""

__version__ = "0.1.0"
