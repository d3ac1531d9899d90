"""A write in real time: what virtual time cannot show is the drivers' own waiting."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

from db.database import Database
from tests.schema.live import Live
from tests.schema.world import answers


async def test_write_reaches_its_desk_over_either_database(database: Database) -> None:
    world = Live(database=database)
    await world.start()
    try:
        async with asyncio.timeout(60):
            await until_live(world, "shop")
            ticket = await world.first_ticket("shop")
            payload = await world.write(
                "addComment",
                "AddCommentInput",
                "comment { body } ticket { tags } operation { state } errors { code message }",
                ticket=ticket,
                body="Written in real time.",
                idempotencyKey="real",
            )
        assert payload["errors"] == []
        assert payload["comment"] == {"body": "Written in real time."}
        data = await world.ask("{ operations { nodes { key kind state settledAt } } }")
        [operation] = data["operations"]["nodes"]
        assert (operation["key"], operation["state"]) == ("real", "CONFIRMED")
        assert operation["settledAt"] is not None
    finally:
        await world.engine.stop()


async def until_live(world: Live, desk: str) -> None:
    query = "subscription ($key: String) { deskChanged(key: $key) { state } }"
    async with aclosing(answers(world.context(), query, key=desk)) as states:
        async for state in states:
            if state.data == {"deskChanged": {"state": "LIVE"}}:
                return
