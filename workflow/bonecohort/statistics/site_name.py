"""What a row nested in a participant is called in reasons and warnings."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SiteName:
    """The name of one site of a participant, and of several."""

    one: str = "site"
    many: str = "sites"

    @property
    def taken_as_independent(self) -> str:
        """The warning of a result that ignores that sites are nested."""
        return f"the {self.many} of a participant are taken as independent"

    @property
    def alike(self) -> str:
        """The warning of an interval that ignores that sites of one participant are alike."""
        return (
            f"{self.many} of one participant resemble each other, so the interval is likely too "
            "narrow"
        )

    @property
    def nothing_in_common(self) -> str:
        """The reason why readers cannot be compared who read different sites."""
        return f"the readers have no {self.one} in common"


SITE = SiteName()
