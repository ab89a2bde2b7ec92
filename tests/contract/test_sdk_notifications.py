"""Change notifications asked for with Microsoft's own SDK, received by a real HTTPS server."""

from __future__ import annotations

import subprocess
import sys
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgraph.generated.models.subscription import Subscription
from tests.contract.sdk import Desk
from tests.sim.notify.receiver import Receiver, receiving

from m365sim.testing import M365

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def certificate(m365_server: object, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a certificate that the simulator trusts, made as its documentation says."""
    out = tmp_path_factory.mktemp("receiver")
    options = ["--data-dir", str(m365_server.data_dir), "--out", str(out), "--name", "localhost"]
    subprocess.run(
        [sys.executable, "-m", "m365sim", "certificate", *options], check=True, capture_output=True
    )
    return out


@pytest.fixture
def receiver(control: M365, certificate: Path) -> Iterator[Receiver]:
    """The program's side; only the simulator can reach it here."""
    with receiving(certificate / "localhost.pem", certificate / "localhost.key") as it:
        yield it


async def test_a_program_subscribes_and_is_told(desk: Desk, control: M365, receiver: Receiver) -> None:
    """Create with the handshake, be told of a new message, renew, list, delete."""
    builder, state = desk.client.subscriptions, uuid.uuid4().hex
    wanted = Subscription(
        change_type="created,updated",
        notification_url=receiver.url,
        resource="/me/mailFolders('inbox')/messages",
        expiration_date_time=control.clock.now() + timedelta(hours=2),
        client_state=state,
    )

    made = await builder.post(wanted)
    id_ = control.account(desk.place.person).receive(subject="Offer")
    control.control.settle()
    later = Subscription(expiration_date_time=control.clock.now() + timedelta(hours=20))
    renewed = await builder.by_subscription_id(made.id).patch(later)
    listed = await builder.get()
    await builder.by_subscription_id(made.id).delete()

    [told] = receiver.told()
    read = await desk.client.me.messages.by_message_id(told["resourceData"]["id"]).get()
    assert (told["changeType"], told["clientState"], told["subscriptionId"]) == ("created", state, made.id)
    assert read.subject == "Offer" and id_
    assert renewed.expiration_date_time > made.expiration_date_time
    assert [s.id for s in listed.value] == [made.id]
    assert (await builder.get()).value == []


async def test_an_address_that_does_not_answer_is_refused(desk: Desk, control: M365) -> None:
    """400 ValidationError, before any subscription is there."""
    from msgraph.generated.models.o_data_errors.o_data_error import ODataError

    wanted = Subscription(
        change_type="created",
        notification_url="https://localhost:9/notifications",
        resource="/me/messages",
        expiration_date_time=control.clock.now() + timedelta(hours=1),
    )

    with pytest.raises(ODataError) as raised:
        await desk.client.subscriptions.post(wanted)

    assert raised.value.response_status_code == 400
    assert (await desk.client.subscriptions.get()).value == []
