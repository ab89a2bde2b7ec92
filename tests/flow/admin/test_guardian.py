"""The guardian: a sign-in dies, the next one takes over, nothing is lost, and people are told."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.flow.admin.conftest import actions
from tests.flow.admin.guarded import Guarded, becomes, guarded_office
from tests.flow.sim import Simulator

from poststelle.lib.ids import decode_id
from poststelle.mail import organise
from poststelle.model.ids import AccountId, MessageId, UserId


@pytest.fixture
def office(m365: Simulator, tmp_path: Path) -> Iterator[Guarded]:
    with guarded_office(m365, tmp_path) as found:
        yield found


def test_the_next_by_rank_takes_over_in_the_same_pull(office: Guarded) -> None:
    """The first dies with a message on its way: one pull brings it, with the reserve; it is told."""
    office.connected(office.anna)
    deputy = office.delegate("vertretung")
    office.connected(office.tom, deputy, is_reserve=True, is_shared=True)
    office.pull()
    office.m365.control.receive(office.address, subject="Anfrage")
    office.revoke(office.address)

    office.pull()

    assert office.states() == [
        (office.address, "lost", "AADSTS50173"),
        (deputy, "in_use", None),
    ]
    assert office.state() == ("connected", None)
    assert office.row()["sync"]["held"] == 1
    assert actions(office.sabine)[-2:] == ["sign_in.lost", "sign_in.taken_over"]
    [mailbox] = office.tom.get("/api/mailboxes").json
    assert [(row["username"], row["by"]) for row in mailbox["lost_sign_ins"]] == [
        (office.address, "Anna Berger")
    ]
    assert [(w["kind"], w["code"], w["username"]) for w in office.warnings()] == [
        ("sign_in_lost", "AADSTS50173", office.address)
    ]


def test_a_change_waiting_to_be_written_goes_with_the_reserve(office: Guarded) -> None:
    """Nothing queued is lost: what a person did is at Microsoft right after the take-over."""
    office.connected(office.anna)
    office.connected(office.tom, office.delegate("vertretung"), is_reserve=True, is_shared=True)
    [message] = office.m365.control.receive(office.address, subject="Anfrage")
    office.pull()
    email = office.run(_first_message(office))
    office.revoke(office.address)
    office.run(_mark_read(office, email))

    for _ in range(2):
        office.run(office.server.built.drain.run_due())

    _, messages = office.m365.control.snapshot(office.address)
    assert messages[message]["isRead"]
    assert office.row()["sync"]["pending"] == 0


@pytest.mark.parametrize("how", ["renewed", "removed"])
def test_a_new_sign_in_waits_for_no_refusal_of_the_old_one(office: Guarded, how: str) -> None:
    """Microsoft's sign-in wants the first to come back in an hour: what waits goes with the next at once."""
    first = office.connected(office.anna)
    if how == "removed":
        office.connected(office.tom, office.delegate("vertretung"), is_reserve=True, is_shared=True)
    [message] = office.m365.control.receive(office.address, subject="Anfrage")
    office.pull()
    office.run(_mark_read(office, office.run(_first_message(office))))
    for method in ("GET", "POST"):  # so that the token is to be renewed
        office.m365.control.fail_next(
            method, "/v1.0/*", status=401, code="InvalidAuthenticationToken", times=1
        )
    busy = {"status": 429, "code": "busy", "headers": {"Retry-After": "3600"}}
    office.m365.control.fail_next("POST", "*/oauth2/v2.0/token", **busy, times=9)
    office.run(office.server.built.drain.run_due())
    office.pull()
    office.m365.control.clear_faults()

    if how == "removed":
        office.sabine.delete(f"/api/mailboxes/{office.account}/sign-ins/{first['id']}")
    else:
        office.connected(office.anna, renews=first["id"])
    office.m365.control.receive(office.address, subject="Neu")
    office.run(office.server.built.engine.run_due())
    office.run(office.server.built.drain.run_due())

    _, messages = office.m365.control.snapshot(office.address)
    assert messages[message]["isRead"]
    assert (office.row()["sync"]["held"], office.row()["sync"]["pending"]) == (2, 0)


