"""EmailSubmission/set: send, take back, forget. Source: RFC 8621 §7.5, RFC 4865 (FUTURERELEASE).

What a client asks for by onSuccessUpdateEmail for a message that is to be sent, that it
leaves the drafts for the sent mail, comes about by itself when it is sent, and
onSuccessDestroyEmail takes effect then. For what is canceled or forgotten both are done at once.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from poststelle.access.rights import require
from poststelle.http.jmap.api import Call
from poststelle.http.jmap.args import Args
from poststelle.http.jmap.email_set import email_set
from poststelle.http.jmap.errors import MethodError, SetError, method_error, set_error
from poststelle.http.jmap.ids import (
    account_text,
    folder_number,
    identity_number,
    message_number,
    message_text,
    submission_number,
    submission_text,
    thread_text,
)
from poststelle.http.jmap.limits import MAX_DELAYED_SEND, MAX_OBJECTS_IN_SET
from poststelle.http.jmap.setting import Asked, Outcome, state_before, take_asked
from poststelle.http.jmap.submission_get import submission_json
from poststelle.http.jmap.unchanged import is_same
from poststelle.http.jmap.values import check_members, instant, invalid
from poststelle.lib.ids import new_key
from poststelle.mail import query
from poststelle.mail.drafts import MOST_RECIPIENTS
from poststelle.mail.organise import FIELDS
from poststelle.mime.header_told import utc_text
from poststelle.model.change import ChangeType
from poststelle.model.errors import Invalid, NotAllowed, UseCaseError
from poststelle.model.folder import Role
from poststelle.model.ids import AccountId, FolderId, MessageId, SubmissionId, UserId
from poststelle.model.message import ANSWERED, DRAFT, FORWARDED, SEEN
from poststelle.model.rights import Level
from poststelle.model.submission import Envelope, Submission
from poststelle.store.tx import Check, Tx
from poststelle.submission import submit
from poststelle.submission.submit import Wanted

_CREATION = frozenset({"identityId", "emailId", "envelope", "sendAt", "poststelle:marks"})
_OF_A_NEW_ONE: dict[str, Any] = {
    "undoStatus": "pending",
    "deliveryStatus": None,
    "dsnBlobIds": [],
    "mdnBlobIds": [],
}
_CANCEL = {"undoStatus": "canceled"}
_MOST_MARKS = 100  # each is looked for and written when the message is sent
_TYPES = {
    "no_recipients": "noRecipients",
    "too_many_recipients": "tooManyRecipients",
    "invalid_recipients": "invalidRecipients",
    "forbidden_from": "forbiddenFrom",
    "forbidden_mail_from": "forbiddenMailFrom",
    "not_a_draft": "invalidEmail",
    "invalid_email": "invalidEmail",
    "too_late": "cannotUnsend",
}


@dataclass(slots=True)
class _Outcome(Outcome[Submission]):
    """``email_state``: that of the messages when it was written. ``emails``: those of what ended, by id."""

    email_state: str = ""
    emails: dict[str, MessageId] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _OnSuccess:
    """What to do with the messages of submissions, which are named by id or creation id."""

    update: dict[str, Any]
    destroy: frozenset[str]

    @classmethod
    def of(
        cls,
        update: Mapping[str, Any],
        destroy: Collection[str],
        create: Mapping[str, Any],
        known: Mapping[str, str],
    ) -> "_OnSuccess":
        """Creation ids of this call stay as they are, those of earlier ones become ids. Raises MethodError.

        Source: RFC 8621 §7.5.
        """
        if len(update) + len(destroy) > MAX_OBJECTS_IN_SET:
            raise MethodError("requestTooLarge", f"at most {MAX_OBJECTS_IN_SET} messages at once")
        earlier = {key: made for key, made in known.items() if key not in create}
        return cls(
            {_resolved(earlier, text): patch for text, patch in update.items()},
            frozenset(_resolved(earlier, text) for text in destroy),
        )


async def submission_set(call: Call, args: Args) -> dict[str, Any]:
    """All objects in one transaction; each refused one is named and leaves the others alone."""
    account = args.account()
    update = args.take("onSuccessUpdateEmail", dict, {})
    destroy = args.strings("onSuccessDestroyEmail") or []
    asked = take_asked(args)
    on_success = _OnSuccess.of(update, destroy, asked.create, call.created)
    user, now = call.caller.user_id, call.context.clock.now()
    await call.read(_check_on_success, user, account, on_success.update)
    ready, refused = await call.understand(_read_all, asked.create, dict(call.created), now)
    ready = {
        key: (replace(wanted, is_kept=f"#{key}" not in on_success.destroy), name)
        for key, (wanted, name) in ready.items()
    }
    outcome: _Outcome = await call.write(_set, user, account, ready, asked, dict(call.created), now)
    outcome.not_created |= refused
    call.created |= {key: submission_text(one.id) for key, one in outcome.created.items()}
    outcome.name_by_ids(call.created)
    if outcome.created or outcome.updated:
        call.context.wake_writeback(account)
    if on_success.update or on_success.destroy:
        call.implicit.append(await _email_set(call, account, outcome, on_success))
    return outcome.answer(account, _told)


def _set(
    tx: Tx,
    user: UserId,
    account: AccountId,
    ready: Mapping[str, tuple[Wanted, str]],
    asked: Asked,
    known: Mapping[str, str],
    now: datetime,
) -> _Outcome:
    """``ready`` has, for each creation, what is wanted and the key it gets; ``known`` ids by creation ids."""
    _require_send(tx, user, account)
    outcome = _Outcome(state_before(tx, user, account, ChangeType.SUBMISSION, asked.if_in_state))
    outcome.email_state = query.state(tx, user, account, ChangeType.EMAIL)
    for key, (wanted, name) in ready.items():
        try:
            outcome.created[key] = submit.submit(tx, user, account, wanted, name, now)
        except UseCaseError as error:
            outcome.not_created[key] = _body(error)
    for text, patch in asked.update.items():
        try:
            number = _existing(known, text)
            if _is_cancel(tx, user, account, number, patch):
                one = submit.cancel(tx, user, account, number, now)
                outcome.emails[submission_text(one.id)] = one.message_id
            outcome.updated[text] = None
        except (SetError, UseCaseError) as error:
            outcome.not_updated[text] = _body(error)
    for text in dict.fromkeys(asked.destroy):
        try:
            one = submit.forget(tx, user, account, _existing(known, text), now)
            outcome.destroyed.append(text)
            outcome.emails[submission_text(one.id)] = one.message_id
        except (SetError, UseCaseError) as error:
            outcome.not_destroyed[text] = _body(error)
    tx.log_changes(now)
    outcome.new_state = query.state(tx, user, account, ChangeType.SUBMISSION)
    return outcome


def _is_cancel(tx: Tx, user: UserId, account: AccountId, number: SubmissionId, patch: Any) -> bool:
    """Whether it is to be canceled; not where a patch says only what is so. Raises SetError."""
    if not isinstance(patch, dict):
        raise SetError("invalidPatch", "a patch is an object")
    check_members("", patch)
    if patch == _CANCEL:
        return True
    _, found = submit.get_many(tx, user, account, [number], 1)
    if not found:
        raise SetError("notFound")
    told = submission_json(
        found[0], submit.uploading(tx, account, [found[0].message_id])[found[0].message_id]
    )
    changed = {n: value for n, value in patch.items() if n not in told or not is_same(told[n], value)}
    if not changed or changed == _CANCEL:
        return bool(changed)
    why = "only undoStatus can be set, to canceled"
    raise SetError("invalidProperties", why, properties=sorted(changed))


def _require_send(tx: Tx, user: UserId, account: AccountId) -> None:
    try:
        require(tx, user, account, Level.SEND)
    except NotAllowed as error:
        raise MethodError("forbidden", error.message) from error


def _read_all(
    check: Check, create: Mapping[str, Any], known: Mapping[str, str], now: datetime
) -> tuple[dict[str, tuple[Wanted, str]], dict[str, dict[str, Any]]]:
    ready, refused = {}, {}
    for key, data in create.items():
        check()
        try:
            ready[key] = (_read(data, known, now), new_key())
        except SetError as error:
            refused[key] = error.body
    return ready, refused


def _read(data: Any, known: Mapping[str, str], now: datetime) -> Wanted:
    """One creation. Raises SetError naming what is wrong."""
    if not isinstance(data, dict):
        raise SetError("invalidProperties", "a submission is an object")
    check_members("", data)
    unknown = sorted(n for n, value in data.items() if n not in _CREATION and not _is_so(n, value))
    if unknown:
        raise SetError("invalidProperties", "these can't be set", properties=unknown)
    email, identity = data.get("emailId"), data.get("identityId")
    if isinstance(email, str) and email.startswith("#"):
        email = known.get(email[1:])
    message_id = message_number(email) if isinstance(email, str) else None
    if message_id is None:
        raise invalid("emailId", "no such message")
    identity_id = identity_number(identity) if isinstance(identity, str) else None
    if identity_id is None:
        raise invalid("identityId", "no such identity")
    envelope = None if data.get("envelope") is None else _envelope(data["envelope"])
    send_at = _send_at(data, envelope, now)
    if send_at is not None and send_at > now + timedelta(seconds=MAX_DELAYED_SEND):
        name = "envelope" if data.get("sendAt") is None else "sendAt"
        raise invalid(name, f"a message is held back for at most {MAX_DELAYED_SEND} seconds")
    return Wanted(message_id, identity_id, envelope, send_at, _marks(data))


def _is_so(name: str, value: Any) -> bool:
    """Whether a new submission has this anyway. Source: RFC 8620 §5.3."""
    return name in _OF_A_NEW_ONE and is_same(_OF_A_NEW_ONE[name], value)


def _envelope(value: Any) -> Envelope:
    """Source: RFC 8621 §7 (Envelope). Of the recipients, parameters must be empty: Microsoft takes none."""
    try:
        sender, recipients = value["mailFrom"], value["rcptTo"]
        people = tuple(str(one["email"]) for one in recipients)
        extra = [one for one in recipients if one.get("parameters")]
        mail_from, parameters = str(sender["email"]), sender.get("parameters")
    except (TypeError, KeyError, AttributeError) as error:
        raise invalid("envelope", "an envelope has mailFrom and rcptTo with their email") from error
    if extra or not (parameters is None or isinstance(parameters, dict)):
        raise invalid("envelope", "these parameters are not supported")
    return Envelope(mail_from, parameters, people)


def _send_at(data: Mapping[str, Any], envelope: Envelope | None, now: datetime) -> datetime | None:
    """The time that is asked for, in one of three ways; None: the usual hold."""
    given = {str(k).lower(): v for k, v in ((envelope and envelope.parameters) or {}).items()}
    if given.keys() - {"holdfor", "holduntil"} or len(given) > 1:
        raise invalid("envelope", "only one of the parameters holdfor and holduntil is supported")
    if data.get("sendAt") is not None:
        if given:
            raise invalid("envelope", "sendAt says already when the message goes")
        return instant(data["sendAt"], "sendAt")
    if "holduntil" in given:
        return instant(given["holduntil"], "envelope")
    if "holdfor" in given:
        text = str(given["holdfor"])
        if not text.isascii() or not text.isdigit() or len(text) > 9:
            raise invalid("envelope", "holdfor is a number of seconds")
        return now + timedelta(seconds=int(text))
    return None


def _marks(data: Mapping[str, Any]) -> tuple[tuple[MessageId, str], ...] | None:
    value = data.get("poststelle:marks")
    if value is None:
        return None
    if not isinstance(value, dict):
        raise invalid("poststelle:marks", "this names keywords by message")
    if len(value) > _MOST_MARKS:
        raise invalid("poststelle:marks", f"at most {_MOST_MARKS} messages")
    found = []
    for text, keyword in value.items():
        message = message_number(text)
        if message is None or not (isinstance(keyword, str) and keyword in {ANSWERED, FORWARDED}):
            raise invalid("poststelle:marks", f"a message is marked {ANSWERED} or {FORWARDED}")
        found.append((message, FIELDS[keyword]))
    return tuple(found)


def _check_on_success(tx: Tx, user: UserId, account: AccountId, on_success: Mapping[str, Any]) -> None:
    """Refuse what does not come about by itself when a message is sent."""
    to_be_sent = [patch for text, patch in on_success.items() if text.startswith("#")]
    if not to_be_sent:
        return
    _, _, folders = query.folders(tx, user, account)
    roles = {folder.id: folder.role for folder in folders}
    for patch in to_be_sent:
        if not isinstance(patch, dict) or not all(_is_usual(k, v, roles) for k, v in patch.items()):
            raise MethodError(
                "invalidArguments",
                "onSuccessUpdateEmail may move the message from drafts to sent, and clear $draft, set $seen",
            )


def _is_usual(name: str, value: Any, roles: Mapping[FolderId, Role | None]) -> bool:
    head, _, member = name.partition("/")
    if head == "keywords":
        if not member:
            return isinstance(value, dict) and value.keys() <= {SEEN}
        return (member.lower() == DRAFT and not value) or (member.lower() == SEEN and value is True)
    if head != "mailboxIds":
        return False
    changes = {member: value} if member else value
    return isinstance(changes, dict) and all(
        roles.get(folder_number(key) or FolderId(0)) is (Role.SENT if wanted else Role.DRAFTS)
        for key, wanted in changes.items()
    )


async def _email_set(
    call: Call, account: AccountId, outcome: _Outcome, on_success: _OnSuccess
) -> tuple[str, dict[str, Any]]:
    """The implicit Email/set and its answer: at once, but with the sending for what is to be sent."""
    ended = {text: message_text(email) for text, email in outcome.emails.items()}
    args = {
        "accountId": account_text(account),
        "update": {ended[text]: patch for text, patch in on_success.update.items() if text in ended},
        "destroy": [ended[text] for text in sorted(on_success.destroy) if text in ended],
    }
    later = _with_the_sending(outcome, on_success).answer(account, dict)
    if not args["update"] and not args["destroy"]:
        return "Email/set", later
    try:
        done = await email_set(call, Args(args))
    except MethodError as error:
        return "error", error.body
    except UseCaseError as refusal:  # what is sent is sent: that is told whatever becomes of this
        return "error", method_error(refusal).body
    for name in ("updated", "notUpdated"):
        done[name] = {**(done[name] or {}), **(later[name] or {})} or None
    done["destroyed"] = [*(done["destroyed"] or ()), *(later["destroyed"] or ())] or None
    return "Email/set", done


def _with_the_sending(outcome: _Outcome, on_success: _OnSuccess) -> Outcome[Any]:
    """What becomes of messages as soon as they are sent, told now."""
    later = Outcome[Any](outcome.email_state, outcome.email_state)
    for key, one in outcome.created.items():
        name, email = f"#{key}", message_text(one.message_id)
        if name in on_success.destroy:
            later.destroyed.append(email)
        if name in on_success.update and name in on_success.destroy:
            later.not_updated[email] = SetError("willDestroy").body
        elif name in on_success.update:
            later.updated[email] = None
    return later


def _told(one: Submission) -> dict[str, Any]:
    return {
        "id": submission_text(one.id),
        "threadId": thread_text(one.thread_id),
        "sendAt": utc_text(one.send_at),
        "undoStatus": "pending",
    }


def _resolved(known: Mapping[str, str], text: str) -> str:
    """The id behind a creation id of this request. Source: RFC 8620 §5.3."""
    return known.get(text[1:], text) if text.startswith("#") else text


def _existing(known: Mapping[str, str], text: str) -> SubmissionId:
    number = submission_number(_resolved(known, text))
    if number is None:
        raise SetError("notFound")
    return number


def _body(error: SetError | UseCaseError) -> dict[str, Any]:
    """With the RFC's own types. Source: RFC 8621 §7.5."""
    if isinstance(error, SetError):
        return error.body
    type_ = _TYPES.get(error.code)
    if isinstance(error, NotAllowed):
        type_ = "forbiddenToSend"
    if type_ is None:
        return set_error(error).body
    more: dict[str, Any] = {}
    if type_ == "tooManyRecipients":
        more["maxRecipients"] = MOST_RECIPIENTS
    if type_ == "invalidRecipients":
        more["invalidRecipients"] = error.params["recipients"]
    if type_ == "invalidEmail" and isinstance(error, Invalid):
        more["properties"] = [error.params["field"]]
    return SetError(type_, error.message, **more).body
