import { plural, t } from "@lingui/core/macro";
import type { AuditEntry } from "@/api";
import { levelText } from "./words";

type Words = (entry: AuditEntry) => string;

const isTrue = (entry: AuditEntry, name: string): boolean => entry.detail[name] === true;

const changedOf = (entry: AuditEntry): Readonly<Record<string, unknown>> => {
  const changed = entry.detail["changed"];
  return typeof changed === "object" && changed !== null ? (changed as Record<string, unknown>) : {};
};

function readersOf(entry: AuditEntry): string {
  const readers = entry.detail["readers"];
  return Array.isArray(readers) ? readers.join(", ") : "";
}

function userChange(entry: AuditEntry): string {
  const changed = changedOf(entry);
  const who = entry.subject;
  const before = entry.detail["before"];
  if (changed["is_active"] === false) return t`deactivated ${who}`;
  if (changed["is_active"] === true) return t`activated ${who}`;
  if (changed["may_settings"] === true) return t`gave ${who} the right for the basic settings`;
  if (changed["may_settings"] === false) return t`took the right for the basic settings from ${who}`;
  if (typeof before === "string") return t`changed the name ${before}: now ${who}`;
  if (changed["password"] === true) return t`set a new password for ${who}`;
  return t`changed ${who}`;
}

function accountChange(entry: AuditEntry): string {
  const changed = changedOf(entry);
  const address = entry.subject;
  if (changed["is_active"] === false) return t`set ${address} inactive`;
  if (changed["is_active"] === true) return t`set ${address} active`;
  if (changed["is_vip"] === true) return t`turned VIP on for ${address} (before: off)`;
  if (changed["is_vip"] === false) return t`turned VIP off for ${address} (before: on)`;
  if (typeof changed["name"] === "string") {
    const name = changed["name"];
    return name ? t`set the e-mail name of ${address} to “${name}”` : t`removed the e-mail name of ${address}`;
  }
  return t`changed ${address}`;
}

function historyChange(entry: AuditEntry): string {
  const begins = entry.detail["begins"];
  const address = entry.subject;
  const removes = entry.detail["removes"];
  if (typeof begins !== "string") return t`has all mail of ${address} fetched`;
  if (removes === 0) return t`has mail of ${address} fetched from ${begins} on`;
  const count = String(removes);
  return t`has mail of ${address} fetched from ${begins} on; older local copies to be removed: ${count}`;
}

const record = (value: unknown): Readonly<Record<string, unknown>> => (typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {});

function replyChange({ detail }: AuditEntry): string {
  const [was, is] = [record(detail["before"])["is_enabled"], record(detail["after"])["is_enabled"] ?? detail["is_enabled"]];
  if (is === true && was === true) return t`changed the out-of-office note, which is on`;
  if (is === true) return t`switched the out-of-office note on`;
  return was === true ? t`switched the out-of-office note off` : t`changed the out-of-office note, which is off`;
}

function forwardingChange({ subject, detail }: AuditEntry): string {
  const is = record(detail["after"]);
  const to = Array.isArray(is["to"]) ? is["to"].join(", ") : "";
  if (to === "") return t`removed the forwarding of ${subject}`;
  if (is["is_enabled"] !== true) return t`switched the forwarding of ${subject} off`;
  return is["keeps_copy"] === true ? t`has mail of ${subject} forwarded to ${to}` : t`has mail of ${subject} forwarded to ${to} and no copy kept`;
}

/** How many messages an entry is about. */
const countOf = (entry: AuditEntry): number => {
  const ids = entry.detail["message_ids"];
  return Array.isArray(ids) ? ids.length : 0;
};

function erasedWords(entry: AuditEntry): string {
  const numbers = entry.detail["numbers"];
  const count = Array.isArray(numbers) ? numbers.length : 0;
  return plural(count, { one: "erased the names in # entry", other: "erased the names in # entries" });
}

function prunedWords(entry: AuditEntry): string {
  const count = Number(entry.detail["entries"] ?? 0);
  return plural(count, { one: "removed # entry whose time was over", other: "removed # entries whose time was over" });
}

function restoredWords(entry: AuditEntry): string {
  const count = Number(entry.detail["unsealed"] ?? 0);
  const told = t`put the whole installation back to an earlier state`;
  if (count === 0) return told;
  return told + " (" + plural(count, { one: "# entry was sealed only then", other: "# entries were sealed only then" }) + ")";
}

