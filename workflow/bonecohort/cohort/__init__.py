"""Every participant's measurements joined into the cohort's tables."""
