"""What the emulated people do seldom or never: merges, and purges that leave no trace anywhere."""

from __future__ import annotations

from emulator.gorgias import changes as gorgias
from emulator.gorgias.service import GorgiasService
from emulator.zendesk import ticket_write as zendesk
from emulator.zendesk.service import ZendeskService

Service = GorgiasService | ZendeskService


def purge(service: Service, ticket_id: int) -> str:
    """No feed, no event and no list tells of it."""
    service.advance()
    if isinstance(service, GorgiasService):
        ticket = service._desk.store.tickets.get(ticket_id)
        if ticket is not None:
            gorgias._erase(service._desk, ticket)
    elif service._desk.live_ticket(ticket_id) is not None:
        service._desk.tickets.drop(ticket_id, now=service._desk.now)
    return f"Ticket {ticket_id} was purged"


def merge(service: Service, source_id: int, target_id: int) -> str:
    service.advance()
    if isinstance(service, GorgiasService):
        held = service._desk.store.tickets
        source, target = held.get(source_id), held.get(target_id)
        if source is not None and target is not None:
            gorgias.merge_tickets(service._desk, source, target, service._desk.change(None))
    else:
        _merge_at_zendesk(service, source_id, target_id)
    return f"Ticket {source_id} was merged into ticket {target_id}"


def _merge_at_zendesk(service: ZendeskService, source_id: int, target_id: int) -> None:
    desk = service._desk
    source, target = desk.live_ticket(source_id), desk.live_ticket(target_id)
    if source is None or target is None or "closed" in (source.status, target.status):
        return
    writer = zendesk.Writer(desk.agent_ids[0], channel="web")
    words = {"source": f"Merged into #{target_id}", "target": f"#{source_id} was merged into this"}
    zendesk.merge_tickets(desk, target, source, writer, words=words)
