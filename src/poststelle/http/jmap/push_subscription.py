"""PushSubscription/get and /set: of no account and without a state. Source: RFC 8620 §7.2."""

import base64
import binascii
from datetime import UTC, datetime
from typing import Any

from poststelle.http.jmap import get
from poststelle.http.jmap.api import Call
from poststelle.http.jmap.args import Args
from poststelle.http.jmap.errors import MethodError, SetError
from poststelle.http.jmap.limits import MAX_OBJECTS_IN_GET, MAX_OBJECTS_IN_SET
from poststelle.http.jmap.setting import refusal
from poststelle.http.jmap.unchanged import is_same
from poststelle.http.jmap.values import check_members, invalid
from poststelle.lib.ids import decode_id, encode_id
from poststelle.mail import push_subscriptions
from poststelle.mail.push_subscriptions import OverQuota, Patch, Wanted
from poststelle.model.errors import UseCaseError
from poststelle.model.ids import ACCOUNT, PUSH, AccountId, PushId
from poststelle.model.push import Arrivals, PushKeys, PushSubscription
from poststelle.push.encryption import BadKeys, check_keys
from poststelle.push.reach import BadAddress

_TOLD = frozenset({"id", "deviceClientId", "verificationCode", "expires", "types", "poststelle:arrivals"})
_NEVER_TOLD = frozenset({"url", "keys"})
_REPEATED = frozenset({"id", "deviceClientId", "verificationCode"})
_FIXED = ("deviceClientId", "url", "keys")
_ARRIVALS = "poststelle:arrivals"
_PATCHED = ("expires", "types", _ARRIVALS)
_MOST_ACCOUNTS = 500
_LONGEST_NAME = 255
_LONGEST_CODE = 255
_MOST_TYPES = 100


async def push_subscription_get(call: Call, args: Args) -> dict[str, Any]:
    """Those that this login or token made; address and keys are told nobody (``forbidden``)."""
    asked = args.ids(MAX_OBJECTS_IN_GET)
    properties = args.properties(_TOLD | _NEVER_TOLD)
    args.done()
    if _NEVER_TOLD & set(properties or ()):
        raise MethodError("forbidden", "url and keys are not told")
    now = call.context.clock.now()
    mine = await call.read(push_subscriptions.list_mine, call.caller.credential, now)
    found = {_id(one): get.only(_json(call, one), properties) for one in mine}
    order = found if asked is None else asked
    return {
        "list": [found[id_] for id_ in order if id_ in found],
        "notFound": [id_ for id_ in order if id_ not in found],
    }


async def push_subscription_set(call: Call, args: Args) -> dict[str, Any]:
    """``create``, ``update`` (verificationCode, expires, types, arrivals) and ``destroy``."""
    create = args.take("create", dict, {})
    update = args.take("update", dict, {})
    destroy = args.strings("destroy") or []
    args.done()
    if len(create) + len(update) + len(destroy) > MAX_OBJECTS_IN_SET:
        raise MethodError("requestTooLarge", f"at most {MAX_OBJECTS_IN_SET} objects at once")
    answer: dict[str, dict[str, Any]] = {name: {} for name in _ANSWERS}
    for key, wish in create.items():
        try:
            answer["created"][key] = await _create(call, key, wish)
        except (SetError, UseCaseError) as error:
            answer["notCreated"][key] = _refused(error)
    for id_, patch in update.items():
        try:
            answer["updated"][id_] = await _update(call, id_, patch)
        except (SetError, UseCaseError) as error:
            answer["notUpdated"][id_] = _refused(error)
    destroyed = []
    for id_ in destroy:
        try:
            await _destroy(call, id_)
            destroyed.append(id_)
        except (SetError, UseCaseError) as error:
            answer["notDestroyed"][id_] = _refused(error)
    return {name: found or None for name, found in answer.items()} | {"destroyed": destroyed or None}


_ANSWERS = ("created", "updated", "notCreated", "notUpdated", "notDestroyed")