function archivePeriod(entry: AuditEntry): string {
  const day = (name: string) => { const at = entry.detail[name]; return typeof at === "string" ? at.slice(0, 10) : "…"; };
  return "since" in entry.detail || "until" in entry.detail ? ` (${day("since")} – ${day("until")})` : "";
}

function archiveKeeping(entry: AuditEntry): string {
  const months = entry.detail["after"];
  const address = entry.subject;
  if (typeof months !== "number") return t`has the archive of ${address} kept for ever`;
  return t`has the archive of ${address} kept for ${plural(months, { one: "# month", other: "# months" })}`;
}

const archive: Readonly<Record<string, Words>> = {
  "archive.turned_on": (entry) =>
    isTrue(entry, "with_old") ? t`has ${entry.subject} archived, with all that is here already` : t`turned the archive of ${entry.subject} on`,
  "archive.turned_off": (entry) => t`turned the archive of ${entry.subject} off`,
  "archive.keeping_changed": archiveKeeping,
  "archive.searched": (entry) => t`looked through the archive of ${entry.subject}` + archivePeriod(entry),
  "archive.read": (entry) => {
    const number = String(entry.detail["number"] ?? "");
    return t`took entry ${number} out of the archive of ${entry.subject}`;
  },
  "archive.exported": (entry) => t`exported the archive of ${entry.subject} as a file` + archivePeriod(entry),
  "archive.vip_ended": (entry) => t`opened the archive of ${entry.subject} to all administrators (VIP before)`,
  "archive.deleted": (entry) => t`deleted the archive of ${entry.subject}`,
};

function recordKeeping(entry: AuditEntry): string {
  const months = entry.detail["after"];
  const address = entry.subject;
  if (typeof months !== "number") return t`has the activities of ${address} kept for ever`;
  return t`has the activities of ${address} kept for ${plural(months, { one: "# month", other: "# months" })}`;
}

const numberOf = (entry: AuditEntry, name: string): number => Number(entry.detail[name] ?? 0);

/** Of whom they were is said nowhere. */
const recordsErased = (entry: AuditEntry): string =>
  plural(numberOf(entry, "erased") + numberOf(entry, "changed"), { one: "erased a contact from # activity", other: "erased a contact from # activities" });

function webhookMoved({ subject, detail }: AuditEntry): string {
  const host = String(detail["after"] ?? "");
  return t`has the webhook ${subject} sent to ${host}`;
}

function webhookCreated({ subject, detail }: AuditEntry): string {
  const host = String(detail["host"] ?? "");
  return t`has activities passed on to the webhook ${subject} at ${host}`;
}

const webhook: Readonly<Record<string, Words>> = {
  "webhook.created": webhookCreated,
  "webhook.changed": (entry) => {
    const before = String(entry.detail["before"] ?? "");
    return t`changed the name of the webhook ${before}: now ${entry.subject}`;
  },
  "webhook.moved": webhookMoved,
  "webhook.paused": (entry) => t`paused the webhook ${entry.subject}`,
  "webhook.given_up": (entry) => t`the webhook ${entry.subject} was paused: it took nothing for days`,
  "webhook.resumed": (entry) => t`resumed the webhook ${entry.subject}`,
  "webhook.secret_renewed": (entry) => t`made a new secret for the webhook ${entry.subject}`,
  "webhook.former_secret_ended": (entry) => t`ended the former secret of the webhook ${entry.subject}`,
  "webhook.sent_again": (entry) => t`had an activity sent to the webhook ${entry.subject} again`,
  "webhook.dropped": (entry) => t`had an activity no longer sent to the webhook ${entry.subject}`,
  "webhook.removed": (entry) => t`removed the webhook ${entry.subject}`,
};