def test_only_when_all_are_dead_a_person_is_needed(office: Guarded) -> None:
    """Two go one after the other; the second one's end is the account's."""
    office.connected(office.anna)
    deputy = office.delegate("vertretung")
    office.connected(office.tom, deputy, is_reserve=True, is_shared=True)
    office.pull()
    for address in (office.address, deputy):
        assert office.state() == ("connected", None)
        office.revoke(address)
        office.pull()

    assert office.state() == ("sign_in_needed", "AADSTS50173")
    assert {state for _, state, _ in office.states()} == {"lost"}
    assert [w["kind"] for w in office.warnings()] == ["sign_in_needed"]


def test_a_dead_one_is_renewed_in_its_place(office: Guarded) -> None:
    """It keeps its rank, takes over again, and the account keeps its id and mail."""
    lost = office.connected(office.anna)
    deputy = office.delegate("vertretung")
    office.connected(office.tom, deputy, is_reserve=True, is_shared=True)
    office.m365.control.receive(office.address, subject="Anfrage")
    office.pull()
    ids = office.run(_ids(office))
    office.revoke(office.address)
    office.pull()

    office.connected(office.tom, renews=lost["id"])
    office.pull()

    assert office.states() == [(office.address, "in_use", None), (deputy, "standing_by", None)]
    assert office.run(_ids(office)) == ids
    assert office.warnings() == []


def test_a_renewal_in_the_background_finds_a_dead_reserve(office: Guarded) -> None:
    """Nobody learns of a reserve's death when it is needed; the account itself goes on."""
    office.connected(office.anna)
    deputy = office.delegate("vertretung")
    office.connected(office.tom, deputy, is_reserve=True, is_shared=True)
    office.revoke(deputy)

    office.server.clock.advance(29 * 3600)
    assert office.renew_due() == 2

    assert office.states() == [(office.address, "in_use", None), (deputy, "lost", "AADSTS50173")]
    assert office.state() == ("connected", None)


def test_an_idle_accounts_sign_in_is_kept_alive(office: Guarded) -> None:
    """An account that nobody fetches from is renewed each day, so the 90 days never run out."""
    given = office.connected(office.anna)
    office.sabine.patch(f"/api/accounts/{office.account}", {"is_active": False})
    renewed = []
    for _ in range(3):
        office.later(days=1.2)
        assert (office.renew_due(), office.renew_due()) == (1, 0)
        [row] = office.sign_ins()
        renewed.append(row["refreshed_at"])

    assert sorted({given["refreshed_at"], *renewed}) == [given["refreshed_at"], *renewed]
    assert office.warnings() == []


def test_a_renewal_is_done_before_anybody_waits_for_it(office: Guarded) -> None:
    """Fifty minutes after a sign-in its tokens are new, by one request, and the next pull needs none."""
    office.connected(office.anna)
    office.pull()
    office.server.clock.advance(51 * 60)
    assert office.renew_due() == 1
    assert office.renew_due() == 0

    office.m365.identity("POST", "/fail-next", {"token": [50173]})  # whoever asks now would fail
    office.pull()
    assert office.state() == ("connected", None)
    office.server.clock.advance(51 * 60)
    office.renew_due()
    assert office.state() == ("sign_in_needed", "AADSTS50173")


@pytest.mark.parametrize(
    ("number", "state"),
    [(50076, "sign_in_needed"), (53003, "sign_in_needed"), (700082, "sign_in_needed"), (90033, "connected")],
)
def test_each_refusal_is_what_it_means(office: Guarded, number: int, state: str) -> None:
    """Second factor, policy and inactivity end the sign-in and say why; Microsoft's own trouble does not."""
    office.connected(office.anna)
    office.server.clock.advance(51 * 60)
    office.m365.identity("POST", "/fail-next", {"token": [number]})
    office.renew_due()
    reason = None if state == "connected" else f"AADSTS{number}"
    assert office.state() == (state, reason)


