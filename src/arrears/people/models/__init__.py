"""Tables of persons, of who works for whom, and of who signs in."""

from arrears.people.models.agencies import (
    AgencyContract,
    AgencyReview,
    DeletionProof,
    PublicList,
)
from arrears.people.models.identity import MachineClient, Person, User, UserQueries
from arrears.people.models.organisations import Organisation
from arrears.people.models.staff import AuthorityLetter, Certificate, Conflict, Staff
from arrears.people.models.teams import Absence, Team, TeamMember

__all__ = [
    "Absence",
    "AgencyContract",
    "AgencyReview",
    "AuthorityLetter",
    "Certificate",
    "Conflict",
    "DeletionProof",
    "MachineClient",
    "Organisation",
    "Person",
    "PublicList",
    "Staff",
    "Team",
    "TeamMember",
    "User",
    "UserQueries",
]
