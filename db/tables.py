"""The cache's tables, the same on SQLite and PostgreSQL.

Record ids are `<desk key>/<external id>`: children name their parent without a look-up.
Instants are whole microseconds since the epoch (UTC); observation times are float seconds of our
own clock, which are never compared with a provider's.
"""

from __future__ import annotations

from functools import cache

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from db.columns import Instant, evidence, metadata

desk = Table(
    "desk",
    metadata,
    Column("key", Text, primary_key=True),
    Column("provider", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("account", Text),
    Column("state", Text, nullable=False),
    Column("caught_up_at", Float(53)),
    Column("reached_at", Float(53)),
    Column("problem_code", Text),
    Column("problem_message", Text),
    Column("problem_hint", Text),
    Column("problem_since", Float(53)),
    Column("lease_holder", Text),
    Column("lease_until", Float(53)),
    Column("lease_fence", BigInteger, nullable=False, server_default="0"),
    Column("clock_offset", Float(53)),
)

lane = Table(
    "lane",
    metadata,
    Column("desk", Text, ForeignKey("desk.key"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("cursor", Text),
    Column("started_at", Float(53)),
    Column("finished_at", Float(53)),
    Column("ran_at", Float(53)),
    Column("done", BigInteger, nullable=False, server_default="0"),
    Column("total", BigInteger),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("problem", Text),
)

ticket = Table(
    "ticket",
    metadata,
    Column("id", Text, primary_key=True),
    Column("desk", Text, ForeignKey("desk.key"), nullable=False),
    Column("external_id", Text, nullable=False),
    Column("gone", Boolean, nullable=False, server_default=text("false")),
    Column("merged_into", Text),
    Column("subject", Text),
    Column("description", Text),
    Column("status", Text, nullable=False),
    Column("native_status", Text, nullable=False),
    Column("priority", Text),
    Column("priority_rank", Integer, nullable=False, server_default="0"),
    Column("native_priority", Text),
    Column("channel", Text, nullable=False),
    Column("requester_id", Text),
    Column("assignee_id", Text),
    Column("team_id", Text),
    Column("organization_id", Text),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("solved_at", Instant),
    Column("due_at", Instant),
    Column("snoozed_until", Instant),
    Column("waiting_since", Instant),
    Column("external_url", Text),
    Column("external_reference", Text),
    Column("extra", Text),
    Column("has_odd_text", Boolean, nullable=False, server_default=text("false")),
    Column("source", Text, nullable=False),
    Column("observed_at", Float(53), nullable=False),
    Index(None, "updated_at", "id"),
    Index(None, "created_at", "id"),
    Index(None, "desk", "updated_at", "id"),
    Index(None, "status", "updated_at", "id"),
    Index(None, "priority_rank", "id"),
    Index(None, "requester_id", "updated_at"),
    Index(None, "assignee_id", "updated_at"),
)

ticket_part = Table(
    "ticket_part",
    metadata,
    Column("ticket_id", Text, primary_key=True),
    Column("part", Text, primary_key=True),
    Column("desk", Text, nullable=False),
    *evidence(),
    Column("need", Float(53)),
    Column("wanted_version", BigInteger),
)
Index(
    "ix_ticket_part_open_need",
    ticket_part.c.desk,
    ticket_part.c.need,
    postgresql_where=ticket_part.c.need.is_not(None),
    sqlite_where=ticket_part.c.need.is_not(None),
)

ticket_tag = Table(
    "ticket_tag",
    metadata,
    Column("ticket_id", Text, primary_key=True),
    Column("tag", Text, primary_key=True),
    Column("desk", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Index(None, "tag", "status", "updated_at", "ticket_id"),
    Index(None, "tag", "updated_at", "ticket_id"),
)

custom_field_value = Table(
    "custom_field_value",
    metadata,
    Column("ticket_id", Text, primary_key=True),
    Column("field_id", Text, primary_key=True),
    Column("value", Text, nullable=False),
    Index(None, "field_id", "value"),
)

comment = Table(
    "comment",
    metadata,
    Column("id", Text, primary_key=True),
    Column("desk", Text, ForeignKey("desk.key"), nullable=False),
    Column("external_id", Text, nullable=False),
    Column("ticket_id", Text, nullable=False),
    Column("gone", Boolean, nullable=False, server_default=text("false")),
    Column("author_id", Text),
    Column("author_role", Text, nullable=False),
    Column("visibility", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("body_html", Text),
    Column("channel", Text, nullable=False),
    Column("delivery", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("external_reference", Text),
    Column("source", Text, nullable=False),
    Column("observed_at", Float(53), nullable=False),
    *evidence(),
    Index(None, "ticket_id", "created_at", "id"),
)

attachment = Table(
    "attachment",
    metadata,
    Column("id", Text, primary_key=True),
    Column("comment_id", Text, nullable=False, index=True),
    Column("external_id", Text, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("content_type", Text, nullable=False),
    Column("byte_size", BigInteger),
    Column("url", Text, nullable=False),
)

person = Table(
    "person",
    metadata,
    Column("id", Text, primary_key=True),
    Column("desk", Text, ForeignKey("desk.key"), nullable=False),
    Column("external_id", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("name", Text),
    Column("email", Text),
    Column("email_key", Text),
    Column("phone", Text),
    Column("organization_id", Text),
    Column("external_reference", Text),
    Column("active", Boolean, nullable=False),
    Column("is_partial", Boolean, nullable=False),
    Column("updated_at", Instant),
    Column("source", Text, nullable=False),
    Column("observed_at", Float(53), nullable=False),
    *evidence(),
    Index(None, "role", "id"),
    Index(None, "email_key", "desk"),
)

person_team = Table(
    "person_team",
    metadata,
    Column("person_id", Text, primary_key=True),
    Column("team_id", Text, primary_key=True),
)

organization = Table(
    "organization",
    metadata,
    Column("id", Text, primary_key=True),
    Column("desk", Text, ForeignKey("desk.key"), nullable=False),
    Column("external_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("external_reference", Text),
    Column("active", Boolean, nullable=False),
    Column("source", Text, nullable=False),
    Column("observed_at", Float(53), nullable=False),
    *evidence(),
)

team = Table(
    "team",
    metadata,
    Column("id", Text, primary_key=True),
    Column("desk", Text, ForeignKey("desk.key"), nullable=False),
    Column("external_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("source", Text, nullable=False),
    Column("observed_at", Float(53), nullable=False),
    *evidence(),
)

ticket_field = Table(
    "ticket_field",
    metadata,
    Column("id", Text, primary_key=True),
    Column("desk", Text, ForeignKey("desk.key"), nullable=False),
    Column("external_id", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("required", Boolean, nullable=False),
    Column("options", Text),
    Column("active", Boolean, nullable=False),
    Column("source", Text, nullable=False),
    Column("observed_at", Float(53), nullable=False),
    *evidence(),
)

raw_payload = Table(
    "raw_payload",
    metadata,
    Column("ticket_id", Text, primary_key=True),
    Column("payload", LargeBinary, nullable=False),
)

operation = Table(
    "operation",
    metadata,
    Column("id", Text, primary_key=True),
    Column("key", Text, nullable=False),
    Column("step", Integer, nullable=False),
    Column("desk", Text, ForeignKey("desk.key"), nullable=False),
    Column("ticket_id", Text, index=True),
    Column("kind", Text, nullable=False),
    Column("safety", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("lane_key", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("unsent_attempt", Integer),
    Column("first_attempt_at", Float(53)),
    Column("last_attempt_at", Float(53)),
    Column("stamp", BigInteger),
    Column("above_version", BigInteger),
    Column("error", Text),
    Column("comment_id", Text),
    Column("closed_until", Float(53)),
    Column("expected_version", BigInteger),
    Column("created_at", Float(53), nullable=False),
    Column("settled_at", Float(53)),
    UniqueConstraint("key", "step"),
    Index(None, "lane_key", "created_at"),
    Index(None, "created_at", "id"),
)
Index(
    "ix_operation_open",
    operation.c.desk,
    operation.c.created_at,
    postgresql_where=operation.c.settled_at.is_(None),
    sqlite_where=operation.c.settled_at.is_(None),
)

overlay = Table(
    "overlay",
    metadata,
    Column("operation_id", Text, primary_key=True),
    Column("ticket_id", Text, nullable=False, index=True),
    Column("part", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("replied_at", Float(53), nullable=False),
    Column("stamp", BigInteger),
)

inbox = Table(
    "inbox",
    metadata,
    Column("desk", Text, ForeignKey("desk.key"), primary_key=True),
    Column("event", Text, primary_key=True),
    Column("ticket_id", Text),
    Column("version", BigInteger),
    Column("received_at", Float(53), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("handled_at", Float(53)),
)
Index(
    "ix_inbox_waiting",
    inbox.c.desk,
    inbox.c.received_at,
    postgresql_where=inbox.c.handled_at.is_(None),
    sqlite_where=inbox.c.handled_at.is_(None),
)

change = Table(
    "change",
    metadata,
    Column("position", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("ticket_id", Text, nullable=False),
    Column("desk", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("changed", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("at", Float(53), nullable=False),
    sqlite_autoincrement=True,
)

counter = Table(
    "counter",
    metadata,
    Column("desk", Text, ForeignKey("desk.key"), primary_key=True),
    Column("status", Text, primary_key=True),
    Column("priority", Text, primary_key=True),
    Column("tickets", BigInteger, nullable=False),
)

api_key = Table(
    "api_key",
    metadata,
    Column("prefix", Text, primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    Column("name", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("desks", Text),
    Column("created_at", Float(53), nullable=False),
    Column("revoked_at", Float(53)),
)

oauth_grant = Table(
    "oauth_grant",
    metadata,
    Column("desk", Text, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("saved_at", Float(53), nullable=False),
)

setting = Table(
    "setting",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)


@cache
def create_script() -> str:
    """Every table and index as SQLite statements, for a cache in memory."""
    dialect = sqlite.dialect()
    statements = []
    for table in metadata.sorted_tables:
        statements.append(str(CreateTable(table).compile(dialect=dialect)))
        statements += [
            str(CreateIndex(index).compile(dialect=dialect))
            for index in sorted(table.indexes, key=lambda index: str(index.name))
        ]
    return ";\n".join(statements) + ";"
