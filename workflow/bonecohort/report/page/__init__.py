"""The web page: its template, summary box, lists of the cohort and pages of participants."""
