"""All operations of the administration API. What is missing here does not exist for programs."""

import msgspec

from poststelle.http import wire
from poststelle.http.admin import (
    accounts,
    archive,
    audit,
    health,
    history,
    invitations,
    microsoft,
    sending,
    sign_ins,
    teams,
    users,
    webhooks,
)
from poststelle.http.admin.second_factor import LoginSettings
from poststelle.http.checks import CheckRow, FindingRow, PlanBody, ProofBody
from poststelle.http.provider_options import ForwardingBody, ForwardingRow, ReplyBody, ReplyRow
from poststelle.http.records import RecordingBody, RecordingRow
from poststelle.http.v1.operation import Operation, Query, listed


class Ended(msgspec.Struct):
    """How many logins ended."""

    ended: int


Users = listed("users", wire.UserRow, "Users")
Teams = listed("teams", teams.TeamRow, "Teams")
Accounts = listed("accounts", wire.AccountRow, "Accounts")
Lines = listed("lines", accounts.LineRow, "Lines")
SignIns = listed("sign_ins", wire.SignInRow, "SignIns")
Warnings = listed("warnings", wire.WarningRow, "Warnings")
Findings = listed("findings", FindingRow, "Findings")
Entries = listed("entries", wire.AuditRow, "AuditEntries")
Archives = listed("archives", archive.ArchiveRow, "Archives")
Webhooks = listed("webhooks", webhooks.WebhookRow, "Webhooks")
Deliveries = listed("deliveries", webhooks.DeliveryRow, "Deliveries")

_INSTANT = {"type": "string", "format": "date-time"}
_NUMBER = {"type": "integer", "minimum": 0, "maximum": 999_999_999_999_999}
_AUDIT = (
    Query("account", "Only of this mailbox."),
    Query("user", "Only what this user did."),
    Query(
        "kind",
        "What an action begins with, such as `grant`.",
        {"type": "string", "pattern": "^[a-z_]{1,40}$"},
    ),
    Query("message", "Only of this message; `account` has to be named, too."),
    Query("since", "From this instant on.", _INSTANT),
    Query("until", "Before this instant.", _INSTANT),
)
_PAGE = (
    Query("before", "Entries before the one with this id."),
    Query("limit", "How many at most.", _NUMBER),
)
_TYPE = Query("type", "Which mailboxes.", {"enum": ["external", "internal", "all"]})
_MONTHS = Query("months", "What choosing this would do; everything if left out.", _NUMBER)
_FORMAT = Query("format", "Of the file.", {"enum": ["csv", "jsonl"]})

