"""A participant's values: the means of densities over vertebrae, and the class of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.techniques.declare import SiteMean, SiteValue
from bonecohort.techniques.qct.methods import ACR_CLASS, MODALITY, VBMD
from bonecohort.techniques.qct.settings import QctSettings

if TYPE_CHECKING:
    from bonecohort.techniques.declare import AllSettings, OfParticipant

NAME = f"{MODALITY}_{VBMD}"
LEVELS = ("L1", "L2", "L3", "L4", "L5")
LENGTHS = (2, 3, 5)


CLASS_NAME = f"{MODALITY}_{ACR_CLASS}"
CLASSES = ((0.0, "normal"), (1.0, "low bone mass"), (2.0, "osteoporosis"))


def participant_values(settings: AllSettings) -> tuple[OfParticipant, ...]:
    """Return the means, and the class of the one that is a participant's value."""
    means = density_means(settings)
    label = "Bone mass by volumetric BMD (ACR)"
    of_class = SiteValue(CLASS_NAME, ACR_CLASS, means[0].site, label, CLASSES, is_of_several=True)
    return (*means, of_class)


def density_means(settings: AllSettings) -> tuple[SiteMean, ...]:
    """Return the mean that is a participant's value, then those of L1-L2, L1-L3 and L1-L5.

    The first has the name ``qct_vbmd``. L1-L5 needs ``hounsfield.min_levels`` levels, the others
    all of theirs.
    """
    main = settings.of(QctSettings).qct_site
    least = {5: min(int(settings.value("hounsfield", "min_levels")), 5)}
    means = [
        SiteMean(f"{NAME}_L1-L{n}", VBMD, LEVELS[:n], least.get(n, n), prefix=NAME) for n in LENGTHS
    ]
    (first,) = (site_mean for site_mean in means if site_mean.site == main)
    return (SiteMean(NAME, VBMD, first.sites, first.least), *means)
