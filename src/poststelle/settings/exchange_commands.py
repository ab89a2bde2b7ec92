"""The commands with which an Exchange administrator gives our application the chosen mailboxes, and no other.

"RBAC for Applications": a group of mailboxes, a scope of that group, and the roles that we need within it.
In Entra the application gets no application permission at all, for such a grant would open every mailbox and
a scope would not narrow it.

Source: "Role Based Access Control for Applications in Exchange Online" (New-ServicePrincipal,
New-ManagementScope, New-ManagementRoleAssignment, Test-ServicePrincipalAuthorization);
New-DistributionGroup; Get-MgServicePrincipal (read 2026-09).
"""

from collections.abc import Sequence
from dataclasses import dataclass

ROLES = (
    "Application Mail.ReadWrite",
    "Application Mail.Send",
    "Application MailboxSettings.ReadWrite",
)
NAME = "Poststelle mailboxes"
ALIAS = "poststelle-mailboxes"


@dataclass(frozen=True, slots=True)
class Commands:
    """PowerShell, to be run in this order in one window.

    ``add`` puts further mailboxes into the group later; ``test`` asks Exchange what it goes by; ``narrow``
    takes away the application permissions that Entra has granted, which open every mailbox.
    """

    connect: str
    allow: str
    add: str
    test: str
    narrow: str


def commands(client_id: str, tenant: str, mailboxes: Sequence[str], control: str) -> Commands:
    """For these addresses; ``control`` may be empty while none is chosen."""
    us = quoted(f"appId eq '{client_id}'")
    app = f"$app = Get-MgServicePrincipal -Filter {us}"
    members = ", ".join(quoted(one) for one in mailboxes)
    asked = [*mailboxes, *([control] if control else [])]
    return Commands(
        connect="\n".join(
            (
                "Install-Module ExchangeOnlineManagement, Microsoft.Graph.Applications -Scope CurrentUser",
                f"Connect-MgGraph -TenantId {quoted(tenant)} -Scopes 'Application.Read.All'",
                "Connect-ExchangeOnline",
                app,
            )
        ),
        allow="\n".join(
            (
                "New-ServicePrincipal -AppId $app.AppId -ObjectId $app.Id -DisplayName 'Poststelle'",
                f"$group = New-DistributionGroup -Type Security -Name {quoted(NAME)}"
                f" -Alias {quoted(ALIAS)} -Members @({members})",
                f"Set-DistributionGroup {quoted(ALIAS)} -HiddenFromAddressListsEnabled $true",
                f"New-ManagementScope -Name {quoted(NAME)} -RecipientRestrictionFilter"
                " \"MemberOfGroup -eq '$($group.DistinguishedName)'\"",
                *(
                    f"New-ManagementRoleAssignment -App $app.AppId -Role {quoted(role)}"
                    f" -CustomResourceScope {quoted(NAME)}"
                    for role in ROLES
                ),
            )
        ),
        add="\n".join(
            f"Add-DistributionGroupMember {quoted(ALIAS)} -Member {quoted(one)}" for one in mailboxes
        ),
        test="\n".join(
            f"Test-ServicePrincipalAuthorization -Identity $app.AppId -Resource {quoted(one)} | Format-Table"
            for one in asked
        ),
        narrow="\n".join(
            (
                f"Connect-MgGraph -TenantId {quoted(tenant)}"
                " -Scopes 'Application.Read.All', 'AppRoleAssignment.ReadWrite.All'",
                app,
                "Get-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $app.Id -All |"
                " ForEach-Object { Remove-MgServicePrincipalAppRoleAssignment"
                " -ServicePrincipalId $app.Id -AppRoleAssignmentId $_.Id }",
            )
        ),
    )


def quoted(text: str) -> str:
    """As PowerShell reads it literally, whatever is in it.

    Typographic quotation marks end such a text as well, and a line's end would begin a new command.

    Source: PowerShell, "about_Quoting_Rules".
    """
    one_line = "".join(c for c in text if c.isprintable())
    return "'" + "".join(c * 2 if c in "'‘’‚‛" else c for c in one_line) + "'"
