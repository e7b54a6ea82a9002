"""The analyses that a study may list, a folder each: what is computed, and what the report says.

``compute`` turns the cohort's tables into tidy frames, by the estimators of
:mod:`bonecohort.statistics`. ``section`` turns the frames into tables, sentences and methods text.
``figure`` draws them. A new analysis is a folder here, its settings in
:mod:`bonecohort.study.analyses`, and one line in each of the lists below it.
"""
