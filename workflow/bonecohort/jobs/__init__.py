"""The workflow's jobs: each reads its inputs, calls the library and writes its outputs.

A job module has one function, ``run(task, results)``: ``task`` is the decoded text of
:mod:`bonecohort.study.job_specs`, ``results`` the results folder.
"""
