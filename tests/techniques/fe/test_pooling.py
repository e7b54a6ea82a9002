"""Which bones are analysed together: those of one method, at every site."""

from __future__ import annotations

import pandas as pd

from bonecohort.techniques.fe.pooling import left_out

USUAL = "fe.ufe.pistoia.2pct.7000ue.E8748.v1"
SMOOTH = "fe.ufe.frictionless.pistoia.2pct.7000ue.E8748.v1"
CT = "fe.qct.k2hpo4.pmma.crawford0.0068.v1"


def rows(*given):
    columns = ["participant_id", "site", "modality", "measure", "method"]
    return pd.DataFrame(
        [(person, site, "fe", "failure_load", method) for person, site, method in given],
        columns=columns,
    )


def test_the_method_of_most_participants_is_analysed():
    table = rows(
        ("P1", "radius", SMOOTH), ("P2", "radius", USUAL), ("P3", "radius", USUAL),
        ("P1", "tibia", SMOOTH), ("P1", "specimen", SMOOTH), ("P1", "L3", CT),
    )  # fmt: skip
    assert left_out(table, pool_methods=False).tolist() == [True, False, False, True, True, False]
    assert not left_out(table, pool_methods=True).any()


def test_of_as_many_the_first_by_name_is_analysed():
    table = rows(("P1", "radius", USUAL), ("P2", "radius", SMOOTH))
    assert left_out(table, pool_methods=False).tolist() == [True, False]


def test_a_specimen_of_a_site_that_the_ct_shows_is_not_analysed_with_it():
    table = rows(("P1", "L3", USUAL), ("P1", "L3", CT), ("P2", "L3", CT), ("P1", "L4", USUAL))
    assert left_out(table, pool_methods=False).tolist() == [True, False, False, False]


def test_other_techniques_are_left_alone():
    table = rows(("P1", "L3", CT), ("P1", "L3", CT)).assign(modality=["qct", "fe"])
    assert left_out(table, pool_methods=False).tolist() == [False, False]
    assert left_out(table[:1], pool_methods=False).tolist() == [False]
