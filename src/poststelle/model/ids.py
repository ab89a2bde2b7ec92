"""Distinct id types. Ours are numbers, unique within their account (users and accounts: everywhere).

Their text form on the wire is in ``lib.ids``; the letters are below. A
``RemoteId`` is the provider's immutable id, with the provider's letter case.
"""

from typing import NewType

UserId = NewType("UserId", int)
AccountId = NewType("AccountId", int)
FolderId = NewType("FolderId", int)
MessageId = NewType("MessageId", int)
ThreadId = NewType("ThreadId", int)
SignInId = NewType("SignInId", int)
OpId = NewType("OpId", int)
UploadId = NewType("UploadId", int)
SubmissionId = NewType("SubmissionId", int)
IdentityId = NewType("IdentityId", int)
TokenId = NewType("TokenId", int)
PasskeyId = NewType("PasskeyId", int)
PushId = NewType("PushId", int)
SharingId = NewType("SharingId", int)
BoilerplateId = NewType("BoilerplateId", int)
KeptFileId = NewType("KeptFileId", int)
GroupId = NewType("GroupId", int)
TeamId = NewType("TeamId", int)
WebhookId = NewType("WebhookId", int)
DeliveryId = NewType("DeliveryId", int)
RemoteId = NewType("RemoteId", str)

USER, ACCOUNT, FOLDER, MESSAGE, THREAD, SIGN_IN, OP = "u", "a", "f", "m", "t", "s", "w"
CHECK = "c"
SUBMISSION, IDENTITY = "e", "i"
PUSH = "p"
PASSKEY = "y"
SHARING = "n"
BOILERPLATE, KEPT_FILE = "b", "f"
GROUP = "g"
TEAM = "h"
WEBHOOK, DELIVERY = "x", "d"
TOKEN = "k"  # noqa: S105  # the letter of its id
LOCAL = "local:"
OWN = "own:"


def is_local(remote_id: RemoteId) -> bool:
    """Whether it stands in for the id of a message that the provider does not have yet."""
    return remote_id.startswith(LOCAL)


def is_own(remote_id: RemoteId) -> bool:
    """Whether it is the id of a message in an internal mailbox, whose octets are here."""
    return remote_id.startswith(OWN)
