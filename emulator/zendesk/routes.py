"""Which endpoint answers which method and path. The hot ones come first."""

from __future__ import annotations

from dataclasses import dataclass

from emulator.zendesk import (
    comments,
    exports,
    organizations,
    reference,
    search,
    ticket_lists,
    tickets,
    users,
    webhooks,
)
from emulator.zendesk.call import Endpoint
from emulator.zendesk.idempotency import Replays
from emulator.zendesk.search_index import SearchIndex
from emulator.zendesk.webhook_store import Hooks


@dataclass(frozen=True, slots=True)
class Route:
    """`path` is below /api/v2. `for_admins`: agents get 403."""

    method: str
    path: str
    endpoint: Endpoint
    for_admins: bool = False


def all_routes(*, replays: Replays, index: SearchIndex, hooks: Hooks) -> list[Route]:
    return [
        *_ticket_routes(tickets.Creation(replays)),
        *_export_routes(),
        *_search_routes(search.Search(index)),
        *_people_routes(),
        *_reference_routes(),
        *_webhook_routes(webhooks.Webhooks(hooks)),
    ]


def _ticket_routes(creation: tickets.Creation) -> list[Route]:
    one = "/tickets/{id:int}"
    return [
        Route("GET", one, tickets.show),
        Route("GET", "/tickets", ticket_lists.list_tickets),
        Route("GET", "/tickets/show_many", ticket_lists.show_many),
        Route("GET", f"{one}/comments", comments.list_comments),
        Route("PUT", one, tickets.update),
        Route("POST", "/tickets", creation.create),
        Route("DELETE", one, tickets.delete),
        Route("GET", "/tickets/count", ticket_lists.count_tickets),
        Route("GET", f"{one}/audits", comments.list_audits),
        Route("GET", f"{one}/audits/count", comments.count_audits),
        Route("GET", f"{one}/audits/{{audit_id:int}}", comments.show_audit),
        Route("GET", f"{one}/comments/count", comments.count_comments),
        Route("PUT", f"{one}/comments/{{comment_id:int}}/make_private", comments.make_private),
        Route("PUT", f"{one}/comments/{{comment_id:int}}/redact", comments.redact),
        Route("GET", f"{one}/tags", tickets.show_tags),
        Route("POST", f"{one}/tags", tickets.set_tags),
        Route("PUT", f"{one}/tags", tickets.add_tags),
        Route("DELETE", f"{one}/tags", tickets.remove_tags),
        Route("GET", "/ticket_audits", comments.list_all_audits, for_admins=True),
        Route("GET", "/deleted_tickets", tickets.list_deleted),
        Route("PUT", "/deleted_tickets/{id:int}/restore", tickets.restore),
    ]


def _export_routes() -> list[Route]:
    feeds = {
        "tickets/cursor": exports.tickets_by_cursor,
        "tickets": exports.tickets_by_time,
        "tickets/sample": exports.tickets_sample,
        "ticket_events": exports.ticket_events,
        "users/cursor": exports.users_by_cursor,
        "users": exports.users_by_time,
        "users/sample": exports.users_sample,
        "organizations": exports.organizations_by_time,
    }
    return [
        Route("GET", f"/incremental/{name}", endpoint, for_admins=True)
        for name, endpoint in feeds.items()
    ]


def _search_routes(endpoints: search.Search) -> list[Route]:
    return [
        Route("GET", "/search", endpoints.search),
        Route("GET", "/search/count", endpoints.count),
        Route("GET", "/search/export", endpoints.export),
    ]


