"""The properties of a user, as Graph shows them. What this simulator knows nothing of is null or empty.

Source: Graph v1.0, "user resource type".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from uuid import NAMESPACE_DNS, uuid5

from m365sim.directory import Directory, User

KIND = "microsoft.graph.user"
DEFAULT = (
    "businessPhones",
    "displayName",
    "givenName",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
    "id",
)
BASIC = frozenset({"id", "displayName", "givenName", "surname", "mail", "userPrincipalName"})
"""What ``User.ReadBasic.All`` shows of others. Source: "Microsoft Graph permissions reference"."""
SETTINGS = "mailboxSettings"
_NEVER = "0001-01-01T00:00:00Z"
_LICENCE = str(uuid5(NAMESPACE_DNS, "licence.m365sim.example"))

_EMPTY = (
    "assignedLicenses",
    "businessPhones",
    "imAddresses",
    "interests",
    "otherMails",
    "pastProjects",
    "responsibilities",
    "schools",
    "skills",
)
_NULL = (
    "aboutMe",
    "ageGroup",
    "city",
    "companyName",
    "consentProvidedForMinor",
    "country",
    "createdDateTime",
    "creationType",
    "deletedDateTime",
    "department",
    "employeeHireDate",
    "employeeId",
    "employeeLeaveDateTime",
    "employeeType",
    "externalUserState",
    "externalUserStateChangeDateTime",
    "faxNumber",
    "isManagementRestricted",
    "isResourceAccount",
    "jobTitle",
    "lastPasswordChangeDateTime",
    "legalAgeGroupClassification",
    "mobilePhone",
    "mySite",
    "officeLocation",
    "onPremisesDistinguishedName",
    "onPremisesDomainName",
    "onPremisesImmutableId",
    "onPremisesLastSyncDateTime",
    "onPremisesSamAccountName",
    "onPremisesSecurityIdentifier",
    "onPremisesSyncEnabled",
    "onPremisesUserPrincipalName",
    "passwordPolicies",
    "postalCode",
    "preferredDataLocation",
    "preferredLanguage",
    "preferredName",
    "securityIdentifier",
    "showInAddressList",
    "signInSessionsValidFromDateTime",
    "state",
    "streetAddress",
    "usageLocation",
)
_DATES = ("birthday", "hireDate")
_LISTS = frozenset({*_EMPTY, "identities", "proxyAddresses"})


def mail_of(user: User) -> str | None:
    """The address people write to: of the mailbox, or of a guest the one at home."""
    return user.upn if user.has_mailbox else user.mail


def _identities(directory: Directory, user: User) -> list[dict[str, str]]:
    issuer = directory.tenants[user.tenant_id].domain
    return [{"signInType": "userPrincipalName", "issuer": issuer, "issuerAssignedId": user.upn}]


def _licences(directory: Directory, user: User) -> list[dict[str, Any]]:
    return [{"skuId": _LICENCE, "disabledPlans": []}] if user.has_mailbox else []


def _proxy_addresses(directory: Directory, user: User) -> list[str]:
    return [f"SMTP:{user.upn}", *(f"smtp:{a}" for a in user.proxy_addresses)] if user.has_mailbox else []


_PROPERTIES: dict[str, Callable[[Directory, User], Any]] = {
    **dict.fromkeys(_NULL, lambda d, u: None),
    **dict.fromkeys(_EMPTY, lambda d, u: []),
    **dict.fromkeys(_DATES, lambda d, u: _NEVER),
    "id": lambda d, u: u.id,
    "accountEnabled": lambda d, u: u.is_enabled,
    "assignedLicenses": _licences,
    "displayName": lambda d, u: u.display_name,
    "givenName": lambda d, u: u.given_name or None,
    "identities": _identities,
    "mail": lambda d, u: mail_of(u),
    "mailNickname": lambda d, u: u.upn.partition("@")[0],
    "proxyAddresses": _proxy_addresses,
    "surname": lambda d, u: u.surname or None,
    "userPrincipalName": lambda d, u: u.upn,
    "userType": lambda d, u: "Guest" if u.home_user_id else "Member",
}
NAMES = tuple(_PROPERTIES)


def user_json(
    directory: Directory, user: User, names: Iterable[str], *, is_basic: bool = False
) -> dict[str, Any]:
    """These properties of a user; what a caller with only the basic permission may not see is blank."""
    return {
        name: _blank(name) if is_basic and name not in BASIC else _PROPERTIES[name](directory, user)
        for name in names
    }


def _blank(name: str) -> Any:
    """What stands where nothing may be seen: null, or nothing in the form that the property has."""
    if name in _DATES:
        return _NEVER
    return [] if name in _LISTS else None
