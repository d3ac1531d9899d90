"""Whole data files go through the emulators and a backfill, and must read back equal.

    make verify-data FILES="threads.jsonl.gz more.jsonl.gz"

What is expected is read from the files here once more: the emulators' own reading is not trusted.
Every thread is one ticket; its subject, and each message's HTML, order, side and number, count.
The cache is compared with the files, and the GraphQL API with the cache.
"""

from __future__ import annotations

import asyncio
import gzip
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import orjson
from sqlalchemy import select

from api.demo.desks import World, emulated_desks
from api.progress import Screen, require_filled, watch
from api.service import Service, open_service
from api.settings import Environment, read_settings
from db.tables import comment, person, ticket
from domain.text import storable
from domain.words import PersonRole, Visibility
from schema.build import build_schema
from schema.context import Context, Scope, Viewer

Message = tuple[str, bool]
"""Its HTML, and whether a customer wrote it."""
Thread = tuple[str, tuple[Message, ...]]
"""Subject and messages, the question first."""

SHOWN = 5
QUERY = """
query Page($after: String) {
  tickets(first: 20, after: $after, orderBy: { field: CREATED_AT, direction: ASC }) {
    nodes {
      subject
      externalId
      desk { key }
      comments(first: 100) { nodes { externalId body visibility } pageInfo { hasNextPage } }
    }
    pageInfo { hasNextPage endCursor }
  }
}
"""


def expected_threads(files: Sequence[Path]) -> Iterator[Thread]:
    for file in files:
        with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as lines:
            for line in lines:
                row = orjson.loads(line)
                # Some answers are dated before their question: nobody can answer earlier.
                answers = sorted(
                    row.get("comments") or (), key=lambda a: max(a["created"], row["created"])
                )
                messages = [(row["body_html"], True)]
                messages += [(answer["body_html"], answer["by_requester"]) for answer in answers]
                yield storable(row["title"]), tuple((storable(m), bool(own)) for m, own in messages)


async def cached_threads(service: Service) -> dict[str, Thread]:
    """By ticket id, as the tables hold them."""
    writer = person.c.id == comment.c.desk + "/" + comment.c.author_id
    rows = await service.database.fetch(
        select(comment.c.ticket_id, comment.c.body_html, comment.c.body, person.c.role)
        .outerjoin(person, writer)
        .where(~comment.c.gone)
        .order_by(comment.c.ticket_id, comment.c.created_at, comment.c.id)
    )
    messages: dict[str, list[Message]] = {}
    for row in rows:
        html = row.body if row.body_html is None else row.body_html
        is_customer = row.role == PersonRole.CUSTOMER.value
        messages.setdefault(row.ticket_id, []).append((html, is_customer))
    subjects = await service.database.fetch(
        select(ticket.c.id, ticket.c.subject).where(~ticket.c.gone)
    )
    return {row.id: (row.subject or "", tuple(messages.get(row.id, ()))) for row in subjects}


async def differences_in_api(service: Service) -> tuple[int, list[str]]:
    """Every ticket and comment through GraphQL, against the tables."""
    rows = await service.database.fetch(
        select(comment.c.ticket_id, comment.c.id, comment.c.body, comment.c.visibility)
        .where(~comment.c.gone)
        .order_by(comment.c.created_at, comment.c.id)
    )
    held: dict[str, list[tuple[str, str, str]]] = {}
    for row in rows:
        shown = (row.id, row.body, Visibility(row.visibility).name)
        held.setdefault(row.ticket_id, []).append(shown)
    schema = build_schema()
    viewer = Viewer("verify", frozenset(Scope))
    after, seen, wrong = None, 0, []
    while True:
        context = Context(viewer, service.database, service.engine, service.clock, "verify")
        result = await schema.execute(
            QUERY, variable_values={"after": after}, context_value=context
        )
        if result.errors or result.data is None:
            raise SystemExit(f"The API answered {result.errors}")
        page = result.data["tickets"]
        for node in page["nodes"]:
            seen += 1
            key = node["desk"]["key"]
            ticket_id = f"{key}/{node['externalId']}"
            told = [
                (f"{key}/{c['externalId']}", c["body"], c["visibility"])
                for c in node["comments"]["nodes"]
            ]
            if node["comments"]["pageInfo"]["hasNextPage"] or told != held.get(ticket_id, []):
                wrong.append(ticket_id)
        if not page["pageInfo"]["hasNextPage"]:
            return seen, wrong
        after = page["pageInfo"]["endCursor"]


def compare(expected: Counter[Thread], cached: dict[str, Thread]) -> list[str]:
    """A line for every thread that only one side has."""
    lines = []
    for ticket_id, thread in cached.items():
        if expected[thread] > 0:
            expected[thread] -= 1
        else:
            lines.append(f"only cached: {ticket_id} {thread[0]!r}, {len(thread[1])} messages")
    missing = (+expected).elements()
    return lines + [f"only in the files: {t[0]!r}, {len(t[1])} messages" for t in missing]


async def verify(files: Sequence[Path]) -> int:
    expected = Counter(expected_threads(files))
    total = expected.total()
    world = World(options=("--no-limits", "--data", *map(str, files)))
    async with emulated_desks(world) as desks:
        with tempfile.TemporaryDirectory() as folder:
            cache = {"DATABASE_URL": f"sqlite:///{folder}/cache.sqlite"}
            settings = read_settings(Environment.of(cache | desks.environment))
            async with open_service(settings) as service:
                started_at = time.monotonic()
                require_filled(await watch(service, Screen(sys.stdout), totals=desks.totals))
                seconds = time.monotonic() - started_at
                cached = await cached_threads(service)
                wrong = compare(expected, cached)
                seen, wrong_in_api = await differences_in_api(service)
    messages = sum(len(thread[1]) for thread in cached.values())
    by_desk = Counter(ticket_id.partition("/")[0] for ticket_id in cached)
    print(f"{total} threads, {len(cached)} tickets with {messages} messages, {dict(by_desk)}")
    print(f"backfilled in {seconds:.1f} s: {total / seconds:.0f} tickets/s with their comments")
    print(f"files and cache: {len(wrong)} differ; cache and API: {len(wrong_in_api)} differ")
    for line in (*wrong, *wrong_in_api)[:SHOWN]:
        print("  ", line)
    is_equal = not wrong and not wrong_in_api and len(cached) == seen == total
    print("equal" if is_equal else "NOT EQUAL")
    return 0 if is_equal else 1


def main(arguments: Sequence[str]) -> int:
    files = [Path(name) for name in arguments]
    if not files or not all(file.is_file() for file in files):
        print('Name thread files: make verify-data FILES="threads.jsonl.gz"', file=sys.stderr)
        return 2
    return asyncio.run(verify(files))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