def _people_routes() -> list[Route]:
    user, organization = "/users/{id:int}", "/organizations/{id:int}"
    return [
        Route("GET", "/users/me", users.show_me),
        Route("GET", user, users.show),
        Route("GET", "/users", users.list_users),
        Route("GET", "/users/show_many", users.show_many),
        Route("GET", "/users/search", users.search),
        Route("GET", "/users/count", users.count_users),
        Route("POST", "/users/create_or_update", users.create_or_update),
        Route("POST", "/users", users.create),
        Route("PUT", user, users.update),
        Route("DELETE", user, users.delete, for_admins=True),
        Route("GET", f"{user}/tickets/requested", ticket_lists.requested_tickets),
        Route("GET", f"{user}/tickets/assigned", ticket_lists.assigned_tickets),
        Route("GET", f"{user}/tickets/ccd", ticket_lists.copied_tickets),
        Route("GET", f"{user}/organizations", organizations.user_organizations),
        Route("GET", f"{user}/group_memberships", reference.user_memberships),
        Route("GET", organization, organizations.show),
        Route("GET", "/organizations", organizations.list_organizations),
        Route("GET", "/organizations/show_many", organizations.show_many),
        Route("GET", "/organizations/search", organizations.search),
        Route("GET", "/organizations/count", organizations.count_organizations),
        Route("POST", "/organizations/create_or_update", organizations.create_or_update),
        Route("POST", "/organizations", organizations.create),
        Route("PUT", organization, organizations.update),
        Route("DELETE", organization, organizations.delete, for_admins=True),
        Route("GET", f"{organization}/tickets", ticket_lists.organization_tickets),
        Route("GET", f"{organization}/users", organizations.organization_users),
        Route("GET", f"{organization}/tags", organizations.show_tags),
        Route("POST", f"{organization}/tags", organizations.set_tags),
        Route("PUT", f"{organization}/tags", organizations.add_tags),
        Route("DELETE", f"{organization}/tags", organizations.remove_tags),
    ]


def _reference_routes() -> list[Route]:
    group, membership = "/groups/{id:int}", "/group_memberships/{id:int}"
    field = "/ticket_fields/{id:int}"
    return [
        Route("GET", "/groups", reference.list_groups),
        Route("GET", "/groups/assignable", reference.list_groups),
        Route("GET", "/groups/count", reference.count_groups),
        Route("GET", group, reference.show_group),
        Route("POST", "/groups", reference.create_group, for_admins=True),
        Route("PUT", group, reference.update_group, for_admins=True),
        Route("DELETE", group, reference.delete_group, for_admins=True),
        Route("GET", f"{group}/users", reference.group_users),
        Route("GET", f"{group}/memberships", reference.group_memberships),
        Route("GET", "/group_memberships", reference.list_memberships),
        Route("GET", membership, reference.show_membership),
        Route("POST", "/group_memberships", reference.create_membership, for_admins=True),
        Route("DELETE", membership, reference.delete_membership, for_admins=True),
        Route("GET", "/ticket_fields", reference.list_fields),
        Route("GET", "/ticket_fields/count", reference.count_fields),
        Route("GET", field, reference.show_field),
        Route("POST", "/ticket_fields", reference.create_field, for_admins=True),
        Route("PUT", field, reference.update_field, for_admins=True),
        Route("DELETE", field, reference.delete_field, for_admins=True),
        Route("GET", "/tags", reference.list_tags),
        Route("GET", "/tags/count", reference.count_tags),
        Route("GET", "/custom_statuses", reference.list_statuses),
        Route("GET", "/custom_statuses/{id:int}", reference.show_status),
        Route("GET", "/account/settings", reference.show_settings),
        Route("GET", "/account", reference.show_account),
    ]


def _webhook_routes(endpoints: webhooks.Webhooks) -> list[Route]:
    one = "/webhooks/{id}"
    secret, invocation = f"{one}/signing_secret", f"{one}/invocations/{{invocation_id}}"
    routes = {
        ("GET", "/webhooks"): endpoints.list_hooks,
        ("POST", "/webhooks"): endpoints.create,
        ("GET", one): endpoints.show,
        ("PUT", one): endpoints.update,
        ("PATCH", one): endpoints.update,
        ("DELETE", one): endpoints.delete,
        ("GET", secret): endpoints.show_secret,
        ("POST", secret): endpoints.reset_secret,
        ("GET", f"{one}/invocations"): endpoints.list_invocations,
        ("GET", f"{invocation}/attempts"): endpoints.list_attempts,
    }
    return [
        Route(method, path, endpoint, for_admins=True)
        for (method, path), endpoint in routes.items()
    ]
