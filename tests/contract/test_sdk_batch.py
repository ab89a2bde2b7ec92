"""Batches made with Microsoft's own SDK."""

from __future__ import annotations

import pytest
from msgraph_core.requests.batch_request_content import BatchRequestContent
from msgraph_core.requests.batch_request_item import BatchRequestItem
from tests.contract.sdk import Desk

pytestmark = pytest.mark.anyio


async def test_reads_and_writes_go_in_one_batch(desk: Desk) -> None:
    """Each part has its own answer, found by its id.

    Status and headers only: the SDK of 2026 (msgraph-core 1.5.2 with kiota 1.16) drops bodies that are JSON
    objects, as the service sends them.
    """
    me, adapter = desk.client.me, desk.client.request_adapter
    inbox = me.mail_folders.by_mail_folder_id("inbox").to_get_request_information()
    draft = me.messages.to_post_request_information(desk.message("Batched"))
    missing = me.messages.by_message_id("AAMkAGI2").to_get_request_information()
    items = []
    for number, information in enumerate((inbox, draft, missing)):
        information.path_parameters["baseurl"] = adapter.base_url
        items.append(BatchRequestItem(information, id=str(number)))

    answer = await desk.client.batch.post(BatchRequestContent({item.id: item for item in items}))

    codes = answer.get_response_status_codes()
    assert (codes["0"], codes["1"], codes["2"] // 100) == (200, 201, 4)
    assert answer.get_response_by_id("0").content_type.startswith("application/json")
    assert (await desk.found("Batched", "drafts")).is_draft
