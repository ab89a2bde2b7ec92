"""Where blobs are kept, as an address says it: ``s3://bucket/prefix?endpoint=…&region=…``, or a folder."""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

DEFAULT_REGION = "us-east-1"
_KNOWN = {"endpoint", "region", "style"}


@dataclass(frozen=True, slots=True)
class S3Address:
    """``ca``: certificates in PEM form that are trusted besides the system's."""

    bucket: str
    prefix: str
    endpoint: str
    region: str
    is_virtual_hosted: bool
    access_key: str = field(repr=False, default="")
    secret_key: str = field(repr=False, default="")
    ca: bytes | None = field(repr=False, default=None)

    def __str__(self) -> str:
        place = f"{self.bucket}/{self.prefix}".rstrip("/")
        return f"s3://{place} at {self.endpoint}"


Address = S3Address | Path


def parse(text: str, access_key: str, secret_key: str, ca: bytes | None) -> Address:
    """Raises ValueError, which says what is wrong with it."""
    if not text.startswith("s3://"):
        path = Path(text.removeprefix("file://"))
        if not path.is_absolute():
            raise ValueError(
                "must be an address like s3://bucket/folder?endpoint=https://s3.example.org, or the path of a"
                " folder that all machines share"
            )
        return path
    parts = urlsplit(text)
    given = parse_qs(parts.query, keep_blank_values=True)
    if unknown := sorted(given.keys() - _KNOWN):
        raise ValueError(f"holds {unknown[0]!r}; endpoint, region and style are what may stand there")
    if not parts.netloc or parts.username or parts.port or parts.fragment:
        raise ValueError("must name a bucket, as in s3://bucket/folder; the keys are set apart from it")
    if not access_key or not secret_key:
        raise ValueError("needs both keys: set POSTSTELLE_BLOBS_ACCESS_KEY and POSTSTELLE_BLOBS_SECRET_KEY")
    region = _one(given, "region") or DEFAULT_REGION
    style = _one(given, "style") or "path"
    if style not in {"path", "host"}:
        raise ValueError(f"has the style {style!r}; path and host are those that there are")
    return S3Address(
        bucket=parts.netloc,
        prefix=parts.path.strip("/"),
        endpoint=_endpoint(_one(given, "endpoint"), region),
        region=region,
        is_virtual_hosted=style == "host",
        access_key=access_key,
        secret_key=secret_key,
        ca=ca,
    )


def _one(given: dict[str, list[str]], name: str) -> str:
    values = given.get(name, [""])
    if len(values) > 1:
        raise ValueError(f"says the {name} twice")
    return values[0].strip()


def _endpoint(text: str, region: str) -> str:
    if not text:
        return f"https://s3.{region}.amazonaws.com"
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query:
        raise ValueError(f"has the endpoint {text!r}, which is no address like https://s3.example.org")
    return text.rstrip("/")
