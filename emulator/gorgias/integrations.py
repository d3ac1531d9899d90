"""`/api/integrations`: the desk's channels, and webhooks as integrations of type http."""

from __future__ import annotations

from dataclasses import replace

from emulator.gorgias.body import Body
from emulator.gorgias.call import Call
from emulator.gorgias.check import Anything, Flag, Moment, Rule, Shape, Text, Whole, checked_body
from emulator.gorgias.errors import answer, conflict, empty, flaw, not_found
from emulator.gorgias.records import Integration, JsonObject
from emulator.gorgias.stamps import moment_text, optional_text
from emulator.kernel.http import Response

TRIGGERS = (
    "ticket-created",
    "ticket-updated",
    "ticket-message-created",
    "ticket-self-unsnoozed",
    "ticket-message-failed",
    "ticket-assignment-updated",
    "ticket-status-updated",
    "ticket-handed-over",
)
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")
_HTTP = Shape(
    {
        "id": Whole(),
        "url": Text(shortest=1, nullable=False),
        "method": Text(choices=_METHODS, nullable=False),
        "headers": Shape(is_open=True),
        "form": Anything(),
        "request_content_type": Text(nullable=False),
        "response_content_type": Text(nullable=False),
        "hmac_secret": Text(),
        "triggers": Shape({name: Flag() for name in TRIGGERS}),
    },
    required=("url", "method", "request_content_type", "response_content_type"),
)
_FIELDS: dict[str, Rule] = {
    "name": Text(shortest=1, nullable=False),
    "type": Text(shortest=1, nullable=False),
    "description": Text(),
    "http": _HTTP,
    "business_hours_id": Whole(),
    "deactivated_datetime": Moment(),
}
_CREATE = Shape(_FIELDS, required=("name", "type"))
_UPDATE = Shape(_FIELDS, required=("name",))


def render_integration(record: Integration) -> JsonObject:
    """The secret never comes back."""
    return {
        "id": record.id,
        "uri": f"/api/integrations/{record.id}/",
        "name": record.name,
        "description": record.description,
        "type": record.type,
        "http": record.http,
        "meta": {"address": record.address} if record.address else {},
        "mappings": None,
        "business_hours_id": record.business_hours_id,
        "user": None if record.user_id is None else {"id": record.user_id},
        "created_datetime": moment_text(record.created),
        "updated_datetime": moment_text(record.updated),
        "deactivated_datetime": optional_text(record.deactivated),
        "deleted_datetime": None,
        "locked_datetime": None,
    }


def list_integrations(call: Call) -> Response:
    listing, query = call.listing(
        "created_datetime:asc",
        "created_datetime:desc",
        default="created_datetime:desc",
        filters={"type": Text()},
    )
    integrations, kind = call.store.integrations, query.text("type")
    keys = integrations.keys("created_datetime")
    if kind is not None:
        keys = integrations.sorted_keys("created_datetime", integrations.group("type", kind))
    page = listing.page(keys)
    found = (integrations.get(each) for each in page.ids)
    return listing.answer(page, [render_integration(each) for each in found if each is not None])


def show_integration(call: Call) -> Response:
    return answer(render_integration(_integration(call)))


def post_integration(call: Call) -> Response:
    call.caller.need_admin()
    body = checked_body(call.request, _CREATE)
    if body.text("type") != "http":
        raise flaw("type", "Must be one of: http.")
    if body.child("http") is None:
        raise flaw("http", "Missing data for required field.")
    change = call.change()
    stamp = change.stamp()
    integration_id = call.store.ids.take("integration")
    blank = Integration(integration_id, stamp, stamp, "http", "", user_id=change.by)
    integration = _with_given(blank, body)
    call.store.integrations.put(integration)
    change.log("integration-created", "Integration", integration.id)
    return answer(render_integration(integration), 201)


def put_integration(call: Call) -> Response:
    """A null `deactivated_datetime` switches it on again."""
    call.caller.need_admin()
    integration = _integration(call)
    body = checked_body(call.request, _UPDATE)
    change = call.change()
    changed = replace(_with_given(integration, body), updated=change.stamp())
    call.store.integrations.put(changed)
    change.log("integration-updated", "Integration", integration.id)
    return answer(render_integration(changed))


def remove_integration(call: Call) -> Response:
    call.caller.need_admin()
    integration = _integration(call)
    if integration.http is None:
        raise conflict("This integration is in use.")
    call.store.integrations.remove(integration.id)
    call.change().log("integration-deleted", "Integration", integration.id)
    return empty(204)


def _with_given(integration: Integration, body: Body) -> Integration:
    http = body.child("http")
    if http is not None and integration.type == "http":
        integration = replace(
            integration,
            http=_http(http, integration.id),
            hmac_secret=http.text("hmac_secret")
            if "hmac_secret" in http
            else integration.hmac_secret,
        )
    if "deactivated_datetime" in body:
        integration = replace(integration, deactivated=body.moment("deactivated_datetime"))
    if "description" in body:
        integration = replace(integration, description=body.text("description"))
    if "business_hours_id" in body:
        integration = replace(integration, business_hours_id=body.whole("business_hours_id"))
    return replace(integration, name=body.text("name") or integration.name)


def _http(http: Body, integration_id: int) -> JsonObject:
    given = http.child("triggers")
    triggers: JsonObject = {name: bool(given and given.flag(name)) for name in TRIGGERS}
    headers = http.raw("headers")
    return {
        "id": integration_id,
        "url": http.text("url"),
        "method": http.text("method"),
        "headers": headers if isinstance(headers, dict) else {},
        "form": http.raw("form"),
        "request_content_type": http.text("request_content_type"),
        "response_content_type": http.text("response_content_type"),
        "triggers": triggers,
    }


def _integration(call: Call) -> Integration:
    integration = call.store.integrations.get(call.path_id("integration_id"))
    if integration is None:
        raise not_found()
    return integration
