"""The forms of names that the techniques declare, as the jobs read marks with them."""

from __future__ import annotations

import dataclasses
from dataclasses import replace

from bonecohort.annotations.marks.markup import Markup, understood
from bonecohort.techniques.registry import mark_forms

FORMS = mark_forms()
NAMES = [dataclasses.asdict(form) for form in FORMS]
"""As in the task of a job."""


def mark(*values, **more):
    """Return a markup as it is when it has been read."""
    return understood(Markup(*values, **more), FORMS)


def renamed(markup, name):
    """Return a markup under another name, as it is when it has been read."""
    return understood(replace(markup, name=name), FORMS)
