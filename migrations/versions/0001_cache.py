"""The cache as it was first released."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

TABLES = (
    "api_key",
    "attachment",
    "change",
    "custom_field_value",
    "desk",
    "oauth_grant",
    "overlay",
    "person_team",
    "raw_payload",
    "setting",
    "ticket_part",
    "ticket_tag",
    "comment",
    "counter",
    "inbox",
    "lane",
    "operation",
    "organization",
    "person",
    "team",
    "ticket",
    "ticket_field",
)
"""In the order in which they are made: parents first."""


def upgrade() -> None:
    op.create_table(
        "api_key",
        sa.Column("prefix", sa.Text, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("scopes", sa.Text, nullable=False),
        sa.Column("desks", sa.Text),
        sa.Column("created_at", sa.Float(precision=53), nullable=False),
        sa.Column("revoked_at", sa.Float(precision=53)),
        sa.PrimaryKeyConstraint("prefix", name=op.f("pk_api_key")),
    )
    op.create_table(
        "attachment",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("comment_id", sa.Text, nullable=False),
        sa.Column("external_id", sa.Text, nullable=False),
        sa.Column("file_name", sa.Text, nullable=False),
        sa.Column("content_type", sa.Text, nullable=False),
        sa.Column("byte_size", sa.BigInteger),
        sa.Column("url", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
    )
    op.create_index(op.f("ix_attachment_comment_id"), "attachment", ["comment_id"])
    op.create_table(
        "change",
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ticket_id", sa.Text, nullable=False),
        sa.Column("desk", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("changed", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("at", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_change")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "custom_field_value",
        sa.Column("ticket_id", sa.Text, nullable=False),
        sa.Column("field_id", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", "field_id", name=op.f("pk_custom_field_value")),
    )
    op.create_index(
        op.f("ix_custom_field_value_field_id_value"), "custom_field_value", ["field_id", "value"]
    )
    op.create_table(
        "desk",
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("account", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("caught_up_at", sa.Float(precision=53)),
        sa.Column("reached_at", sa.Float(precision=53)),
        sa.Column("problem_code", sa.Text),
        sa.Column("problem_message", sa.Text),
        sa.Column("problem_hint", sa.Text),
        sa.Column("problem_since", sa.Float(precision=53)),
        sa.Column("lease_holder", sa.Text),
        sa.Column("lease_until", sa.Float(precision=53)),
        sa.Column("lease_fence", sa.BigInteger, server_default="0", nullable=False),
        sa.Column("clock_offset", sa.Float(precision=53)),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_desk")),
    )
    op.create_table(
        "oauth_grant",
        sa.Column("desk", sa.Text, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("saved_at", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint("desk", name=op.f("pk_oauth_grant")),
    )
    op.create_table(
        "overlay",
        sa.Column("operation_id", sa.Text, nullable=False),
        sa.Column("ticket_id", sa.Text, nullable=False),
        sa.Column("part", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("replied_at", sa.Float(precision=53), nullable=False),
        sa.Column("stamp", sa.BigInteger),
        sa.PrimaryKeyConstraint("operation_id", name=op.f("pk_overlay")),
    )
    op.create_index(op.f("ix_overlay_ticket_id"), "overlay", ["ticket_id"])
    op.create_table(
        "person_team",
        sa.Column("person_id", sa.Text, nullable=False),
        sa.Column("team_id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("person_id", "team_id", name=op.f("pk_person_team")),
    )
    op.create_table(
        "raw_payload",
        sa.Column("ticket_id", sa.Text, nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_raw_payload")),
    )
    op.create_table(
        "setting",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_setting")),
    )
    op.create_table(
        "ticket_part",
        sa.Column("ticket_id", sa.Text, nullable=False),
        sa.Column("part", sa.Text, nullable=False),
        sa.Column("desk", sa.Text, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("version", sa.BigInteger),
        sa.Column("seen_from", sa.Float(precision=53), nullable=False),
        sa.Column("seen_to", sa.Float(precision=53), nullable=False),
        sa.Column("need", sa.Float(precision=53)),
        sa.Column("wanted_version", sa.BigInteger),
        sa.PrimaryKeyConstraint("ticket_id", "part", name=op.f("pk_ticket_part")),
    )
    op.create_index(
        "ix_ticket_part_open_need",
        "ticket_part",
        ["desk", "need"],
        postgresql_where=sa.text("need IS NOT NULL"),
        sqlite_where=sa.text("need IS NOT NULL"),
    )
    op.create_table(
        "ticket_tag",
        sa.Column("ticket_id", sa.Text, nullable=False),
        sa.Column("tag", sa.Text, nullable=False),
        sa.Column("desk", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", "tag", name=op.f("pk_ticket_tag")),
    )
    op.create_index(
        op.f("ix_ticket_tag_tag_status_updated_at_ticket_id"),
        "ticket_tag",
        ["tag", "status", "updated_at", "ticket_id"],
    )
    op.create_index(
        op.f("ix_ticket_tag_tag_updated_at_ticket_id"),
        "ticket_tag",
        ["tag", "updated_at", "ticket_id"],
    )
    op.create_table(
        "comment",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("desk", sa.Text, nullable=False),
        sa.Column("external_id", sa.Text, nullable=False),
        sa.Column("ticket_id", sa.Text, nullable=False),
        sa.Column("gone", sa.Boolean, server_default=sa.text("false"), nullable=False),
        sa.Column("author_id", sa.Text),
        sa.Column("author_role", sa.Text, nullable=False),
        sa.Column("visibility", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("body_html", sa.Text),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("delivery", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("external_reference", sa.Text),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("observed_at", sa.Float(precision=53), nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("version", sa.BigInteger),
        sa.Column("seen_from", sa.Float(precision=53), nullable=False),
        sa.Column("seen_to", sa.Float(precision=53), nullable=False),
        sa.ForeignKeyConstraint(["desk"], ["desk.key"], name=op.f("fk_comment_desk_desk")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment")),
    )
    op.create_index(
        op.f("ix_comment_ticket_id_created_at_id"), "comment", ["ticket_id", "created_at", "id"]
    )
    op.create_table(
        "counter",
        sa.Column("desk", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("priority", sa.Text, nullable=False),
        sa.Column("tickets", sa.BigInteger, nullable=False),
        sa.ForeignKeyConstraint(["desk"], ["desk.key"], name=op.f("fk_counter_desk_desk")),
        sa.PrimaryKeyConstraint("desk", "status", "priority", name=op.f("pk_counter")),
    )
    op.create_table(
        "inbox",
        sa.Column("desk", sa.Text, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("ticket_id", sa.Text),
        sa.Column("version", sa.BigInteger),
        sa.Column("received_at", sa.Float(precision=53), nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("handled_at", sa.Float(precision=53)),
        sa.ForeignKeyConstraint(["desk"], ["desk.key"], name=op.f("fk_inbox_desk_desk")),
        sa.PrimaryKeyConstraint("desk", "event", name=op.f("pk_inbox")),
    )
    op.create_index(
        "ix_inbox_waiting",
        "inbox",
        ["desk", "received_at"],
        postgresql_where=sa.text("handled_at IS NULL"),
        sqlite_where=sa.text("handled_at IS NULL"),
    )
    op.create_table(
        "lane",
        sa.Column("desk", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("cursor", sa.Text),
        sa.Column("started_at", sa.Float(precision=53)),
        sa.Column("finished_at", sa.Float(precision=53)),
        sa.Column("ran_at", sa.Float(precision=53)),
        sa.Column("done", sa.BigInteger, server_default="0", nullable=False),
        sa.Column("total", sa.BigInteger),
        sa.Column("failures", sa.Integer, server_default="0", nullable=False),
        sa.Column("problem", sa.Text),
        sa.ForeignKeyConstraint(["desk"], ["desk.key"], name=op.f("fk_lane_desk_desk")),
        sa.PrimaryKeyConstraint("desk", "name", name=op.f("pk_lane")),
    )
    op.create_table(
        "operation",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("step", sa.Integer, nullable=False),
        sa.Column("desk", sa.Text, nullable=False),
        sa.Column("ticket_id", sa.Text),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("safety", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False),
        sa.Column("lane_key", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, server_default="0", nullable=False),
        sa.Column("unsent_attempt", sa.Integer),
        sa.Column("first_attempt_at", sa.Float(precision=53)),
        sa.Column("last_attempt_at", sa.Float(precision=53)),
        sa.Column("stamp", sa.BigInteger),
        sa.Column("above_version", sa.BigInteger),
        sa.Column("error", sa.Text),
        sa.Column("comment_id", sa.Text),
        sa.Column("closed_until", sa.Float(precision=53)),
        sa.Column("expected_version", sa.BigInteger),
        sa.Column("created_at", sa.Float(precision=53), nullable=False),
        sa.Column("settled_at", sa.Float(precision=53)),
        sa.ForeignKeyConstraint(["desk"], ["desk.key"], name=op.f("fk_operation_desk_desk")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operation")),
        sa.UniqueConstraint("key", "step", name=op.f("uq_operation_key_step")),
    )
    op.create_index(op.f("ix_operation_created_at_id"), "operation", ["created_at", "id"])
    op.create_index(
        op.f("ix_operation_lane_key_created_at"), "operation", ["lane_key", "created_at"]
    )
    op.create_index(
        "ix_operation_open",
        "operation",
        ["desk", "created_at"],
        postgresql_where=sa.text("settled_at IS NULL"),
        sqlite_where=sa.text("settled_at IS NULL"),
    )
    op.create_index(op.f("ix_operation_ticket_id"), "operation", ["ticket_id"])
    op.create_table(
        "organization",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("desk", sa.Text, nullable=False),
        sa.Column("external_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("external_reference", sa.Text),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("observed_at", sa.Float(precision=53), nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("version", sa.BigInteger),
        sa.Column("seen_from", sa.Float(precision=53), nullable=False),
        sa.Column("seen_to", sa.Float(precision=53), nullable=False),
        sa.ForeignKeyConstraint(["desk"], ["desk.key"], name=op.f("fk_organization_desk_desk")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization")),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("desk", sa.Text, nullable=False),
        sa.Column("external_id", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("email", sa.Text),
        sa.Column("email_key", sa.Text),
        sa.Column("phone", sa.Text),
        sa.Column("organization_id", sa.Text),
        sa.Column("external_reference", sa.Text),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("is_partial", sa.Boolean, nullable=False),
        sa.Column("updated_at", sa.BigInteger),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("observed_at", sa.Float(precision=53), nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("version", sa.BigInteger),
        sa.Column("seen_from", sa.Float(precision=53), nullable=False),
        sa.Column("seen_to", sa.Float(precision=53), nullable=False),
        sa.ForeignKeyConstraint(["desk"], ["desk.key"], name=op.f("fk_person_desk_desk")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
    )
    op.create_index(op.f("ix_person_email_key_desk"), "person", ["email_key", "desk"])
    op.create_index(op.f("ix_person_role_id"), "person", ["role", "id"])
    op.create_table(
        "team",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("desk", sa.Text, nullable=False),
        sa.Column("external_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("observed_at", sa.Float(precision=53), nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("version", sa.BigInteger),
        sa.Column("seen_from", sa.Float(precision=53), nullable=False),
        sa.Column("seen_to", sa.Float(precision=53), nullable=False),
        sa.ForeignKeyConstraint(["desk"], ["desk.key"], name=op.f("fk_team_desk_desk")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
    )
    op.create_table(
        "ticket",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("desk", sa.Text, nullable=False),
        sa.Column("external_id", sa.Text, nullable=False),
        sa.Column("gone", sa.Boolean, server_default=sa.text("false"), nullable=False),
        sa.Column("merged_into", sa.Text),
        sa.Column("subject", sa.Text),
        sa.Column("description", sa.Text),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("native_status", sa.Text, nullable=False),
        sa.Column("priority", sa.Text),
        sa.Column("priority_rank", sa.Integer, server_default="0", nullable=False),
        sa.Column("native_priority", sa.Text),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("requester_id", sa.Text),
        sa.Column("assignee_id", sa.Text),
        sa.Column("team_id", sa.Text),
        sa.Column("organization_id", sa.Text),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.Column("solved_at", sa.BigInteger),
        sa.Column("due_at", sa.BigInteger),
        sa.Column("snoozed_until", sa.BigInteger),
        sa.Column("waiting_since", sa.BigInteger),
        sa.Column("external_url", sa.Text),
        sa.Column("external_reference", sa.Text),
        sa.Column("extra", sa.Text),
        sa.Column("has_odd_text", sa.Boolean, server_default=sa.text("false"), nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("observed_at", sa.Float(precision=53), nullable=False),
        sa.ForeignKeyConstraint(["desk"], ["desk.key"], name=op.f("fk_ticket_desk_desk")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket")),
    )
    op.create_index(
        op.f("ix_ticket_assignee_id_updated_at"), "ticket", ["assignee_id", "updated_at"]
    )
    op.create_index(op.f("ix_ticket_created_at_id"), "ticket", ["created_at", "id"])
    op.create_index(op.f("ix_ticket_desk_updated_at_id"), "ticket", ["desk", "updated_at", "id"])
    op.create_index(op.f("ix_ticket_priority_rank_id"), "ticket", ["priority_rank", "id"])
    op.create_index(
        op.f("ix_ticket_requester_id_updated_at"), "ticket", ["requester_id", "updated_at"]
    )
    op.create_index(
        op.f("ix_ticket_status_updated_at_id"), "ticket", ["status", "updated_at", "id"]
    )
    op.create_index(op.f("ix_ticket_updated_at_id"), "ticket", ["updated_at", "id"])
    op.create_table(
        "ticket_field",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("desk", sa.Text, nullable=False),
        sa.Column("external_id", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("required", sa.Boolean, nullable=False),
        sa.Column("options", sa.Text),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("observed_at", sa.Float(precision=53), nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("version", sa.BigInteger),
        sa.Column("seen_from", sa.Float(precision=53), nullable=False),
        sa.Column("seen_to", sa.Float(precision=53), nullable=False),
        sa.ForeignKeyConstraint(["desk"], ["desk.key"], name=op.f("fk_ticket_field_desk_desk")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_field")),
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
