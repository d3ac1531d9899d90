"""What a ticket's audits say about an attempt that met a conflict."""

from __future__ import annotations

from dataclasses import dataclass

from domain.http import Request, Response
from domain.records import Comment
from domain.writes import AuditReading, AuditVerdict
from integrations.ticketing import fields
from integrations.ticketing.document import parse_rows
from integrations.ticketing.fields import Row
from integrations.ticketing.zendesk.comments import parse_audit_comments
from integrations.ticketing.zendesk.lanes import PAGE_SIZE, raise_for
from integrations.ticketing.zendesk.writes import OPERATION_KEY, number


@dataclass(frozen=True, slots=True)
class Audit:
    version: int
    operation_id: str | None
    comments: tuple[Comment, ...]


def build_audits(ticket_id: str) -> Request:
    """https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_audits/"""
    query = (("sort", "-created_at"), ("page[size]", str(PAGE_SIZE)))
    return Request("GET", f"/api/v2/tickets/{number(ticket_id)}/audits", query)


def parse_audit(row: Row) -> Audit:
    custom = fields.child(fields.child(row, "metadata"), "custom")
    operation = custom.get(OPERATION_KEY)
    return Audit(
        fields.micros(fields.needed_moment(row, "created_at")),
        operation if isinstance(operation, str) else None,
        tuple(parse_audit_comments(row)),
    )


def parse_audits(response: Response, *, operation_id: str, stamp: int) -> AuditReading:
    """Our id: won. Without it, one newer than the stamp: lost for ever. Neither: not yet known.

    The winner of a stamp is the first audit after it. So "lost" needs a log that reaches back to
    the stamp: a page that ends in newer audits, with more behind it, proves nothing.
    """
    document = raise_for(response, doing="list audits")
    rows = document.rows("audits")
    audits = parse_rows(document, rows, lambda row, _: parse_audit(row), kind="audit")
    for audit in audits:
        if audit.operation_id == operation_id:
            return AuditReading(AuditVerdict.WON, next(iter(audit.comments), None))
    meta = document.body.get("meta")
    has_more = isinstance(meta, dict) and meta.get("has_more") is True
    is_whole = len(audits) == len(rows) and (
        not has_more or any(audit.version <= stamp for audit in audits)
    )
    if is_whole and any(audit.version > stamp for audit in audits):
        return AuditReading(AuditVerdict.LOST)
    return AuditReading(AuditVerdict.UNDECIDED)
