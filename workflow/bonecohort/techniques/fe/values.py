"""The variables of a participant: the mean of the sites that the settings name; single sites."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.techniques.declare import SiteMean, SiteValue
from bonecohort.techniques.fe.methods import MODALITY
from bonecohort.techniques.fe.settings import FeSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bonecohort.techniques.declare import AllSettings

OF_PARTICIPANT = {"stiffness": "Stiffness", "failure_load": "Failure load"}
USUAL_SITES = ("radius_distal_L", "radius_distal_R", "tibia_distal_L", "tibia_distal_R")


def strength_values(settings: AllSettings) -> tuple[SiteMean | SiteValue, ...]:
    """Return the variables that the settings give."""
    return tuple(_values(settings.of(FeSettings)))


def _values(own: FeSettings) -> Iterator[SiteMean | SiteValue]:
    sites = own.sites_of_mean
    for measure, label in OF_PARTICIPANT.items():
        name = f"{MODALITY}_{measure}"
        if len(sites) > 1:
            yield SiteMean(name, measure, sites, own.min_sites)
        for site in sites if len(sites) == 1 else ():
            yield SiteValue(name, measure, site, label)
            yield SiteValue(f"{name}_{site}", measure, site, f"{label} of {site}")
        others = dict.fromkeys((own.site_default, *USUAL_SITES))
        for site in [one for one in others if one not in sites]:
            yield SiteValue(f"{name}_{site}", measure, site, f"{label} of {site}")
