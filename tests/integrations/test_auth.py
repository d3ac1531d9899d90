"""Tokens that expire and rotate."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import orjson
import pytest

from domain.errors import NotSentError, UnauthorizedError
from domain.http import Request, Response
from domain.ports import TokenPair
from domain.records import JsonValue
from integrations.ticketing.auth import (
    BasicSigner,
    MemoryTokenStore,
    OAuthGrant,
    OAuthSigner,
    gorgias_grant,
    zendesk_grant,
)

CLIENT_SECRET = "cl1ent-s3cret"


@dataclass
class TokenServer:
    """A token endpoint: each refresh ends the pair before it, as Zendesk's does."""

    scope: str = "read write"
    asked: list[dict[str, JsonValue]] = field(default_factory=list)
    valid_refresh: str | None = None
    was_asked: asyncio.Event = field(default_factory=asyncio.Event)
    refusal: Response | None = None
    gate: asyncio.Event | None = None

    async def send(self, request: Request, *, timeout_seconds: float = 30.0) -> Response:
        assert (request.method, request.path) in {
            ("POST", "/oauth/tokens"),
            ("POST", "/oauth/token"),
        }
        assert isinstance(request.body, dict)
        self.asked.append(request.body)
        self.was_asked.set()
        await asyncio.sleep(0)
        if self.gate is not None:
            await self.gate.wait()
        if self.refusal is not None:
            return self.refusal
        if request.body.get("refresh_token", self.valid_refresh) != self.valid_refresh:
            return Response(400, {}, b'{"error":"invalid_grant"}')
        number = len(self.asked)
        self.valid_refresh = f"refresh-{number}"
        body = {
            "access_token": f"access-{number}",
            "token_type": "bearer",
            "scope": self.scope,
            "expires_in": 1_800,
            "refresh_token": self.valid_refresh,
            "refresh_token_expires_in": 2_592_000,
        }
        return Response(201, {}, orjson.dumps(body))

    async def close(self) -> None: ...


class Hands:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.at = 1_000_000.0

    def now(self) -> float:
        return self.at


def signer(
    server: TokenServer,
    clock: Hands,
    store: MemoryTokenStore | None = None,
    grant: OAuthGrant | None = None,
) -> OAuthSigner:
    return OAuthSigner(
        client=server,
        desk="acme",
        grant=grant or zendesk_grant("cl1ent", CLIENT_SECRET),
        store=store,
        now=clock.now,
    )


async def test_basic_is_one_header_and_never_shown() -> None:
    basic = BasicSigner("a@acme.test/token", "k3y")
    assert await basic.headers() == {"authorization": "Basic YUBhY21lLnRlc3QvdG9rZW46azN5"}
    assert not await basic.refused({})
    assert "k3y" not in repr(basic)


async def test_the_client_signs_in_for_itself_and_keeps_the_token() -> None:
    server, clock = TokenServer(), Hands()
    signs = signer(server, clock)
    assert await signs.headers() == {"authorization": "Bearer access-1"}
    assert await signs.headers() == {"authorization": "Bearer access-1"}
    assert server.asked == [
        {
            "grant_type": "client_credentials",
            "client_id": "cl1ent",
            "client_secret": CLIENT_SECRET,
            "scope": "read write",
        }
    ]
    assert CLIENT_SECRET not in repr(signs) + repr(zendesk_grant("cl1ent", CLIENT_SECRET))


async def test_a_pair_is_renewed_early_and_stored_before_it_is_used() -> None:
    server, clock, store = TokenServer(), Hands(), MemoryTokenStore()
    signs = signer(server, clock, store)
    await signs.headers()
    clock.at += 1_800 - 121
    assert await signs.headers() == {"authorization": "Bearer access-1"}
    clock.at += 2
    assert await signs.headers() == {"authorization": "Bearer access-2"}
    assert server.asked[-1]["refresh_token"] == "refresh-1"
    stored = await store.load("acme")
    assert stored is not None
    assert (stored.access_token, stored.refresh_token) == ("access-2", "refresh-2")


async def test_a_store_that_cannot_keep_the_pair_stops_its_use() -> None:
    class Broken(MemoryTokenStore):
        async def save(self, desk: str, tokens: TokenPair) -> None:
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        await signer(TokenServer(), Hands(), Broken()).headers()


