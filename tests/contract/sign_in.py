"""Sign in once for tests at a real tenant: ``M365_CONTRACT=FILE python -m tests.contract.sign_in``."""

from __future__ import annotations

from pathlib import Path

from tests.contract.tenant import SCOPES, cache_of, settings


def main() -> None:
    """Show a device code, wait for the person, keep the tokens."""
    of = settings()
    assert of is not None, "M365_CONTRACT must name a settings file."
    cache = cache_of(of)
    client = of.public(token_cache=cache)
    flow = client.initiate_device_flow(SCOPES)
    print(flow["message"], flush=True)
    result = client.acquire_token_by_device_flow(flow)
    assert "access_token" in result, result.get("error_description")
    path = Path(of.token_cache)
    path.touch(mode=0o600)
    path.write_text(cache.serialize())


if __name__ == "__main__":
    main()
