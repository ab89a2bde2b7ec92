"""How a request proves that it is still its user who asks."""

from typing import Any

import msgspec
from starlette.requests import Request

from poststelle.access.login import LoggedIn
from poststelle.access.passkeys import Answer, Question
from poststelle.access.proving import Proof, confirm
from poststelle.access.rights import Asker
from poststelle.http import authn
from poststelle.http.body import Body
from poststelle.http.services import Services


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


async def asker(services: Services, request: Request, who: LoggedIn, proof: ProofBody | None) -> Asker:
    """Who asks, for use cases that let people in. A proof that is given is checked; raises as ``confirm``."""
    if authn.is_program(request):
        return Asker(who.user.id, is_program=True)
    if proof is not None:
        await confirm(services.door, who, proof.proof(), field="proof")
    return Asker(who.user.id, is_proven=proof is not None)


class QuestionAnswer(msgspec.Struct):
    """What the browser is asked, for ``PublicKeyCredential.parse…OptionsFromJSON``."""

    token: str
    options: dict[str, Any]


def question(asked: Question) -> QuestionAnswer:
    return QuestionAnswer(asked.token, asked.options)