const mail: Readonly<Record<string, Words>> = {
  "recording.turned_on": (entry) => t`has the messages of ${entry.subject} recorded as activities`,
  "recording.keeping_changed": recordKeeping,
  "records.erased": recordsErased,
  "records.contact_erased": recordsErased,
  "records.exported": () => t`exported activities as a file`,
  "recording.turned_off": (entry) => t`has the messages of ${entry.subject} no longer recorded as activities`,
  "mail.read": (entry) => plural(countOf(entry), { one: "read # message", other: "read # messages" }),
  "mail.sent": (entry) => t`sent a message to ${entry.subject}`,
  "mail.answered": () => t`answered a message`,
  "mail.forwarded": () => t`forwarded a message`,
  "mail.flagged": (entry) => plural(countOf(entry), { one: "flagged # message", other: "flagged # messages" }),
  "mail.unflagged": (entry) => plural(countOf(entry), { one: "removed the flag of # message", other: "removed the flags of # messages" }),
  "mail.labelled": (entry) => {
    const names = ["added", "removed"].flatMap((name) => (Array.isArray(entry.detail[name]) ? (entry.detail[name] as string[]) : [])).join(", ");
    return plural(countOf(entry), { one: `changed categories (${names}) of # message`, other: `changed categories (${names}) of # messages` });
  },
  "mail.canceled": () => t`took back a message before it was sent`,
  "mail.moved": (entry) => {
    const folder = entry.subject;
    return plural(countOf(entry), { one: `moved # message to “${folder}”`, other: `moved # messages to “${folder}”` });
  },
  "mail.copied": (entry) => {
    const { subject: place, detail } = entry;
    if (detail["to_account"] === undefined) return t`copied a message to “${place}”`;
    return plural(countOf(entry), { one: `copied # message into the mailbox ${place}`, other: `copied # messages into the mailbox ${place}` });
  },
  "mail.deleted": (entry) => plural(countOf(entry), { one: "deleted # message", other: "deleted # messages" }),
  "mail.destroyed": (entry) => plural(countOf(entry), { one: "deleted # message for good", other: "deleted # messages for good" }),
  "folder.destroyed": (entry) => t`deleted the folder “${entry.subject}” for good`,
  "audit.exported": () => t`exported the audit trail as a file`,
  "audit.erasure_asked": () => t`has the name of a deleted user taken out of the audit trail`,
  "audit.erased": erasedWords,
  "audit.erasure_done": () => t`the name of a deleted user is out of the audit trail`,
  "audit.erasure_dropped": () => t`did not take the name of a deleted user out: an older version was asked for that, please ask again`,
  "audit.pruned": prunedWords,
  "audit.sealing_paused": (entry) => {
    const since = String(entry.detail["since"] ?? "").slice(0, 16).replace("T", " ");
    return t`sealed nothing since ${since} (UTC): no server ran, or it was kept from it`;
  },
  "audit.sealing_began_anew": (entry) => {
    const count = String(entry.detail["entries"] ?? "");
    return t`began sealing anew: nothing proves the entries of before (${count})`;
  },
  "audit.sealed_late": () => t`sealed entries late: who wrote to the database before that could have changed them`,
};

function loginWords(entry: AuditEntry): string {
  switch (entry.detail["by"]) {
    case "app":
      return t`logged in with password and code`;
    case "recovery":
      return t`logged in with password and a recovery code`;
    case "passkey":
      return t`logged in with password and passkey`;
    case "passkey_alone":
      return t`logged in with a passkey`;
    case "single_sign_on":
      return t`logged in by single sign-on`;
    case "invitation":
      return t`logged in by the invitation`;
    default:
      return t`logged in`;
  }
}

function refusedWords(entry: AuditEntry): string {
  if (entry.detail["step"] === "second_factor") return t`second factor refused`;
  if (entry.detail["step"] === "single_sign_on") return t`login by single sign-on refused: no user fits`;
  if (entry.detail["step"] === "passkey") return t`login refused: the passkey was not accepted`;
  return t`login refused: wrong password or unknown login name`;
}

