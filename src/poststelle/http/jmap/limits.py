"""What we promise about sizes in the session object, and what one request may cost. Source: RFC 8620 §2."""

from dataclasses import dataclass, field

from poststelle.mail.known_folders import Most

MAX_SIZE_REQUEST = 10_000_000  # octets
MAX_VALUES = 500_000  # numbers, texts, lists and objects in a request, about: each is larger in memory
MAX_CONCURRENT_REQUESTS = 8
MAX_WEIGHT = 200_000_000  # octets, about, that requests under way have in memory before they are answered
MAX_WEIGHT_OF_ONE = 100_000_000  # of these, one user's; what is more is nobody else's room
MAX_WEIGHT_OF_LITTLE = 20_000_000  # who has no more than that ...
MAX_WEIGHT_WITH_LITTLE = 300_000_000  # ... finds room when two others have taken all of it
MAX_WEIGHT_UNCOUNTED = 1_000_000  # of each request: most weigh less, and have room beside large ones
MAX_WEIGHT_COMING = 100_000  # of what has come by each socket, uncounted: a message that is not whole yet
MAX_DOWNLOADS = 16  # of one user, under way at once; further ones wait
MAX_DOWNLOADS_WAITING = 200  # of one user: more than a letter has pictures
MAX_CALLS_IN_REQUEST = 32
MAX_OBJECTS_IN_GET = 1_000
MAX_OBJECTS_IN_SET = 1_000
MAX_CHANGES = 5_000
MAX_SNIPPETS = 256
MAX_STREAMS = 20  # open event streams of one user: a browser holds one a tab
MAX_REFERRED = 1_000_000  # octets, about, that result references of one request may bring
MAX_SIZE_ANSWER = 64_000_000  # octets
MAX_SIZE_TEXTS = 256_000_000  # characters of stored texts that one Email/get looks at

MAX_DATA_SOURCES = 64  # of one blob
MAX_SIZE_BLOB_GET = 16_000_000  # octets that one Blob/get brings
MAX_SIZE_HASHED = 512 * 1024 * 1024  # octets of the blobs that one Blob/get makes digests of
MAX_SIZE_PARSED = 128 * 1024 * 1024  # octets of the blobs that one request reads as messages
MAX_SIZE_BROUGHT = 512 * 1024 * 1024  # octets of different messages that one request brings
MAX_PARTS = 1_000  # of one message that is created, as many as of one that is read
MAX_MAILBOXES_PER_EMAIL = 100  # in internal mailboxes
MAX_PARSE = 50  # blobs read as messages in one call
FETCH_WITHIN_S = 20.0  # how long one call waits for octets that are still at Microsoft

MAX_SIZE_UPLOAD = 150 * 1024 * 1024  # octets: what Microsoft takes as one attachment
MAX_SIZE_ATTACHED = MAX_SIZE_UPLOAD  # octets of all files of one message: above it none is taken
MAX_CONCURRENT_UPLOAD = 4
MAX_DELAYED_SEND = 366 * 86_400  # seconds


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may make the server hold and write: handed down, so that tests need not bring as much.

    ``size_waiting``: octets, about, of texts that one call brings. ``rows``: attachments, people,
    references, places and keywords that one request writes; ``rows_at_once``: of these in one transaction,
    where messages may come one after another. ``taken_apart``: octets of the messages of which one request
    reads parts. ``values``: of people, parts and header fields that one Email/get tells, about.
    """

    size_waiting: int = 64 * 1024 * 1024
    rows: int = 100_000
    rows_at_once: int = 10_000
    taken_apart: int = 1024 * 1024 * 1024
    values: int = MAX_VALUES
    folders: Most = field(default_factory=Most)


CORE = "urn:ietf:params:jmap:core"
MAIL = "urn:ietf:params:jmap:mail"
SUBMISSION = "urn:ietf:params:jmap:submission"
VACATION = "urn:ietf:params:jmap:vacationresponse"
BLOB = "urn:ietf:params:jmap:blob"
VAPID = "urn:ietf:params:jmap:webpush-vapid"
WEBSOCKET = "urn:ietf:params:jmap:websocket"
QUOTA = "urn:ietf:params:jmap:quota"
PRINCIPALS = "urn:ietf:params:jmap:principals"
VENDOR = "https://poststelle.example/jmap/mail"
KNOWN = frozenset({CORE, MAIL, SUBMISSION, VACATION, BLOB, VAPID, WEBSOCKET, QUOTA, PRINCIPALS, VENDOR})

CORE_CAPABILITY = {
    "maxSizeUpload": MAX_SIZE_UPLOAD,
    "maxConcurrentUpload": MAX_CONCURRENT_UPLOAD,
    "maxSizeRequest": MAX_SIZE_REQUEST,
    "maxConcurrentRequests": MAX_CONCURRENT_REQUESTS,
    "maxCallsInRequest": MAX_CALLS_IN_REQUEST,
    "maxObjectsInGet": MAX_OBJECTS_IN_GET,
    "maxObjectsInSet": MAX_OBJECTS_IN_SET,
    "collationAlgorithms": [],
}
