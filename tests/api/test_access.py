"""Who may call: keys, the demo's own machine, other sites' pages."""

from __future__ import annotations

import logging
import secrets

import httpx
import pytest

from api.endpoint.trusted import TrustedDocuments, read_documents
from db.database import Database
from db.keys import create_api_key, revoke_api_key
from domain.errors import ConfigurationError
from tests.api.conftest import client_of
from tests.api.toy import ALLOWED_ORIGIN, SECRET, toy_app, toy_gateway

VIEWER = {"query": "{ viewer }"}


async def key_of(database: Database, entropy: bytes | None = None) -> str:
    entropy = entropy or secrets.token_bytes(32)
    scopes = ["tickets:read", "from:the:future"]
    return await create_api_key(database, "web", scopes=scopes, desks=None, entropy=entropy, at=1.0)


async def ask(client: httpx.AsyncClient, **headers: str) -> httpx.Response:
    return await client.post("/graphql", json=VIEWER, headers=headers)


async def test_key_names_its_viewer(empty_database: Database) -> None:
    key = await key_of(empty_database)
    app = toy_app(toy_gateway(empty_database, serves_this_machine=False))
    async with client_of(app, peer="203.0.113.9") as client:
        response = await ask(client, authorization=f"Bearer {key}")
    assert response.json() == {"data": {"viewer": "web"}}


async def test_without_a_key_the_answer_is_401_and_names_the_fix(empty_database: Database) -> None:
    app = toy_app(toy_gateway(empty_database, serves_this_machine=False))
    async with client_of(app) as client:
        response = await ask(client)
    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Bearer")
    error = response.json()["errors"][0]
    assert error["extensions"]["code"] == "UNAUTHENTICATED"
    assert "deskgraph token create" in error["extensions"]["hint"]
    assert "data" not in response.json()


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "Bearer nonsense", "Basic YTpi", "Bearer dgk_000000000000_wrong"],
)
async def test_wrong_key_is_401_even_where_none_is_needed(
    toy: httpx.AsyncClient, authorization: str
) -> None:
    assert (await ask(toy, authorization=authorization)).status_code == 401


async def test_revoked_key_is_401(empty_database: Database) -> None:
    entropy = secrets.token_bytes(32)
    key = await key_of(empty_database, entropy)
    await revoke_api_key(empty_database, entropy[:6].hex(), at=2.0)
    async with client_of(toy_app(toy_gateway(empty_database))) as client:
        assert (await ask(client, authorization=f"Bearer {key}")).status_code == 401
        assert (await ask(client)).status_code == 200