async def _create(call: Call, key: str, wish: Any) -> dict[str, Any]:
    """What the server has set: the id, and when it ends."""
    wanted = _wanted(wish)
    pushes, now = call.context.pushes, call.context.clock.now()
    if wanted.expires_at is not None and wanted.expires_at <= now:
        raise invalid("expires", "it is over already")
    if not pushes.rate.may(str(call.caller.user_id), now):
        raise SetError("rateLimit", "too many push subscriptions were made in a row; wait some minutes")
    try:
        await pushes.wire.check(wanted.url)
    except BadAddress as problem:
        raise invalid("url", str(problem)) from problem
    who = call.caller.credential
    made = await call.write(push_subscriptions.create, pushes.ring, who, wanted, now)
    pushes.stir()
    call.created[key] = _id(made)
    return {"id": _id(made), "keys": None, "expires": _utc(made.expires_at)} | (
        {} if wanted.types is not None else {"types": None}
    )


async def _update(call: Call, id_: str, patch: Any) -> dict[str, Any] | None:
    """What came out otherwise than it was asked for."""
    number = _number(call, id_)
    parsed = _patch(await _changed(call, number, patch))
    pushes, now = call.context.pushes, call.context.clock.now()
    who = call.caller.credential
    made = await call.write(push_subscriptions.change, pushes.ring, who, number, parsed, now)
    if "expires_at" in parsed.given and made.expires_at != parsed.expires_at:
        return {"expires": _utc(made.expires_at)}
    return None


async def _changed(call: Call, number: PushId, patch: Any) -> Any:
    """The patch without what is fixed and named as it is."""
    if not isinstance(patch, dict) or not patch.keys() & _REPEATED:
        return patch
    now = call.context.clock.now()
    mine = await call.read(push_subscriptions.list_mine, call.caller.credential, now)
    told = next((_json(call, one) for one in mine if one.id == number), {})
    same = {n for n in _REPEATED & patch.keys() & told.keys() if is_same(told[n], patch[n])}
    return {name: value for name, value in patch.items() if name not in same}


async def _destroy(call: Call, id_: str) -> None:
    now = call.context.clock.now()
    await call.write(push_subscriptions.destroy, call.caller.credential, _number(call, id_), now)


def _wanted(wish: Any) -> Wanted:
    if not isinstance(wish, dict):
        raise SetError("invalidProperties", "a push subscription is an object")
    check_members("", wish)
    known = {*_FIXED, "verificationCode", *_PATCHED}
    if wrong := sorted(wish.keys() - known):
        raise SetError("invalidProperties", "none of these can be set", properties=wrong)
    if wish.get("verificationCode") is not None:
        raise invalid("verificationCode", "it is sent to the address first")
    device, url = wish.get("deviceClientId"), wish.get("url")
    if not isinstance(device, str) or not 0 < len(device) <= _LONGEST_NAME or "\0" in device:
        raise invalid("deviceClientId", f"a text of at most {_LONGEST_NAME} characters names the device")
    if not isinstance(url, str):
        raise invalid("url", "an address is needed")
    return Wanted(
        device,
        url,
        _keys(wish.get("keys")),
        _expires(wish.get("expires")),
        _types(wish.get("types")),
        _arrivals(wish.get(_ARRIVALS)),
    )


def _keys(given: Any) -> PushKeys | None:
    """Source: RFC 8620 §7.2 (PushKeys: base64url)."""
    match given:
        case None:
            return None
        case {"p256dh": str(p256dh), "auth": str(auth), **rest} if not rest:
            pass
        case _:
            raise invalid("keys", "keys are p256dh and auth, and nothing else")
    try:
        keys = PushKeys(_octets(p256dh), _octets(auth))
        check_keys(keys)
    except (BadKeys, binascii.Error, ValueError) as problem:
        raise invalid("keys", "p256dh is a point of P-256 and auth 16 octets, both in base64url") from problem
    return keys


