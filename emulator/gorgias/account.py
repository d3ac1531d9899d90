"""`/api/account` and its settings."""

from __future__ import annotations

from emulator.gorgias.call import Call
from emulator.gorgias.check import Text, checked_query
from emulator.gorgias.errors import answer
from emulator.gorgias.paging import page_rules
from emulator.gorgias.records import JsonObject
from emulator.gorgias.stamps import moment_text
from emulator.gorgias.store import Store
from emulator.kernel.http import JsonValue, Response


def show_account(call: Call) -> Response:
    checked_query(call.request, {})
    return answer(
        {
            "domain": call.desk.domain,
            "current_subscription": {
                "plan": call.desk.plan,
                "start_datetime": moment_text(call.desk.born),
                "status": "active",
            },
            "meta": {},
            "created_datetime": moment_text(call.desk.born),
            "deactivated_datetime": None,
            "settings": [*_settings(call.store)],
            "status": {"status": "active"},
        }
    )


def list_settings(call: Call) -> Response:
    """All at once: this list is not paged."""
    query = checked_query(call.request, {**page_rules(), "type": Text()})
    wanted = query.text("type")
    rows: list[JsonValue] = [
        setting for setting in _settings(call.store) if wanted in (None, setting["type"])
    ]
    return answer({"data": rows})


def _settings(store: Store) -> list[JsonObject]:
    mailbox = store.integrations.first("type", "email")
    contents: dict[str, JsonObject] = {
        "satisfaction-surveys": {
            "survey_interval": 2,
            "survey_email_html": "<div>How did we do? {{satisfaction_survey_url}}</div>",
            "survey_email_text": "How did we do? {{satisfaction_survey_url}}",
            "send_survey_for_chat": True,
            "send_survey_for_email": True,
            "send_survey_for_help_center": True,
            "send_survey_for_contact_form": True,
        },
        "business-hours": {
            "timezone": "UTC",
            "business_hours": [{"days": "1,2,3,4,5", "from_time": "09:00", "to_time": "17:00"}],
        },
        "ticket-assignment": {
            "unassign_on_reply": False,
            "assignment_channels": ["chat", "sms"],
            "auto_assign_to_teams": False,
            "max_user_chat_ticket": 3,
            "max_user_non_chat_ticket": 4,
        },
        "views-ordering": {"views": {}, "views_top": {}, "views_bottom": {}, "view_sections": {}},
        "access": {
            "signup_mode": "invite",
            "allowed_domains": [],
            "google_sso_enabled": True,
            "office365_sso_enabled": True,
        },
        "views-visibility": {"hidden_views": []},
        "auto-merge": {"tickets": {"enabled": False, "merging_window_days": 5}},
        "default-integration": {"email": mailbox.id if mailbox else None},
    }
    return [
        {"id": 158_001 + index, "type": kind, "data": content}
        for index, (kind, content) in enumerate(contents.items())
    ]