async def test_demo_serves_this_machine_until_a_key_is_made(
    toy: httpx.AsyncClient, empty_database: Database
) -> None:
    assert (await ask(toy)).json() == {"data": {"viewer": "demo"}}
    await key_of(empty_database)
    assert (await ask(toy)).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"x-forwarded-for": "127.0.0.1"},
        {"forwarded": "for=127.0.0.1"},
        {"x-real-ip": "127.0.0.1"},
        {"via": "1.1 proxy"},
        # A web page whose own name was pointed at this machine (DNS rebinding).
        {"host": "rebound.example:8000"},
        {"host": "127.0.0.1.rebound.example"},
    ],
)
async def test_demo_does_not_take_a_proxy_or_another_name_for_this_machine(
    toy: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    assert (await ask(toy, **headers)).status_code == 401


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1", "[::1]:8000", "api.localhost"])
async def test_demo_knows_the_names_of_this_machine(toy: httpx.AsyncClient, host: str) -> None:
    assert (await ask(toy, host=host)).status_code == 200


@pytest.mark.parametrize("peer", ["203.0.113.9", "::ffff:203.0.113.9", "10.0.0.1"])
async def test_demo_serves_no_other_machine(empty_database: Database, peer: str) -> None:
    async with client_of(toy_app(toy_gateway(empty_database)), peer=peer) as client:
        assert (await ask(client)).status_code == 401


async def test_cross_site_request_needs_a_preflight_or_an_allowed_origin(
    toy: httpx.AsyncClient,
) -> None:
    site = {"sec-fetch-site": "cross-site"}
    assert (await ask(toy, **site)).status_code == 403
    assert (await ask(toy, **site, origin="https://evil.example")).status_code == 403
    assert (await ask(toy, **site, **{"apollo-require-preflight": "1"})).status_code == 200
    assert (await ask(toy, **site, origin=ALLOWED_ORIGIN)).status_code == 200
    assert (await ask(toy, **{"sec-fetch-site": "same-origin"})).status_code == 200


async def test_allowed_origin_is_named_and_others_are_not(toy: httpx.AsyncClient) -> None:
    allowed = await ask(toy, origin=ALLOWED_ORIGIN)
    other = await ask(toy, origin="https://evil.example")
    assert allowed.headers["access-control-allow-origin"] == ALLOWED_ORIGIN
    assert "access-control-allow-origin" not in other.headers
    assert "access-control-allow-credentials" not in allowed.headers
    for response in (allowed, other):
        assert "Origin" in response.headers.get_list("vary", split_commas=True)


@pytest.mark.parametrize(("origin", "status"), [(ALLOWED_ORIGIN, 204), ("https://x.example", 403)])
async def test_preflight_of_an_origin(toy: httpx.AsyncClient, origin: str, status: int) -> None:
    headers = {"origin": origin, "access-control-request-method": "POST"}
    response = await toy.options("/graphql", headers=headers)
    assert response.status_code == status
    allowed = response.headers.get("access-control-allow-headers", "")
    assert ("authorization" in allowed) == (status == 204)


async def test_refused_page_is_hinted_in_the_log_once(
    toy: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        await ask(toy, origin="https://shop.example", **{"sec-fetch-site": "cross-site"})
    hints = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    assert len(hints) == 1
    assert "DESKGRAPH_CORS_ORIGINS" in hints[0]


async def test_crash_is_masked_and_its_text_reaches_neither_answer_nor_log(
    toy: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    from api.logs import JsonLines

    response = await toy.post("/graphql", json={"query": "{ crash }"})
    assert SECRET not in response.text
    error = response.json()["errors"][0]
    assert error["extensions"]["code"] == "INTERNAL"
    ours = [record for record in caplog.records if record.name.startswith("deskgraph")]
    logged = "\n".join(JsonLines().format(record) for record in ours)
    assert error["extensions"]["requestId"] in logged
    assert "RuntimeError" in logged
    assert SECRET not in logged


async def test_log_of_an_operation_holds_its_name_and_no_variable(
    toy: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    from api.logs import JsonLines

    caplog.set_level(logging.INFO, logger="deskgraph")
    body = {
        "query": "query Echo($t: String!) { echo(text: $t) }",
        "variables": {"t": SECRET},
        "operationName": "Echo",
    }
    await toy.post("/graphql", json=body)
    ours = [record for record in caplog.records if record.name.startswith("deskgraph")]
    logged = "\n".join(JsonLines().format(record) for record in ours)
    assert '"operation":"Echo"' in logged
    assert SECRET not in logged


@pytest.mark.parametrize("hides", [True, False])
async def test_production_gives_no_suggestions(empty_database: Database, *, hides: bool) -> None:
    app = toy_app(toy_gateway(empty_database, hides_suggestions=hides))
    async with client_of(app) as client:
        response = await client.post("/graphql", json={"query": "{ helo }"})
    message = response.json()["errors"][0]["message"]
    assert message.startswith("Cannot query field 'helo'")
    assert ("Did you mean" in message) != hides


@pytest.mark.parametrize("scope", ["tickets:read", "sync:admin"])
async def test_introspection_needs_a_scope_where_it_is_not_open(
    empty_database: Database, scope: str
) -> None:
    key = await create_api_key(
        empty_database,
        "tool",
        scopes=[scope],
        desks=None,
        entropy=secrets.token_bytes(32),
        at=1.0,
    )
    app = toy_app(toy_gateway(empty_database, introspection=False))
    async with client_of(app) as client:
        client.headers["authorization"] = f"Bearer {key}"
        for meta in ("{ __schema { queryType { name } } }", '{ __type(name: "Query") { name } }'):
            answer = (await client.post("/graphql", json={"query": meta})).json()
            assert ("data" in answer) == (scope == "sync:admin"), answer
        plain = await client.post("/graphql", json={"query": "{ __typename hello }"})
        assert plain.json() == {"data": {"__typename": "Query", "hello": "world"}}


TEXT = "query Trusted { hello }"
HASH = "a9c1d1b0d0b7fef1c50f6f1ba8b5fd4a9a4e3d6e3c33a5e7ab5f0b5dc3d6a1f2"


def test_manifest_with_a_wrong_hash_is_refused(tmp_path: object) -> None:
    from pathlib import Path

    path = Path(str(tmp_path)) / "documents.json"
    path.write_text('{"' + HASH + '": "' + TEXT + '"}')
    with pytest.raises(ConfigurationError, match="DESKGRAPH_DOCUMENTS"):
        read_documents(path, only_trusted=False)


async def test_trusted_documents_run_by_hash_and_others_not_at_all(
    empty_database: Database,
) -> None:
    from hashlib import sha256

    digest = sha256(TEXT.encode()).hexdigest()
    documents = TrustedDocuments({digest: TEXT}, are_the_only_ones=True)
    app = toy_app(toy_gateway(empty_database, documents=documents))
    async with client_of(app) as client:
        known = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest}}}
        unknown = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": HASH}}}
        by_hash = await client.post("/graphql", json=known)
        by_text = await client.post("/graphql", json={"query": TEXT})
        missing = await client.post("/graphql", json=unknown)
        foreign = await client.post("/graphql", json={"query": "{ hello }"})
    assert by_hash.json() == by_text.json() == {"data": {"hello": "world"}}
    assert missing.json()["errors"][0]["message"] == "PersistedQueryNotFound"
    assert foreign.status_code == 403