def _octets(text: str) -> bytes:
    bare = text.rstrip("=")
    return base64.b64decode((bare + "=" * (-len(bare) % 4)).encode("ascii"), b"-_", validate=True)


def _patch(patch: Any) -> Patch:
    """Source: RFC 8620 §5.3 (PatchObject)."""
    if not isinstance(patch, dict):
        raise SetError("invalidPatch", "a patch is an object")
    check_members("", patch)
    if fixed := sorted(patch.keys() & {"id", *_FIXED}):
        raise SetError("invalidProperties", "it is fixed; make another one", properties=fixed)
    if wrong := sorted(patch.keys() - {"verificationCode", *_PATCHED}):
        raise SetError("invalidProperties", "there is no such property", properties=wrong)
    fields = {"verificationCode": "code", "expires": "expires_at", "types": "types", _ARRIVALS: "arrivals"}
    code = patch.get("verificationCode")
    if "verificationCode" in patch and (not isinstance(code, str) or len(code) > _LONGEST_CODE):
        raise invalid("verificationCode", "it is a text")
    return Patch(
        frozenset(fields[name] for name in patch),
        code=code,
        expires_at=_expires(patch.get("expires")),
        types=_types(patch.get("types")),
        arrivals=_arrivals(patch.get(_ARRIVALS)),
    )


def _expires(value: Any) -> datetime | None:
    """A UTCDate of any year; what is too late is brought forward. Source: RFC 8620 §1.4."""
    if value is None:
        return None
    try:
        if isinstance(value, str) and value.endswith("Z"):
            return datetime.fromisoformat(value).astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        pass
    raise invalid("expires", "it is a UTCDate")


def _types(value: Any) -> tuple[str, ...] | None:
    """Types we do not have never change, so they are no error."""
    if value is None:
        return None
    is_fit = isinstance(value, list) and len(value) <= _MOST_TYPES
    if not is_fit or not all(isinstance(t, str) and len(t) <= _LONGEST_NAME for t in value):
        raise invalid("types", "it is a list of names of types")
    return tuple(value)


def _arrivals(value: Any) -> dict[AccountId, Arrivals] | None:
    """By account, ``inbox`` or ``focused``. One that is not assigned tells nothing, so it is no error."""
    if value is None:
        return None
    if not isinstance(value, dict) or len(value) > _MOST_ACCOUNTS:
        raise invalid(_ARRIVALS, f"it is an object of at most {_MOST_ACCOUNTS} accounts")
    found = {}
    for id_, mode in value.items():
        number = decode_id(ACCOUNT, id_)
        if number is None or not isinstance(mode, str) or mode not in {a.value for a in Arrivals}:
            raise invalid(_ARRIVALS, "each account is told of by inbox or focused")
        found[AccountId(number)] = Arrivals(mode)
    return found


def _json(call: Call, one: PushSubscription) -> dict[str, Any]:
    return {
        "id": _id(one),
        "deviceClientId": one.device_client_id,
        "verificationCode": push_subscriptions.code_of(call.context.pushes.ring, one),
        "expires": _utc(one.expires_at),
        "types": None if one.types is None else list(one.types),
        _ARRIVALS: None
        if one.arrivals is None
        else {encode_id(ACCOUNT, account): mode.value for account, mode in one.arrivals.items()},
    }


def _id(one: PushSubscription) -> str:
    return encode_id(PUSH, one.id)


def _number(call: Call, id_: str) -> PushId:
    """``#key`` names one made in this request. Source: RFC 8620 §5.3."""
    text = call.created.get(id_[1:], "") if id_.startswith("#") else id_
    number = decode_id(PUSH, text)
    if number is None:
        raise SetError("notFound")
    return PushId(number)


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _refused(error: SetError | UseCaseError) -> dict[str, Any]:
    if isinstance(error, OverQuota):
        return SetError("overQuota", error.message).body
    return refusal(error)
