"""Who a header says it is of, and what two headers' words say of one another.

Four things are compared: PatientID with its issuer, name, birth date (with the sex), and
StudyInstanceUID. What is absent, or stands for something taken away, says nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from bonecohort.intake.person_names import is_placeholder, same_name

IN_FOLDER = "in "
"""Begins the study of files without StudyInstanceUID: what lies in one folder."""
NO_BIRTH_DATES = {"19000101", "18000101", "00010101", "19010101"}
"""Dates that stand for none."""
YEARS_APART = 2  # that ages of one person may differ by, once rounded and shifted
ID, ISSUER, NAME, BIRTH_DATE, SEX = (
    "another PatientID",
    "another IssuerOfPatientID",
    "another name",
    "another birth date",
    "another sex",
)


@dataclass(frozen=True)
class Identity:
    """Who a file is of, as it says. Held in memory and in the key file, never elsewhere.

    ``birth_year`` is that of the birth date, else the study's less the age, else ''; ``study`` is
    the StudyInstanceUID, or a folder where there is none.
    """

    patient_id: str
    issuer: str = ""
    name: str = ""
    birth_date: str = ""  # YYYYMMDD
    birth_year: str = ""
    sex: str = ""  # M or F
    study: str = ""

    @property
    def has_id(self) -> bool:
        """Whether there is a PatientID that may distinguish people."""
        return not is_placeholder(self.patient_id)

    @property
    def says_who(self) -> bool:
        """Whether there is a name or a birth date to go by."""
        dated = bool(self.birth_date) and self.birth_date not in NO_BIRTH_DATES
        return dated or not all(is_placeholder(group) for group in self.name.split("="))


@dataclass(frozen=True)
class Comparison:
    """What two identities say of one another.

    ``linked_by`` is what they share that a person has alone, '' when nothing. ``against`` is what
    contradicts that they are one person. ``agree`` says whether name or birth date are the same.
    """

    linked_by: str
    against: tuple[str, ...]
    agree: bool


@lru_cache(maxsize=100_000)
def compare(identity: Identity, other: Identity, share_a_study: bool) -> Comparison:
    """Compare two identities, in all that they say but the study.

    Parameters
    ----------
    share_a_study
        Whether images of both stand in one study.
    """
    name = same_name(identity.name, other.name)
    birth_date = _same_birth_date(identity, other)
    sex = identity.sex == other.sex if identity.sex and other.sex else None
    both_ids = identity.has_id and other.has_id
    same_id = both_ids and identity.patient_id == other.patient_id
    issuers_differ = bool(identity.issuer and other.issuer) and identity.issuer != other.issuer
    agree = (name is True or birth_date is True) and False not in (name, birth_date, sex)
    # Archives write issuers of their own making: that alone does not make another person.
    same_issuer = not issuers_differ or share_a_study or (name is True and birth_date is True)
    against = (
        (ID, both_ids and not same_id and not agree),
        (ISSUER, same_id and not same_issuer),
        (NAME, name is False),
        (BIRTH_DATE, birth_date is False),
        (SEX, sex is False),
    )
    by_id = "PatientID" if same_id and same_issuer else ""
    return Comparison(
        by_id or ("StudyInstanceUID" if share_a_study else ""),
        tuple(what for what, holds in against if holds),
        agree,
    )


def _same_birth_date(identity: Identity, other: Identity) -> bool | None:
    if all(who.birth_date and who.birth_date not in NO_BIRTH_DATES for who in (identity, other)):
        return identity.birth_date == other.birth_date
    if identity.birth_year and other.birth_year:
        apart = abs(int(identity.birth_year) - int(other.birth_year))
        return False if apart > YEARS_APART else None
    return None