def test_good_tokens_that_the_service_refuses_for_a_while_need_no_person(office: Guarded) -> None:
    """Mail answers 401 to everything, the sign-in itself is fine: the account comes back by itself."""
    office.connected(office.anna)
    office.pull()
    office.m365.control.fail_next("GET", "/v1.0/me*", status=401, times=1000)
    office.pull()
    assert office.states() == [(office.address, "lost", "http_401")]
    office.server.clock.advance(11 * 60)
    assert office.renew_due() == 1
    assert office.state() == ("sign_in_needed", "http_401")

    office.m365.control.clear_faults()
    office.server.clock.advance(11 * 60)
    office.renew_due()
    office.m365.control.receive(office.address, subject="Anfrage")
    office.pull()

    assert office.state() == ("connected", None)
    assert office.row()["sync"]["held"] == 1
    assert actions(office.sabine)[-2:] == ["sign_in.lost", "sign_in.back"]
    assert office.warnings() == []


def test_what_is_tried_again_and_has_been_revoked_by_then_needs_a_person(office: Guarded) -> None:
    """Its reason is Microsoft's sign-in's from then on, and it is left alone."""
    office.connected(office.anna)
    office.pull()
    office.m365.control.fail_next("GET", "/v1.0/me*", status=401, times=2)
    office.pull()
    office.m365.control.clear_faults()
    office.revoke(office.address)
    office.server.clock.advance(11 * 60)

    assert (office.renew_due(), office.state()) == (1, ("sign_in_needed", "AADSTS50173"))
    office.server.clock.advance(3600)
    assert office.renew_due() == 0


def test_an_expired_secret_is_told_once_and_mended_at_once(office: Guarded) -> None:
    """Every mailbox suffers, no sign-in is given up, one entry tells; the new secret heals them all."""
    office.connected(office.anna)
    client_id = office.m365.facts["client_id"]
    office.sabine.put("/api/settings/microsoft", {"client_id": client_id, "secret": "not~the~right~one"})
    for _ in range(3):
        office.pull()
        office.server.clock.advance(400)

    assert office.states() == [(office.address, "in_use", None)]
    assert [(w["kind"], w["code"]) for w in office.warnings()] == [("app_refused", "AADSTS7000215")]
    assert actions(office.sabine).count("app.refused") == 1
    assert office.row()["sync"]["problem_detail"] == "AADSTS7000215"

    secret = office.m365.facts["client_secret"]
    office.sabine.put("/api/settings/microsoft", {"secret": secret})
    office.run(office.server.built.engine.run_due())  # due at once, without a wait

    assert office.warnings() == []
    assert office.row()["sync"]["problem"] is None
    assert actions(office.sabine)[-1] == "app.accepted"


def test_ends_are_told_weeks_ahead(office: Guarded) -> None:
    """The secret's day, and a sign-in that nobody could renew for two months."""
    office.connected(office.anna)
    day = (office.server.clock.now().date()).replace(year=office.server.clock.now().year + 1).isoformat()
    office.sabine.put("/api/settings/microsoft", {"secret_expires_at": day})
    assert office.warnings() == []

    office.later(days=61)
    [idle] = office.warnings()
    assert (idle["kind"], idle["account"], idle["username"]) == (
        "sign_in_idle",
        office.account,
        office.address,
    )
    office.later(days=365 - 61 - 40)
    assert "secret_ends" in [w["kind"] for w in office.warnings()]
    office.later(days=60)
    assert "secret_ended" in [w["kind"] for w in office.warnings()]
    anna = office.anna.log_in("anna")
    assert anna.get("/api/warnings").code == "needs_settings"