_USERS = (
    Operation("GET", "/users", "users", "List all users", Users),
    Operation("POST", "/users", "users", "Add a user", wire.UserRow, users.NewOrdinaryUser, 201),
    Operation(
        "PATCH",
        "/users/{user}",
        "users",
        "Rename a user, or deactivate one (no administrator)",
        wire.UserRow,
        users.OrdinaryPatch,
    ),
    Operation("DELETE", "/users/{user}", "users", "Delete a user (no administrator)"),
    Operation(
        "DELETE", "/users/{user}/logins", "users", "End all logins of a user (no administrator)", Ended
    ),
    Operation(
        "POST",
        "/users/{user}/invitation",
        "users",
        "Invite a user who has never been here (no administrator)",
        invitations.InvitedRow,
        invitations.OrdinaryInvitation,
        201,
    ),
    Operation("DELETE", "/users/{user}/invitation", "users", "Take an invitation back"),
    Operation("GET", "/settings/login", "users", "Show of whom a second factor is required", LoginSettings),
)
_ACCOUNT = "/accounts/{account}"
_GRANT = f"{_ACCOUNT}/users/{{user}}"
_ACCOUNTS = (
    Operation("GET", "/accounts", "accounts", "List all mailboxes", Accounts, query=(_TYPE,)),
    Operation(
        "POST", "/accounts", "accounts", "Add a mailbox", wire.AccountRow, accounts.NewAccountBody, 201
    ),
    Operation("POST", "/accounts/import", "accounts", "Add many mailboxes", Lines, accounts.ManyBody),
    Operation("GET", _ACCOUNT, "accounts", "Show a mailbox", wire.AccountRow),
    Operation("PATCH", _ACCOUNT, "accounts", "Change a mailbox", wire.AccountRow, accounts.AccountPatchBody),
    Operation("DELETE", _ACCOUNT, "accounts", "Delete a mailbox here", body=accounts.DeleteBody),
    Operation("POST", f"{_ACCOUNT}/disconnect", "accounts", "Forget a mailbox's tokens", wire.AccountRow),
    Operation(
        "POST",
        f"{_ACCOUNT}/application",
        "accounts",
        "Open a mailbox without a sign-in of its own",
        SignIns,
        sign_ins.ConfirmBody,
    ),
    Operation("PUT", _GRANT, "grants", "Assign a user to a mailbox", wire.AccountRow, accounts.GrantBody),
    Operation("DELETE", _GRANT, "grants", "End a user's access to a mailbox", wire.AccountRow),
)
_TEAM, _TEAM_GRANT = "/teams/{team}", f"{_ACCOUNT}/teams/{{team}}"
_TEAMS = (
    Operation("GET", "/teams", "teams", "List all groups", Teams),
    Operation("POST", "/teams", "teams", "Make a group", teams.TeamRow, teams.NewTeamBody, 201),
    Operation("PATCH", _TEAM, "teams", "Change a group", teams.TeamRow, teams.TeamPatchBody),
    Operation("DELETE", _TEAM, "teams", "Remove a group"),
    Operation(
        "PUT", _TEAM_GRANT, "grants", "Assign a group to a mailbox", wire.AccountRow, teams.TeamGrantBody
    ),
    Operation("DELETE", _TEAM_GRANT, "grants", "End a group's access to a mailbox", wire.AccountRow),
)
_MAILBOX = "/mailboxes/{account}"
_SIGN_IN = f"{_MAILBOX}/sign-ins/{{sign_in}}"
_REPLY, _FORWARDING = f"{_MAILBOX}/automatic-reply", f"{_MAILBOX}/forwarding"
_HISTORY = f"{_ACCOUNT}/history"
_CHECKS = f"{_MAILBOX}/checks"
_OPTIONS = (
    Operation("GET", _HISTORY, "options", "Show how far back mail goes", history.DepthRow, query=(_MONTHS,)),
    Operation(
        "PUT", _HISTORY, "options", "Choose how far back mail goes", wire.AccountRow, history.DepthBody
    ),
    Operation(
        "GET", f"{_MAILBOX}/recording", "options", "Show whether activities are recorded", RecordingRow
    ),
    Operation(
        "PUT",
        f"{_MAILBOX}/recording",
        "options",
        "Choose whether activities are recorded",
        RecordingRow,
        RecordingBody,
    ),
    Operation("GET", f"{_MAILBOX}/sign-ins", "options", "List a mailbox's sign-ins", SignIns),
    Operation("POST", f"{_SIGN_IN}/up", "options", "Use a sign-in before the one above it", SignIns),
    Operation("DELETE", _SIGN_IN, "options", "Remove a sign-in", SignIns),
    Operation("GET", _REPLY, "options", "Show the automatic reply", ReplyRow),
    Operation("PUT", _REPLY, "options", "Set the automatic reply", ReplyRow, ReplyBody),
    Operation("GET", _FORWARDING, "options", "Show forwarding", ForwardingRow),
    Operation("PUT", _FORWARDING, "options", "Set forwarding", ForwardingRow, ForwardingBody),
    Operation("GET", _CHECKS, "checks", "Show the proof that a mailbox is complete", ProofBody),
    Operation("POST", _CHECKS, "checks", "Have a mailbox checked", CheckRow, status=202),
    Operation("GET", f"{_CHECKS}/{{check}}", "checks", "Show what a check has found", Findings),
    Operation("GET", "/settings/checks", "checks", "Show when checks run", PlanBody),
    Operation("PUT", "/settings/checks", "checks", "Choose when checks run", PlanBody, PlanBody),
)
_ARCHIVE = "/archives/{account}"
_ARCHIVES = (
    Operation("GET", "/archives", "archives", "List all archives", Archives),
    Operation("GET", _ARCHIVE, "archives", "Show a mailbox's archive", archive.ArchiveRow),
    Operation(
        "PUT", _ARCHIVE, "archives", "Turn an archive on or off", archive.ArchiveRow, archive.ArchiveBody
    ),
    Operation(
        "POST",
        f"{_ARCHIVE}/verify",
        "archives",
        "Prove a part of an archive",
        archive.PortionRow,
        archive.VerifyBody,
    ),
)
_WEBHOOK = "/webhooks/{webhook}"
_DELIVERY = f"{_WEBHOOK}/deliveries/{{delivery}}"
_RECORDS = (
    Operation("GET", "/webhooks", "records", "List all webhooks", Webhooks),
    Operation(
        "POST",
        "/webhooks",
        "records",
        "Have a program told of activity records",
        webhooks.NewWebhookRow,
        webhooks.NewWebhookBody,
        201,
    ),
    Operation(
        "PATCH",
        _WEBHOOK,
        "records",
        "Change, pause or resume a webhook",
        webhooks.WebhookRow,
        webhooks.WebhookPatchBody,
    ),
    Operation("DELETE", _WEBHOOK, "records", "Remove a webhook"),
    Operation("POST", f"{_WEBHOOK}/secret", "records", "Make a new secret", webhooks.NewWebhookRow),
    Operation("DELETE", f"{_WEBHOOK}/former-secret", "records", "End the former secret", webhooks.WebhookRow),
    Operation("POST", f"{_WEBHOOK}/test", "records", "Send a trial", webhooks.TriedRow),
    Operation("GET", f"{_WEBHOOK}/deliveries", "records", "List what was sent last", Deliveries),
    Operation("POST", f"{_DELIVERY}/send", "records", "Send something again", webhooks.DeliveryRow),
    Operation("DELETE", _DELIVERY, "records", "Send something no more", webhooks.DeliveryRow),
    Operation(
        "POST",
        "/records/erasures",
        "records",
        "Erase the records of a contact",
        webhooks.ErasedRow,
        webhooks.ErasureBody,
    ),
)
_TRAIL = (
    Operation(
        "GET", "/audit", "audit", "Read the audit trail, newest first", Entries, query=(*_AUDIT, *_PAGE)
    ),
    Operation(
        "GET",
        "/audit/export",
        "audit",
        "Load the audit trail as a file",
        None,
        query=(*_AUDIT, _FORMAT),
        media=("text/csv", "application/jsonl"),
    ),
    Operation("POST", "/audit/verify", "audit", "Prove that the audit trail is unchanged", audit.VerifiedRow),
    Operation("GET", "/audit/proof", "audit", "Show what the last proof of it found", wire.TrailState),
    Operation("GET", "/settings/audit", "audit", "Show how long entries are kept", audit.AuditSettings),
    Operation(
        "PUT",
        "/settings/audit",
        "audit",
        "Choose how long entries are kept",
        audit.AuditSettings,
        audit.AuditSettings,
    ),
)
_ALERTS = "/settings/alerts"
_MICROSOFT = "/settings/microsoft"
_SENDING = "/settings/sending"
_INSTALLATION = (
    Operation("GET", "/health", "health", "Show how everything is doing", health.HealthBody),
    Operation("GET", "/warnings", "health", "List what needs attention", Warnings),
    Operation("GET", _ALERTS, "health", "Show how administrators are told", health.AlertsRow),
    Operation(
        "PUT", _ALERTS, "health", "Choose how administrators are told", health.AlertsRow, health.AlertsBody
    ),
    Operation("POST", f"{_ALERTS}/test", "health", "Send a test alert", health.ToldRow),
    Operation("GET", _MICROSOFT, "settings", "Show the app at Microsoft", microsoft.MicrosoftSettings),
    Operation(
        "PUT",
        _MICROSOFT,
        "settings",
        "Change the app at Microsoft",
        microsoft.MicrosoftSettings,
        microsoft.MicrosoftBody,
    ),
    Operation(
        "GET",
        f"{_MICROSOFT}/application",
        "settings",
        "Show what has to be approved for access without sign-ins",
        microsoft.ApplicationAccess,
    ),
    Operation(
        "GET", _SENDING, "settings", "Show how long sending can be taken back", sending.SendingSettings
    ),
    Operation(
        "PUT",
        _SENDING,
        "settings",
        "Choose how long sending can be taken back",
        sending.SendingSettings,
        sending.SendingSettings,
    ),
)
OPERATIONS = (*_USERS, *_ACCOUNTS, *_TEAMS, *_OPTIONS, *_ARCHIVES, *_RECORDS, *_TRAIL, *_INSTALLATION)
