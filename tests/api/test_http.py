"""GraphQL over HTTP: what the specification and its audits ask of the endpoint."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

RESPONSE = "application/graphql-response+json"
JSON = "application/json"
HELLO = {"query": "{ hello }"}


async def post(
    toy: httpx.AsyncClient, body: object, *, accept: str | None = JSON, **headers: str
) -> httpx.Response:
    given = {"accept": accept} if accept is not None else {}
    return await toy.post("/graphql", json=body, headers=given | headers)


def media_type(response: httpx.Response) -> str:
    return response.headers["content-type"]


def first_error(response: httpx.Response) -> dict[str, Any]:
    error: dict[str, Any] = response.json()["errors"][0]
    assert error["extensions"]["requestId"] == response.headers["x-request-id"]
    return error


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (RESPONSE, RESPONSE),
        (f"{RESPONSE}; charset=utf-8, {JSON}; charset=utf-8", RESPONSE),
        (JSON, JSON),
        (f"{JSON}, {RESPONSE}", JSON),
        (f"{JSON};q=0.5, {RESPONSE}", RESPONSE),
        ("*/*", JSON),
        ("application/*", JSON),
        ("text/html, */*;q=0.1", JSON),
        (f"{JSON};q=0, */*", RESPONSE),
        ("", JSON),
        # urql lists everything that it can read: not a wish for a stream.
        (
            f"{RESPONSE}, application/graphql+json, {JSON}, text/event-stream, multipart/mixed",
            RESPONSE,
        ),
        (f"multipart/mixed;deferSpec=20220824,{RESPONSE},{JSON}", RESPONSE),
    ],
)
async def test_answer_has_the_media_type_that_the_caller_prefers(
    toy: httpx.AsyncClient, accept: str, chosen: str
) -> None:
    response = await post(toy, HELLO, accept=accept)
    assert response.status_code == 200
    assert media_type(response) == f"{chosen}; charset=utf-8"
    assert "Accept" in response.headers.get_list("vary", split_commas=True)
    assert response.json() == {"data": {"hello": "world"}}


async def test_caller_without_accept_header_gets_json(toy: httpx.AsyncClient) -> None:
    request = toy.build_request("POST", "/graphql", json=HELLO)
    del request.headers["accept"]
    response = await toy.send(request)
    assert media_type(response).startswith(JSON)


@pytest.mark.parametrize(
    "accept", ["text/html", "image/png, text/plain", f"{JSON};q=0", f"{JSON};charset=utf-16"]
)
async def test_nothing_acceptable_is_406_in_json(toy: httpx.AsyncClient, accept: str) -> None:
    response = await post(toy, HELLO, accept=accept)
    assert response.status_code == 406
    assert first_error(response)["extensions"]["code"] == "NOT_ACCEPTABLE"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"query": "{ hello"}, "GRAPHQL_PARSE_FAILED"),
        ({"query": "{ nothing }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "query($v: Int!) { number(value: $v) }"}, "BAD_USER_INPUT"),
        (
            {"query": "query($v: Int!) { number(value: $v) }", "variables": {"v": "one"}},
            "BAD_USER_INPUT",
        ),
        ({"query": "query A { hello }", "operationName": "B"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "fragment F on Query { hello }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "query A { hello } query B { hello }"}, "GRAPHQL_VALIDATION_FAILED"),
    ],
)
async def test_what_was_never_executed_is_400_in_the_new_type_and_200_in_json(
    toy: httpx.AsyncClient, body: object, code: str
) -> None:
    new, old = await post(toy, body, accept=RESPONSE), await post(toy, body, accept=JSON)
    assert (new.status_code, old.status_code) == (400, 200)
    assert "data" not in new.json()
    assert first_error(new)["extensions"]["code"] == code
    assert first_error(old)["extensions"]["code"] == code


async def test_error_of_one_field_leaves_the_others_and_is_200(toy: httpx.AsyncClient) -> None:
    response = await post(toy, {"query": "{ hello refuse }"}, accept=RESPONSE)
    assert response.status_code == 200
    assert response.json()["data"] == {"hello": "world", "refuse": None}
    error = first_error(response)
    assert error["path"] == ["refuse"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert error["extensions"]["hint"] == "Write it differently"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"query": ""},
        {"query": 1},
        {"query": {"a": 1}},
        {"query": True},
        {"query": ["{ hello }"]},
        {**HELLO, "variables": "{}"},
        {**HELLO, "variables": 7},
        {**HELLO, "variables": [1]},
        {**HELLO, "operationName": {"a": 1}},
        {**HELLO, "operationName": 0},
        {**HELLO, "extensions": "none"},
        {**HELLO, "extensions": [1]},
        [HELLO, HELLO],
        "{ hello }",
    ],
)
@pytest.mark.parametrize("accept", [JSON, RESPONSE])
async def test_parameters_of_the_wrong_kind_are_400(
    toy: httpx.AsyncClient, body: object, accept: str
) -> None:
    response = await post(toy, body, accept=accept)
    assert response.status_code == 400
    assert media_type(response).startswith(accept)
    assert first_error(response)["extensions"]["code"] == "BAD_REQUEST"


@pytest.mark.parametrize("name", ["variables", "operationName", "extensions"])
async def test_null_parameters_are_as_good_as_none(toy: httpx.AsyncClient, name: str) -> None:
    response = await post(toy, {**HELLO, name: None})
    assert response.json() == {"data": {"hello": "world"}}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[" * 100_000,
        b'{"query":' * 50_000,
        b'{"query": "{ hello }", "variables": {"a": NaN}}',
        b'{"query": "{ hello }", "variables": {"a": "\\ud800"}}',
        b'{"query": "{ hello \xff }"}',
    ],
)
async def test_what_is_not_json_is_400(toy: httpx.AsyncClient, body: bytes) -> None:
    response = await toy.post("/graphql", content=body, headers={"content-type": JSON})
    assert response.status_code == 400
    assert first_error(response)["extensions"]["code"] == "BAD_REQUEST"


@pytest.mark.parametrize("bomb", ["[" * 900, "{a" * 900, "{hello @a(b:" + "[" * 900])
async def test_nesting_bomb_in_the_document_is_400(toy: httpx.AsyncClient, bomb: str) -> None:
    response = await post(toy, {"query": bomb}, accept=RESPONSE)
    assert response.status_code == 400
    assert first_error(response)["extensions"]["code"] != "INTERNAL"


async def test_nesting_bomb_in_the_variables_is_400(toy: httpx.AsyncClient) -> None:
    nested: object = 1
    for _ in range(900):
        nested = [nested]
    body = {"query": "query($v: Int!) { number(value: $v) }", "variables": {"v": nested}}
    response = await post(toy, body, accept=RESPONSE)
    assert response.status_code == 400


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "text/plain",
        "application/jsonp",
        "text/plain; application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-16",
    ],
)
async def test_other_content_types_are_415(
    toy: httpx.AsyncClient, content_type: str | None
) -> None:
    headers = {"content-type": content_type} if content_type else {}
    response = await toy.post("/graphql", content=b'{"query":"{ hello }"}', headers=headers)
    assert response.status_code == 415
    assert first_error(response)["extensions"]["code"] == "UNSUPPORTED_MEDIA_TYPE"


@pytest.mark.parametrize(
    "content_type", ["application/json; charset=utf-8", 'application/json;charset="UTF-8"']
)
async def test_json_in_utf_8_is_read(toy: httpx.AsyncClient, content_type: str) -> None:
    body = '{"query":"{ echo(text: \\"荷物\\") }"}'.encode()
    response = await toy.post("/graphql", content=body, headers={"content-type": content_type})
    assert response.json() == {"data": {"echo": "荷物"}}


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD"])
async def test_other_methods_are_405_and_name_the_allowed_ones(
    toy: httpx.AsyncClient, method: str
) -> None:
    response = await toy.request(method, "/graphql")
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, POST"
    assert media_type(response).startswith(JSON)


async def test_query_by_get_with_variables(toy: httpx.AsyncClient) -> None:
    parameters = {
        "query": "query Q($v: Int!) { number(value: $v) }",
        "variables": '{"v": 7}',
        "operationName": "Q",
    }
    response = await toy.get("/graphql", params=parameters, headers={"accept": RESPONSE})
    assert response.status_code == 200
    assert response.json() == {"data": {"number": 7}}


@pytest.mark.parametrize("variables", ["7", "[1]", '"a"', "{", "null"])
async def test_variables_by_get_must_be_a_json_object(
    toy: httpx.AsyncClient, variables: str
) -> None:
    response = await toy.get("/graphql", params={"query": "{ hello }", "variables": variables})
    assert response.status_code == (200 if variables == "null" else 400)


async def test_mutation_by_get_is_405(toy: httpx.AsyncClient) -> None:
    response = await toy.get("/graphql", params={"query": "mutation { double(value: 2) }"})
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"


async def test_subscription_without_a_stream_is_406(toy: httpx.AsyncClient) -> None:
    response = await post(toy, {"query": "subscription { count(to: 2) }"})
    assert response.status_code == 406
    assert "text/event-stream" in first_error(response)["extensions"]["hint"]


async def test_body_of_600_kilobytes_is_413(toy: httpx.AsyncClient) -> None:
    response = await post(toy, {**HELLO, "variables": {"a": "x" * 600_000}})
    assert response.status_code == 413
    assert first_error(response)["extensions"]["code"] == "TOO_LARGE"


async def test_body_of_600_kilobytes_without_a_length_is_413(toy: httpx.AsyncClient) -> None:
    async def pieces() -> Any:
        for _ in range(60):
            yield b" " * 10_000

    response = await toy.post("/graphql", content=pieces(), headers={"content-type": JSON})
    assert response.status_code == 413


async def test_longest_chinese_comment_fits(toy: httpx.AsyncClient) -> None:
    text = "退" * 65_535
    body = {"query": "query($t: String!) { echo(text: $t) }", "variables": {"t": text}}
    assert (await post(toy, body)).json() == {"data": {"echo": text}}


async def test_unknown_path_is_404_in_json(toy: httpx.AsyncClient) -> None:
    response = await toy.get("/nowhere")
    assert response.status_code == 404
    assert first_error(response)["extensions"]["code"] == "NOT_FOUND"


async def test_given_request_id_is_kept_where_it_is_one(toy: httpx.AsyncClient) -> None:
    kept = await post(toy, HELLO, **{"x-request-id": "abc-123_DEF"})
    replaced = await post(toy, HELLO, **{"x-request-id": 'a" onload="'})
    assert kept.headers["x-request-id"] == "abc-123_DEF"
    assert replaced.headers["x-request-id"] != 'a" onload="'
