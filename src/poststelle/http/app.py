"""All routes in order, and what surrounds them."""

import asyncio
from collections.abc import Sequence

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from poststelle.access.users import is_set_up
from poststelle.http import (
    boilerplate,
    boilerplate_files,
    checks,
    deeds,
    favourites,
    files,
    groups,
    invitations,
    login,
    login_steps,
    logins,
    mailboxes,
    metrics,
    outside_pictures,
    personal,
    picture_senders,
    provider_options,
    quiet_hours,
    receipts,
    records,
    second_factor,
    sign_in,
    single_sign_on,
    static,
    tokens,
    v1,
    webhooks,
)
from poststelle.http.admin import (
    accounts,
    app_setup,
    archive,
    audit,
    health,
    history,
    microsoft,
    sending,
    sign_ins,
    teams,
    users,
)
from poststelle.http.admin import invitations as admin_invitations
from poststelle.http.admin import second_factor as admin_second_factor
from poststelle.http.admin import webhooks as admin_webhooks
from poststelle.http.cors import Cors
from poststelle.http.errors import on_http_exception, on_use_case_error
from poststelle.http.guard import Guard
from poststelle.http.services import Services
from poststelle.lib.log import place_of
from poststelle.model.errors import UseCaseError

log = structlog.get_logger()

READY_WITHIN_S = 2.0


def create_app(services: Services, mail_routes: Sequence[BaseRoute] = ()) -> Starlette:
    """The web application; ``mail_routes`` are the mail API's."""
    config = services.config
    routes: list[BaseRoute] = [
        *_health(services),
        *metrics.routes(services),
        *mail_routes,  # the busiest first: routes are tried in turn
        *login.routes(services),
        *login_steps.routes(services),
        *logins.routes(services),
        *invitations.routes(services),
        *single_sign_on.routes(services),
        *admin_invitations.routes(services),
        *second_factor.routes(services),
        *admin_second_factor.routes(services),
        *tokens.routes(services),
        *users.routes(services),
        *teams.routes(services),
        *accounts.routes(services),
        *app_setup.routes(services),
        *microsoft.routes(services),
        *history.routes(services),
        *sign_ins.routes(services),
        *sending.routes(services),
        *health.routes(services),
        *audit.routes(services),
        *archive.routes(services),
        *records.routes(services),
        *admin_webhooks.routes(services),
        *mailboxes.routes(services),
        *files.routes(services),
        *boilerplate.routes(services),
        *boilerplate_files.routes(services),
        *groups.routes(services),
        *personal.routes(services),
        *quiet_hours.routes(services),
        *favourites.routes(services),
        *picture_senders.routes(services),
        *outside_pictures.routes(services),
        *receipts.routes(services),
        *deeds.routes(services),
        *checks.routes(services),
        *provider_options.routes(services),
        *sign_in.routes(services),
        *webhooks.routes(services),
    ]
    routes += v1.routes(services, routes)
    routes += static.routes(static.find_ui(config.ui_dir), services.page_files)
    return Starlette(
        routes=routes,
        middleware=[
            Middleware(Guard, public_url=config.public_url, webhook_url=config.notification_url),
            Middleware(Cors, origins=config.cors_origins),
        ],
        exception_handlers={UseCaseError: on_use_case_error, HTTPException: on_http_exception},
    )


def create_worker_app(services: Services) -> Starlette:
    """What a process answers that only works: how it is doing, for those who run it."""
    return Starlette(
        routes=[*_health(services), *metrics.routes(services)],
        middleware=[Middleware(Guard, public_url=services.config.public_url)],
        exception_handlers={HTTPException: on_http_exception},
    )


def _health(services: Services) -> list[Route]:
    async def alive(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def ready(_: Request) -> Response:
        """Ready means that the database answers, and soon: who asks has more to ask."""
        try:
            async with asyncio.timeout(READY_WITHIN_S):
                await services.store.read(is_set_up)
        except Exception as problem:  # whatever it is, others are to be asked
            log.warning("ready.not", **place_of(problem))
            return PlainTextResponse("The database does not answer.\n", status_code=503)
        return PlainTextResponse("ready\n")

    return [Route("/healthz", alive), Route("/readyz", ready)]