function settingName(key: string): string {
  switch (key) {
    case "sso.issuer": return t`Single sign-on: issuer`;
    case "sso.client_id": return t`Single sign-on: client ID`;
    case "sso.secret": return t`Single sign-on: client secret`;
    case "sso.name": return t`Single sign-on: name`;
    case "sso.creates_users": return t`Single sign-on: add people by themselves`;
    case "sso.trusts_addresses": return t`Single sign-on: trust its e-mail addresses`;
    case "sso.trusts_second_factor": return t`Single sign-on: trust its second factor`;
    case "alerts.mailbox": return t`Alerts: mailbox they come from`;
    case "alerts.mail_to": return t`Alerts: recipients`;
    case "alerts.language": return t`Alerts: language`;
    case "alerts.webhook_url": return t`Alerts: webhook`;
    case "alerts.webhook_secret": return t`Alerts: secret of the webhook`;
    case "audit.keep_months": return t`Audit trail: how long it is kept`;
    case "security.second_factor_for": return t`Who must have a second factor`;
    case "microsoft.client_id": return t`Microsoft: client ID`;
    case "microsoft.secret": return t`Microsoft: client secret`;
    case "microsoft.certificate": return t`Microsoft: certificate`;
    default: return key;
  }
}

function settingChange(entry: AuditEntry): string {
  const name = settingName(entry.subject);
  return isTrue(entry, "cleared") ? t`removed what was set under “${name}”` : t`changed the setting “${name}”`;
}

