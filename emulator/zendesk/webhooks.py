"""The endpoints of webhooks.

https://developer.zendesk.com/api-reference/webhooks/webhooks-api/webhooks/
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar
from urllib.parse import urlsplit

from emulator.kernel.http import JsonValue, Response
from emulator.zendesk import errors
from emulator.zendesk.call import Call
from emulator.zendesk.render import JsonObject
from emulator.zendesk.times import stamp
from emulator.zendesk.webhook_store import CONDITIONAL, EVENT_PREFIX, Hook, Hooks, Invocation

_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
_FORMATS = frozenset({"json", "xml", "form_encoded"})
_STATUSES = frozenset({"active", "inactive"})
_PAGE = 100

_HasId = TypeVar("_HasId", Hook, Invocation)


class Webhooks:
    def __init__(self, hooks: Hooks) -> None:
        self._hooks = hooks

    def list_hooks(self, call: Call) -> Response:
        """The newest first."""
        name = call.request.first("filter[name_contains]") or ""
        status = call.request.first("filter[status]")
        found = [
            hook
            for hook in reversed(self._hooks.by_id.values())
            if name.lower() in hook.name.lower() and status in {None, hook.status}
        ]
        hooks, meta = _page(call, found)
        return Response.of_json({"meta": meta, "webhooks": [_shown(hook) for hook in hooks]})

    def show(self, call: Call) -> Response:
        return Response.of_json({"webhook": _shown(self._found(call))})

    def create(self, call: Call) -> Response:
        given = call.record("webhook")
        hook = Hook(
            id=self._hooks.new_id(),
            name="",
            endpoint="",
            http_method="POST",
            request_format="json",
            status="active",
            subscriptions=(),
            secret=self._hooks.new_secret(),
            created_at=call.desk.second,
            created_by=call.who.user_id,
        )
        for name in ("name", "endpoint", "http_method", "request_format", "status"):
            if not given.get(name):
                raise _flaw(f"{name} is required")
        hook = _changed(hook, given)
        self._hooks.put(hook)
        return Response.of_json({"webhook": _shown(hook)}, 201)

    def update(self, call: Call) -> Response:
        """PUT and PATCH alike answer with nothing."""
        hook = self._found(call)
        changed = _changed(hook, call.record("webhook"))
        if hook.subscriptions and changed.is_conditional != hook.is_conditional:
            raise _flaw("a webhook cannot change between events and triggers")
        changed = replace(changed, updated_at=call.desk.second, updated_by=call.who.user_id)
        self._hooks.put(changed)
        return Response(204)

    def delete(self, call: Call) -> Response:
        self._hooks.drop(self._found(call).id)
        return Response(204)

    def show_secret(self, call: Call) -> Response:
        return _secret(self._found(call), 200)

    def reset_secret(self, call: Call) -> Response:
        hook = replace(self._found(call), secret=self._hooks.new_secret())
        self._hooks.put(hook)
        return _secret(hook, 201)

    def list_invocations(self, call: Call) -> Response:
        """The newest first."""
        found = list(reversed(self._hooks.invocations[self._found(call).id]))
        rows, meta = _page(call, [row for row in found if row.attempts])
        return Response.of_json({"meta": meta, "invocations": [_invocation(row) for row in rows]})

    def list_attempts(self, call: Call) -> Response:
        hook = self._found(call)
        wanted = call.request.path_values["invocation_id"]
        for invocation in self._hooks.invocations[hook.id]:
            if invocation.id == wanted:
                return Response.of_json({"attempts": _attempts(invocation)})
        raise _missing()

    def _found(self, call: Call) -> Hook:
        hook = self._hooks.by_id.get(call.request.path_values["id"])
        if hook is None:
            raise _missing()
        return hook


def _missing() -> errors.Refused:
    return errors.coded(404, "WebhookNotFound", "Webhook not found")


def _flaw(title: str) -> errors.Refused:
    return errors.coded(400, "InvalidWebhook", title)


def _page(call: Call, rows: Sequence[_HasId]) -> tuple[Sequence[_HasId], JsonObject]:
    text = call.request.first("page[size]") or str(_PAGE)
    if not text.isdigit() or not 1 <= int(text) <= _PAGE:
        raise errors.coded(400, "InvalidPaginationParameter", "page[size] is not valid")
    after = call.request.first("page[after]")
    if after:
        last = _row_of(after)
        rows = [row for row in rows if row.id < last]
    shown = rows[: int(text)]
    has_more = len(rows) > len(shown)
    meta: JsonObject = {"has_more": has_more}
    if has_more:
        meta["after_cursor"] = base64.b64encode(f"{shown[-1].id},desc".encode()).decode()
    return shown, meta


def _row_of(cursor: str) -> str:
    try:
        return base64.b64decode(cursor, validate=True).decode().partition(",")[0]
    except (binascii.Error, ValueError):
        raise errors.coded(400, "InvalidPaginationParameter", "page[after] is not valid") from None


def _changed(hook: Hook, given: JsonObject) -> Hook:
    """The webhook with what was sent; raises `Refused` (400)."""
    hook = replace(
        hook,
        name=_word(given, "name", hook.name),
        description=_word(given, "description", hook.description or "") or None,
        endpoint=_endpoint(_word(given, "endpoint", hook.endpoint)),
        http_method=_one_of(_METHODS, "http_method", _word(given, "http_method", hook.http_method)),
        request_format=_one_of(
            _FORMATS, "request_format", _word(given, "request_format", hook.request_format)
        ),
        status=_one_of(_STATUSES, "status", _word(given, "status", hook.status)),
    )
    if "subscriptions" in given:
        hook = replace(hook, subscriptions=_subscriptions(given["subscriptions"]))
    authentication = given.get("authentication", hook.authentication)
    headers = given.get("custom_headers")
    if isinstance(headers, dict):
        pairs = tuple((name, str(value)) for name, value in headers.items())
        hook = replace(hook, custom_headers=pairs)
    return replace(
        hook, authentication=authentication if isinstance(authentication, dict) else None
    )


def _word(given: JsonObject, name: str, held: str) -> str:
    value = given.get(name, held)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _flaw(f"{name} must be a string")
    return value


def _one_of(words: frozenset[str], name: str, value: str) -> str:
    if value not in words:
        raise _flaw(f"{name} must be one of {', '.join(sorted(words))}")
    return value


def _endpoint(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise _flaw("endpoint must be a URL")
    return url


def _subscriptions(value: JsonValue) -> tuple[str, ...]:
    """Either triggers and automations, or event types: never both."""
    names = tuple(str(name) for name in value) if isinstance(value, list) else ()
    are_events = [name.startswith(EVENT_PREFIX) for name in names]
    if not all(are_events) and names != (CONDITIONAL,):
        raise _flaw(f"subscriptions are {CONDITIONAL} alone or event types")
    return names


def _shown(hook: Hook) -> JsonObject:
    """Keys without a value are left out, as recorded."""
    row: JsonObject = {"id": hook.id, "name": hook.name}
    if hook.description:
        row["description"] = hook.description
    row |= {
        "status": hook.status,
        "subscriptions": list(hook.subscriptions),
        "created_at": stamp(hook.created_at),
        "created_by": str(hook.created_by),
    }
    if hook.updated_at is not None:
        row |= {"updated_at": stamp(hook.updated_at), "updated_by": str(hook.updated_by)}
    row |= {
        "endpoint": hook.endpoint,
        "http_method": hook.http_method,
        "request_format": hook.request_format,
    }
    if hook.authentication is not None:
        row["authentication"] = _without_secrets(hook.authentication)
    if hook.custom_headers:
        row["custom_headers"] = dict(hook.custom_headers)
    return row


def _without_secrets(authentication: dict[str, JsonValue]) -> JsonObject:
    shown: JsonObject = {"type": authentication.get("type")}
    data = authentication.get("data")
    if isinstance(data, dict) and "username" in data:
        shown["data"] = {"username": data["username"]}
    return shown | {"add_position": authentication.get("add_position", "header")}


def _secret(hook: Hook, status: int) -> Response:
    body = {"signing_secret": {"secret": hook.secret, "algorithm": "SHA256"}}
    return Response.of_json(body, status)


def _invocation(row: Invocation) -> JsonObject:
    last = row.attempts[-1]
    shown: JsonObject = {"id": row.id}
    if last.status_code is not None:
        shown["status_code"] = last.status_code
    return shown | {"status": last.status, "latest_completed_at": stamp(last.completed_at)}


def _attempts(row: Invocation) -> list[JsonObject]:
    """The newest first."""
    shown = []
    for attempt in reversed(row.attempts):
        entry: JsonObject = {"id": row.hook_id, "invocation_id": row.id}
        if attempt.status_code is not None:
            entry["status_code"] = attempt.status_code
        entry["status"] = attempt.status
        if attempt.headers:
            headers: list[JsonValue] = [
                {"key": name, "value": value} for name, value in attempt.headers
            ]
            entry["request"] = {"headers": headers, "payload": attempt.payload}
        shown.append(entry | {"completed_at": stamp(attempt.completed_at)})
    return shown