def test_who_may_give_rank_and_remove(office: Guarded) -> None:
    """A reserve may come from everybody assigned; the order is for who manages; one's own may be removed."""
    office.connected(office.anna)
    deputy = office.delegate("vertretung")
    reserve = office.connected(office.tom, deputy, is_reserve=True, is_shared=True)
    base = f"/api/mailboxes/{office.account}/sign-ins"
    first, _ = office.sign_ins(office.tom)
    assert [row["may_change"] for row in office.sign_ins(office.tom)] == [False, True]

    assert office.tom.post(f"{base}/{reserve['id']}/up").code == "needs_level"
    assert office.tom.delete(f"{base}/{first['id']}").code == "needs_level"
    assert (
        office.anna.post(
            f"/sign-in/microsoft/{office.account}", {"confirm": True, "renews": reserve["id"]}
        ).code
        == "needs_level"
    )
    assert office.sabine.post(f"{base}/s999/up").code == "no_such_sign_in"
    assert office.sabine.post(f"{base}/x/up").code == "no_such_sign_in"

    office.sabine.post(f"{base}/{reserve['id']}/up")
    assert office.states() == [(deputy, "in_use", None), (office.address, "standing_by", None)]
    office.tom.delete(f"{base}/{reserve['id']}")
    assert office.states() == [(office.address, "in_use", None)]
    assert office.state() == ("connected", None)
    office.sabine.delete(f"{base}/{first['id']}")
    assert office.state() == ("waiting_for_sign_in", None)
    recorded = actions(office.sabine)
    assert recorded[-3:] == ["sign_in.ranked", "sign_in.removed", "sign_in.removed"]


def test_strangers_see_no_sign_ins(office: Guarded) -> None:
    """Who isn't assigned learns nothing, not even that there is such a mailbox."""
    office.sabine.delete(f"/api/accounts/{office.account}/users/u3")
    path = f"/api/mailboxes/{office.account}/sign-ins"
    assert office.tom.get(path).code == "no_such_account"
    assert office.tom.delete(f"{path}/s1").code == "no_such_account"


def test_the_take_over_needs_nobody(m365: Simulator, tmp_path: Path) -> None:
    """With everything running as in a real server: within seconds, and new mail keeps coming."""
    with guarded_office(m365, tmp_path, with_engines=True) as office:
        office.connected(office.anna)
        deputy = office.delegate("vertretung")
        office.connected(office.tom, deputy, is_reserve=True, is_shared=True)
        office.revoke(office.address)
        office.m365.control.receive(office.address, subject="Danach")
        becomes(lambda: office.row()["sync"]["held"] == 1)
        assert office.states()[1] == (deputy, "in_use", None)


async def _ids(office: Guarded) -> list[int]:
    """Our ids of all messages."""
    account = decode_id("a", office.account)
    return await office.server.built.services.store.read(
        lambda tx: [row["id"] for row in tx.all("list_remote_ids", account=account)]
    )


async def _first_message(office: Guarded) -> int:
    return (await _ids(office))[0]


async def _mark_read(office: Guarded, message: int) -> None:
    account = decode_id("a", office.account)
    assert account is not None
    services = office.server.built.services
    await services.store.write(
        organise.set_keywords,
        UserId(1),
        AccountId(account),
        MessageId(message),
        {"$seen": True},
        services.clock.now(),
    )


@pytest.mark.parametrize("number", [7000112, 700016, 90002])
def test_what_one_organisation_refuses_is_told_of_its_mailbox_alone(office: Guarded, number: int) -> None:
    """The app is set up for any; it comes back by itself when that organisation lets it in again."""
    office.connected(office.anna)
    office.pull()
    office.m365.identity("POST", "/fail-next", {"token": [number]})
    office.server.clock.advance(3600)
    office.renew_due()
    told = office.state(), office.states()
    office.server.clock.advance(11 * 60)
    office.renew_due()
    office.pull()

    code = f"AADSTS{number}"
    assert told == (("sign_in_needed", code), [(office.address, "lost", code)])
    assert (office.state(), office.warnings()) == (("connected", None), [])
    assert "app.refused" not in actions(office.sabine)
