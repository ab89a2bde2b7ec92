"""How a request proves that it is still its user who asks."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Concatenate, ParamSpec, TypeVar

import msgspec
from starlette.requests import Request

from poststelle.access.login import Door, LoggedIn
from poststelle.access.passkeys import Answer, Question
from poststelle.access.proving import Proof, Proven, confirm, write_proven
from poststelle.access.rights import Asker
from poststelle.http import authn
from poststelle.http.body import Body
from poststelle.http.services import Services
from poststelle.store.tx import Tx

P = ParamSpec("P")
T = TypeVar("T")


class PasskeyBody(Body):
    """The answer to a question. ``credential``: ``PublicKeyCredential.toJSON()``."""

    token: str
    credential: dict[str, Any]

    def answer(self) -> Answer:
        return Answer(self.token, self.credential)


class SecondBody(Body, kw_only=True):
    """The second factor, for who has one: ``code`` of the app or a recovery code, or a passkey's answer."""

    code: str = ""
    passkey: PasskeyBody | None = None

    def proof(self, password: str) -> Proof:
        return Proof(password, self.code, None if self.passkey is None else self.passkey.answer())


class ProofBody(SecondBody, kw_only=True):
    """The present password, and the second factor of who has one."""

    password: str = ""

    def proof(self, password: str | None = None) -> Proof:
        return super().proof(self.password if password is None else password)


class ProvenBody(Body):
    """Of requests that say nothing else: ``proof`` where it is needed."""

    proof: ProofBody | None = None


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks, and what they have proven for it, if anything."""

    door: Door
    by: Asker
    proven: Proven | None

    async def write(self, fn: Callable[Concatenate[Tx, Asker, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Write it for who asks, as ``write_proven`` where something was proven."""
        if self.proven is None:
            return await self.door.store.write(fn, self.by, *args, **kwargs)
        return await write_proven(self.door, self.proven, fn, self.by, *args, **kwargs)


async def asking(services: Services, request: Request, who: LoggedIn, proof: ProofBody | None) -> Asking:
    """For use cases that let people in. A proof that is given is checked; raises as ``confirm``."""
    if authn.is_program(request):
        return Asking(services.door, Asker(who.user.id, is_program=True), None)
    if proof is None:
        return Asking(services.door, Asker(who.user.id), None)
    proven = await confirm(services.door, who, proof.proof(), field="proof")
    return Asking(services.door, Asker(who.user.id, is_proven=True), proven)


class QuestionAnswer(msgspec.Struct):
    """What the browser is asked, for ``PublicKeyCredential.parse…OptionsFromJSON``."""

    token: str
    options: dict[str, Any]


def question(asked: Question) -> QuestionAnswer:
    return QuestionAnswer(asked.token, asked.options)