async def test_many_tasks_renew_once() -> None:
    server, clock = TokenServer(), Hands()
    signs = signer(server, clock)
    heads = await asyncio.gather(*(signs.headers() for _ in range(20)))
    assert {head["authorization"] for head in heads} == {"Bearer access-1"}
    answers = await asyncio.gather(*(signs.refused(heads[0]) for _ in range(20)))
    assert all(answers)
    assert len(server.asked) == 2


async def test_a_caller_that_gives_up_does_not_lose_the_new_pair() -> None:
    server, clock, store = TokenServer(gate=asyncio.Event()), Hands(), MemoryTokenStore()
    signs = signer(server, clock, store)
    impatient = asyncio.ensure_future(signs.headers())
    await server.was_asked.wait()
    impatient.cancel()
    assert server.gate is not None
    server.gate.set()
    assert await signs.headers() == {"authorization": "Bearer access-1"}
    assert len(server.asked) == 1


async def test_another_process_may_have_renewed() -> None:
    server, clock, store = TokenServer(), Hands(), MemoryTokenStore()
    ours, theirs = signer(server, clock, store), signer(server, clock, store)
    old = await ours.headers()
    await theirs.headers()
    assert await theirs.refused(old)
    assert await ours.refused(old)
    assert await ours.headers() == {"authorization": "Bearer access-2"}
    assert len(server.asked) == 2


async def test_a_lost_rotation_falls_back_to_the_clients_own_sign_in() -> None:
    server, clock, store = TokenServer(), Hands(), MemoryTokenStore()
    await store.save("acme", TokenPair("gone", 0.0, "long-gone", None, "read write"))
    assert await signer(server, clock, store).headers() == {"authorization": "Bearer access-2"}
    kinds = [asked["grant_type"] for asked in server.asked]
    assert kinds == ["refresh_token", "client_credentials"]


async def test_an_expired_refresh_token_is_not_even_tried() -> None:
    server, clock, store = TokenServer(), Hands(), MemoryTokenStore()
    await store.save("acme", TokenPair("gone", 0.0, "old", clock.at - 1, "read write"))
    await signer(server, clock, store).headers()
    assert [asked["grant_type"] for asked in server.asked] == ["client_credentials"]


async def test_a_persons_consent_cannot_be_replaced_by_the_client() -> None:
    server, clock = TokenServer(scope="openid email profile offline write:all"), Hands()
    server.valid_refresh = "consent"
    grant = gorgias_grant("cl1ent", CLIENT_SECRET, "consent")
    signs = signer(server, clock, grant=grant)
    assert await signs.headers() == {"authorization": "Bearer access-1"}
    clock.at += 1_800
    server.valid_refresh = "somebody else's"
    with pytest.raises(UnauthorizedError, match="GORGIAS_OAUTH_CLIENT_ID"):
        await signs.headers()


async def test_a_token_for_less_than_was_asked_is_told_and_still_stored() -> None:
    server, clock, store = TokenServer(scope="read"), Hands(), MemoryTokenStore()
    with pytest.raises(UnauthorizedError, match=r"lacks the scope write.*ZENDESK_OAUTH_CLIENT_ID"):
        await signer(server, clock, store).headers()
    assert (await store.load("acme")) is not None
    server.scope = "read write"
    assert await signer(server, clock, store).headers() == {"authorization": "Bearer access-2"}


@pytest.mark.parametrize("status", [500, 503, 429])
async def test_a_busy_token_endpoint_means_that_nothing_was_sent(status: int) -> None:
    server = TokenServer(refusal=Response(status, {}, b"<html>"))
    with pytest.raises(NotSentError):
        await signer(server, Hands()).headers()


async def test_a_refusal_names_the_settings_and_repeats_no_secret() -> None:
    body = orjson.dumps({"error": "invalid_client", "error_description": CLIENT_SECRET})
    server = TokenServer(refusal=Response(401, {}, body))
    with pytest.raises(UnauthorizedError) as caught:
        await signer(server, Hands()).headers()
    told = str(caught.value)
    assert "Failed to sign in: 401 invalid_client" in told
    assert "ZENDESK_OAUTH_CLIENT_SECRET" in told
    assert CLIENT_SECRET not in told


async def test_an_answer_without_a_token_is_no_token() -> None:
    for body in (b"[]", b"<html>", b'{"access_token":7}', b'{"access_token":"a b"}'):
        with pytest.raises(NotSentError):
            await signer(TokenServer(refusal=Response(200, {}, body)), Hands()).headers()
