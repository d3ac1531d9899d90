"""Which function answers which path."""

from __future__ import annotations

from collections.abc import Iterator

from emulator.gorgias import (
    account,
    custom_fields,
    customers,
    events,
    integrations,
    messages,
    people,
    tags,
    tickets,
)
from emulator.gorgias.call import Endpoint

ROUTES: dict[str, dict[str, Endpoint]] = {
    "/api/account": {"GET": account.show_account},
    "/api/account/settings": {"GET": account.list_settings},
    "/api/tickets": {"GET": tickets.list_tickets, "POST": tickets.post_ticket},
    "/api/tickets/{ticket_id:int}": {
        "GET": tickets.show_ticket,
        "PUT": tickets.put_ticket,
        "DELETE": tickets.remove_ticket,
    },
    "/api/tickets/{ticket_id:int}/tags": {
        "GET": tags.list_ticket_tags,
        "POST": tags.add_ticket_tags,
        "PUT": tags.set_ticket_tags,
        "DELETE": tags.remove_ticket_tags,
    },
    "/api/tickets/{ticket_id:int}/custom-fields": {
        "GET": custom_fields.list_ticket_values,
        "PUT": custom_fields.put_ticket_values,
    },
    "/api/tickets/{ticket_id:int}/custom-fields/{field_id:int}": {
        "PUT": custom_fields.put_ticket_value,
        "DELETE": custom_fields.remove_ticket_value,
    },
    "/api/tickets/{ticket_id:int}/messages": {
        "GET": messages.list_ticket_messages,
        "POST": messages.post_message,
    },
    "/api/tickets/{ticket_id:int}/messages/{message_id:int}": {
        "GET": messages.show_message,
        "PUT": messages.put_message,
        "DELETE": messages.remove_message,
    },
    "/api/messages": {"GET": messages.list_messages},
    "/api/tags": {
        "GET": tags.list_tags,
        "POST": tags.post_tag,
        "DELETE": tags.remove_tags,
    },
    "/api/tags/{tag_id:int}": {
        "GET": tags.show_tag,
        "PUT": tags.put_tag,
        "DELETE": tags.remove_tag,
    },
    "/api/tags/{tag_id:int}/merge": {"PUT": tags.merge_tags},
    "/api/custom-fields": {
        "GET": custom_fields.list_custom_fields,
        "POST": custom_fields.post_custom_field,
        "PUT": custom_fields.put_custom_fields,
    },
    "/api/custom-fields/{field_id:int}": {
        "GET": custom_fields.show_custom_field,
        "PUT": custom_fields.put_custom_field,
    },
    "/api/customers": {
        "GET": customers.list_customers,
        "POST": customers.post_customer,
        "DELETE": customers.remove_customers,
    },
    "/api/customers/merge": {"PUT": customers.merge_customers},
    "/api/customers/{customer_id:int}": {
        "GET": customers.show_customer,
        "PUT": customers.put_customer,
        "DELETE": customers.remove_customer,
    },
    "/api/customers/{customer_id:int}/data": {"PUT": customers.put_customer_data},
    "/api/customers/{customer_id:int}/custom-fields": {
        "GET": customers.list_customer_values,
        "PUT": customers.put_customer_values,
    },
    "/api/customers/{customer_id:int}/custom-fields/{field_id:int}": {
        "PUT": customers.put_customer_value,
        "DELETE": customers.remove_customer_value,
    },
    "/api/users": {"GET": people.list_users, "POST": people.post_user},
    "/api/users/{user_id:int}": {
        "GET": people.show_user,
        "PUT": people.put_user,
        "DELETE": people.remove_user,
    },
    "/api/teams": {"GET": people.list_teams, "POST": people.post_team},
    "/api/teams/{team_id:int}": {
        "GET": people.show_team,
        "PUT": people.put_team,
        "DELETE": people.remove_team,
    },
    "/api/events": {"GET": events.list_events},
    "/api/events/{event_id:int}": {"GET": events.show_event},
    "/api/integrations": {
        "GET": integrations.list_integrations,
        "POST": integrations.post_integration,
    },
    "/api/integrations/{integration_id:int}": {
        "GET": integrations.show_integration,
        "PUT": integrations.put_integration,
        "DELETE": integrations.remove_integration,
    },
}


def endpoints() -> Iterator[tuple[str, str, Endpoint]]:
    """(method, path pattern, function) of everything."""
    for pattern, methods in ROUTES.items():
        for method, endpoint in methods.items():
            yield method, pattern, endpoint
