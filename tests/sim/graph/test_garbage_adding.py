"""Whatever is sent to be added: the answer is one Graph could give, never an error of our own."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.sim.graph.test_garbage import ANY, JSON, MESSAGE, SIM, answer

NAMES = [
    "@odata.type",
    "name",
    "contentBytes",
    "contentType",
    "isInline",
    "contentId",
    "item",
    "size",
    "displayName",
    "AttachmentItem",
    "attachmentType",
    "InputIds",
    "SourceIdType",
    "TargetIdType",
]
TEXTS = ["#microsoft.graph.fileAttachment", "#microsoft.graph.itemAttachment", "file", "YQ==", "restId"]
IDS = ["String 0x5555", "Integer 0x1081", "Integer 0xe07", "StringArray 0x1", "", "x", "Integer 0x"]
ONE = st.fixed_dictionaries({"id": st.sampled_from(IDS) | JSON, "value": JSON})
PROPERTIES = st.lists(ONE | JSON, max_size=3) | JSON
FOLDERS = st.fixed_dictionaries(
    {
        "displayName": ANY,
        "singleValueExtendedProperties": PROPERTIES,
        "multiValueExtendedProperties": PROPERTIES,
    }
)
BODIES = st.dictionaries(st.sampled_from(NAMES) | ANY, JSON | st.sampled_from(TEXTS), max_size=6) | FOLDERS
TARGETS = st.sampled_from(
    [
        ("POST", f"/me/messages/{MESSAGE}/attachments"),
        ("POST", f"/me/messages/{MESSAGE}/attachments/createUploadSession"),
        ("POST", "/me/translateExchangeIds"),
        ("PATCH", "/me/mailFolders/inbox"),
    ]
)


@settings(max_examples=150, deadline=None)
@given(TARGETS, BODIES)
def test_adding_never_breaks(target: tuple[str, str], body: dict[str, Any]) -> None:
    """Any JSON object: an attachment, a session, translated ids, properties of a folder, or a refusal."""
    SIM.uploads.base_url = "https://uploads.example"
    method, path = target

    status = asyncio.run(answer(method, path, {}, json.dumps(body).encode(), ""))

    assert status in (200, 201, 400, 413, 501)
