"""Where each value of Zendesk's rows went: in the record, or left out for a reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from domain.observation import Gone, TicketSeen
from domain.records import Comment, JsonValue, Organization, Person, TicketCore
from tests.providers.accounting import Check, Json, is_empty, is_text, is_time, unaccounted

TICKET_LEFT_OUT: Mapping[str, str] = {
    "url": "the row's own API address, made of its id",
    "generated_timestamp": "the export's position, which only some replies have",
    "result_type": "search's word for the kind of a row",
    "satisfaction_probability": "only some replies have it",
}
PERSON_LEFT_OUT = frozenset(
    # What a user record tells and no feature shows: Zendesk keeps it.
    (
        *("alias", "authenticity_token", "chat_only", "created_at", "custom_role_id", "details"),
        *("iana_time_zone", "last_login_at", "locale", "locale_id", "moderator", "notes"),
        *("only_private_comments", "photo", "report_csv", "restricted_agent", "result_type"),
        *("role_type", "shared", "shared_agent", "signature", "suspended", "tags"),
        *("ticket_restriction", "time_zone", "two_factor_auth_enabled", "url", "user_fields"),
        "verified",
    )
)
ORGANIZATION_LEFT_OUT = frozenset(
    # What no feature shows.
    (
        *("created_at", "details", "domain_names", "group_id", "notes", "organization_fields"),
        *("result_type", "shared_comments", "shared_tickets", "tags", "url"),
    )
)
COMMENT_LEFT_OUT: Mapping[str, str] = {
    "type": "comments of all types are comments",
    "plain_body": "`body` without its marks",
    "audit_id": "where the comment stands in the log",
    "metadata": "the writer's machine; the event feed does not have it",
}


def ticket_gaps(row: Json, seen: TicketSeen) -> list[str]:
    if isinstance(seen.core, Gone):
        return [] if row["status"] == "deleted" else ["status"]
    core = seen.core
    if core is None:
        return ["core"]
    return unaccounted(row, dict(_ticket_checks(seen, core)), TICKET_LEFT_OUT)


def _ticket_checks(seen: TicketSeen, core: TicketCore) -> Iterator[tuple[str, Check]]:
    extra = core.extra
    yield "id", is_text(seen.external_id)
    yield "external_id", lambda value: value == seen.external_reference == extra.get("external_id")
    yield "status", is_text(core.native_status)
    yield "priority", is_text(core.native_priority)
    yield "subject", is_text(core.subject)
    yield "description", is_text(core.description)
    yield "raw_subject", is_text(extra.get("raw_subject", core.subject))
    yield "requester_id", is_text(core.requester_id)
    yield "assignee_id", is_text(core.assignee_id)
    yield "group_id", is_text(core.team_id)
    yield "organization_id", is_text(core.organization_id)
    yield "created_at", is_time(core.created_at)
    yield "updated_at", is_time(core.updated_at)
    yield "due_at", is_time(core.due_at)
    yield "ticket_form_id", is_text(extra.get("form_id"))
    for key in ("brand_id", "custom_status_id", "problem_id", "submitter_id", "forum_topic_id"):
        yield key, is_text(extra.get(key))
    for key in ("collaborator_ids", "email_cc_ids", "follower_ids", "followup_ids"):
        yield key, _has_members(extra.get(key))
    for key in ("type", "recipient", "has_incidents", "is_public", "satisfaction_rating"):
        yield key, _equals(extra.get(key))
    for key in ("allow_channelback", "allow_attachments", "from_messaging_channel"):
        yield key, _equals(extra.get(key))
    yield "tags", _has_members([*(seen.tags or ())])
    yield "custom_fields", _has_fields(seen.custom_fields or {})
    yield "fields", _has_fields(seen.custom_fields or {})
    yield "via", _has_via(core)


def _equals(seen: JsonValue) -> Check:
    return lambda value: value == seen


def _has_members(seen: JsonValue) -> Check:
    members = set(map(str, seen)) if isinstance(seen, list) else set()
    return lambda value: isinstance(value, list) and set(map(str, value)) == members


def _has_fields(seen: Mapping[str, JsonValue]) -> Check:
    def check(value: JsonValue) -> bool:
        rows = [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
        valued = {str(row["id"]): row["value"] for row in rows if row.get("value") is not None}
        return valued == dict(seen)

    return check


def _has_via(core: TicketCore) -> Check:
    def check(value: JsonValue) -> bool:
        if not isinstance(value, dict):
            return False
        source = value.get("source")
        told = {k: v for k, v in source.items() if not is_empty(v)} if source else {}  # type: ignore[union-attr]  # an object in every recording
        kept = core.extra.get("via_source", {})
        return value.get("channel") == core.extra.get("via_channel") and told == kept

    return check


def comment_gaps(row: Json, seen: Comment) -> list[str]:
    checks: dict[str, Check] = {
        "id": is_text(seen.external_id),
        "author_id": is_text(seen.author_id),
        "body": is_text(seen.body),
        "html_body": is_text(seen.body_html),
        "public": lambda value: value is (seen.visibility.value == "public"),
        "created_at": is_time(seen.created_at),
        "via": lambda value: isinstance(value, dict) and value.get("channel") is not None,
        "attachments": lambda value: (
            isinstance(value, list)
            and [member["id"] for member in value if isinstance(member, dict)]
            == [int(attachment.external_id) for attachment in seen.attachments]
        ),
    }
    return unaccounted(row, checks, COMMENT_LEFT_OUT)


def person_gaps(row: Json, seen: Person) -> list[str]:
    roles = {"end-user": "customer", "agent": "agent", "admin": "agent"}
    checks: dict[str, Check] = {
        "id": is_text(seen.external_id),
        "name": is_text(seen.name),
        "email": is_text(seen.email),
        "phone": is_text(seen.phone),
        "organization_id": is_text(seen.organization_id),
        "external_id": is_text(seen.external_reference),
        "default_group_id": lambda value: seen.team_ids == (str(value),),
        "active": lambda value: value is seen.active,
        "role": lambda value: roles.get(str(value)) == seen.role.value,
        "updated_at": is_time(seen.updated_at),
    }
    return unaccounted(row, checks, PERSON_LEFT_OUT)


def organization_gaps(row: Json, seen: Organization) -> list[str]:
    checks: dict[str, Check] = {
        "id": is_text(seen.external_id),
        "name": is_text(seen.name),
        "external_id": is_text(seen.external_reference),
        "updated_at": is_time(seen.updated_at),
    }
    return unaccounted(row, checks, ORGANIZATION_LEFT_OUT)
