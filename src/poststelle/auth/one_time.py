"""Codes of an app (RFC 6238), recovery codes, and the picture from which an app takes its secret."""

import hashlib
import hmac
from datetime import datetime

import pyotp

from poststelle.lib.ids import bare_code, new_code

STEP_S = 30
DRIFT = 1
"""Steps by which the clock of somebody's phone may differ. Source: RFC 6238 §5.2, §6."""
RECOVERY_CODES = 10
_DIGITS = 6
_GROUPS = 4  # 79 random bits: not to be found from its hash


def new_app_secret() -> str:
    """160 random bits in base 32. Source: RFC 4226 §4 (R6)."""
    return pyotp.random_base32(32)


def app_uri(secret: str, login: str, issuer: str) -> str:
    """What the picture says to the app. Source: Google Authenticator wiki, "Key Uri Format"."""
    app = pyotp.TOTP(secret, digits=_DIGITS, interval=STEP_S, name=login, issuer=issuer)
    return app.provisioning_uri()


def picture(uri: str) -> str:
    """A QR code as a ``data:`` address of an SVG, dark on white whatever the page's colours."""
    import segno  # slow to load, and rarely needed

    return segno.make(uri, error="m").svg_data_uri(scale=4, border=3, dark="#000", light="#fff")


def matching_step(secret: str, code: str, now: datetime, used: int = 0) -> int | None:
    """The step whose code this is; None when it is wrong, too old, or not newer than ``used``.

    Takes the same time wherever the code differs.
    """
    typed = bare_code(code)
    if len(typed) != _DIGITS or not (typed.isascii() and typed.isdigit()):
        return None
    app = pyotp.TOTP(secret, digits=_DIGITS, interval=STEP_S)
    present = int(now.timestamp()) // STEP_S
    steps = range(present - DRIFT, present + DRIFT + 1)
    right = [step for step in steps if hmac.compare_digest(app.generate_otp(step), typed) and step > used]
    return max(right, default=None)


def new_recovery_codes() -> list[str]:
    """Ten, each to be used once."""
    return [new_code(_GROUPS) for _ in range(RECOVERY_CODES)]


def hash_recovery_code(user: int, code: str) -> str:
    """The form in which it is stored. The user is part of it, so equal hashes tell nothing."""
    return hashlib.sha256(f"{user}:{bare_code(code)}".encode()).hexdigest()