const actions: Readonly<Record<string, Words>> = {
  ...mail,
  ...archive,
  ...webhook,
  "user.created": (entry) =>
    isTrue(entry, "first") ? t`${entry.subject} was created as the first administrator` : t`added the user ${entry.subject}`,
  "user.changed": userChange,
  "user.invited": (entry) => t`made an invitation for ${entry.subject}`,
  "invitation.mailed": (entry) => t`had the invitation sent to ${entry.subject}`,
  "invitation.revoked": (entry) => t`took back the invitation of ${entry.subject}`,
  "invitation.accepted": () => t`used the invitation and chose a password`,
  "user.identity_noted": (entry) => t`came by single sign-on for the first time, as ${entry.subject}`,
  "user.identity_forgotten": (entry) => t`detached ${entry.subject} from single sign-on and ended all logins`,
  "team.created": (entry) => t`added the group of users ${entry.subject}`,
  "team.changed": (entry) => t`changed the group of users ${entry.subject}`,
  "team.removed": (entry) => t`deleted the group of users ${entry.subject}`,
  "team.assigned": (entry) => {
    const level = levelText(entry.detail["level"]);
    return t`gave the group ${entry.subject} access (${level}) and confirmed the warning`;
  },
  "team.level_changed": (entry) => {
    const level = levelText(entry.detail["level"]);
    return t`changed the level of the group ${entry.subject} to ${level}`;
  },
  "team.withdrawn": (entry) => t`took access away from the group ${entry.subject}`,
  "user.removed": (entry) => t`deleted the user ${entry.subject}`,
  "signature.created": (entry) => t`added the signature “${entry.subject}” to a mailbox`,
  "signature.changed": (entry) => t`changed the signature “${entry.subject}” of a mailbox`,
  "signature.removed": (entry) => t`deleted the signature “${entry.subject}” of a mailbox`,
  "group.created": (entry) => t`added the recipient group “${entry.subject}” to a mailbox`,
  "group.changed": (entry) => t`changed the recipient group “${entry.subject}” of a mailbox`,
  "group.removed": (entry) => t`deleted the recipient group “${entry.subject}” of a mailbox`,
  "template.created": (entry) => t`added the template “${entry.subject}” to a mailbox`,
  "template.changed": (entry) => t`changed the template “${entry.subject}” of a mailbox`,
  "template.removed": (entry) => t`deleted the template “${entry.subject}” of a mailbox`,
  "login.begun": loginWords,
  "login.ended": () => t`logged out`,
  "login.others_ended": () => t`ended all other own logins`,
  "user.logins_ended": (entry) => t`ended all logins of ${entry.subject}`,
  "login.refused": refusedWords,
  "second_factor.added": (entry) =>
    entry.detail["what"] === "passkey" ? t`added the passkey “${entry.subject}” as a second factor` : t`set up an app for codes as a second factor`,
  "second_factor.renamed": (entry) => {
    const before = String(entry.detail["before"] ?? "");
    return t`renamed the passkey “${before}” to “${entry.subject}”`;
  },
  "second_factor.removed": (entry) =>
    entry.detail["what"] === "passkey" ? t`removed the passkey “${entry.subject}”` : t`removed the app for codes`,
  "recovery_codes.made": () => t`made new recovery codes`,
  "user.second_factor_reset": (entry) => t`reset the second factor of ${entry.subject} and ended all logins`,
  "password.changed": () => t`changed the own password`,
  "token.created": (entry) => {
    const level = levelText(entry.detail["level"]);
    if (entry.detail["administration"]) return t`gave the program ${entry.subject} access to the administration`;
    return t`gave the program ${entry.subject} access to the own mailboxes (${level})`;
  },
  "token.administered": (entry) => {
    const deed = String(entry.detail["deed"] ?? "");
    return t`let the program ${entry.subject} administer: ${deed}`;
  },
  "token.revoked": (entry) => t`took its access from the program ${entry.subject}`,
  "account.created": (entry) => t`created the mailbox ${entry.subject} and confirmed the warning`,
  "account.changed": accountChange,
  "account.history_changed": historyChange,
  "account.reply_changed": replyChange,
  "account.forwarding_changed": forwardingChange,
  "account.disconnected": (entry) => t`disconnected ${entry.subject} from Microsoft`,
  "account.exported": (entry) =>
    isTrue(entry, "is_whole") ? t`exported the mailbox ${entry.subject} as a file` : t`exported a folder of ${entry.subject} as a file`,
  "account.imported": (entry) => {
    const count = String(entry.detail["messages"] ?? "");
    return t`imported messages from a file into ${entry.subject}: ${count}`;
  },
  "account.deleted": (entry) => t`deleted the mailbox ${entry.subject} here`,
  "grant.added": (entry) => {
    const level = levelText(entry.detail["level"]);
    return t`gave ${entry.subject} access (${level}) and confirmed the warning`;
  },
  "grant.changed": (entry) => {
    const level = levelText(entry.detail["level"]);
    return t`changed the level of ${entry.subject} to ${level}`;
  },
  "grant.removed": (entry) => t`took access away from ${entry.subject}`,
  "sign_in.begun": (entry) => {
    const names = readersOf(entry);
    return t`began the sign-in at Microsoft and confirmed that these people can read the mailbox: ${names}`;
  },
  "check.asked": () => t`had the mailbox compared with Microsoft`,
  "sign_in.completed": (entry) => t`signed in at Microsoft as ${entry.subject}`,
  "sign_in.lost": (entry) => t`a sign-in at Microsoft no longer works: ${entry.subject}`,
  "sign_in.taken_over": (entry) => t`another sign-in took over: ${entry.subject || t`Access by application`}`,
  "sign_in.back": () => t`access by application works again`,
  "sign_in.ranked": (entry) => t`moved the sign-in ${entry.subject || t`Access by application`} up`,
  "sign_in.removed": (entry) => t`removed the sign-in ${entry.subject || t`Access by application`}`,
  "application.allowed": (entry) => t`gave the application access to ${entry.subject} and confirmed the warning`,
  "application.tried": (entry) => t`tried what the application opens by itself; control mailbox ${entry.subject}`,
  "approval.given": () => t`the organisation's approval is there`,
  "app.tried": () => t`tested the app registration`,
  "app.refused": () => t`Microsoft refuses the app registration`,
  "app.accepted": () => t`Microsoft accepts the app registration again`,
  "sign_in.refused": () => t`the sign-in at Microsoft did not succeed`,
  "user.data_exported": (entry) => t`downloaded all data of ${entry.subject}`,
  "user.password_reset": (entry) => t`forgot the password of ${entry.subject} on the command line`,
  "backup.restored": restoredWords,
  "keys.rotated": (entry) => {
    const count = String(entry.detail["count"] ?? "");
    return t`sealed secrets under a new key on the command line: ${count}`;
  },
  "keys.retired": () => t`retired the older keys on the command line`,
  "setting.changed": settingChange,
};

/** Does the sentence leave out what helps to find a cause? Then the technical text is offered too. */
export const needsDetails = ({ action, detail }: AuditEntry): boolean =>
  Object.keys(detail).length > 0 && (!Object.hasOwn(actions, action) || action.endsWith(".refused") || action === "sign_in.lost" || action === "setting.changed");

/** One entry of the audit trail as a sentence without its subject; unknown actions by their name. */
export function auditWords(entry: AuditEntry): string {
  if (entry.is_erased) return t`what this entry said was erased (${entry.action})`;
  return Object.hasOwn(actions, entry.action) ? (actions[entry.action]?.(entry) ?? entry.action) : entry.action;
}
