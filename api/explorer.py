"""GraphiQL from our own bundle, under a policy that lets it talk to its own server only."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

DIST: Final = Path(__file__).parent.parent / "web" / "dist"
# web/README.md says why each of these is needed.
CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; worker-src 'self'; "
    "connect-src 'self'; img-src 'self' data:; font-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
_PAGE_HEADERS: Final = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Referrer-Policy": "no-referrer",
}


async def _to_page(request: Request) -> Response:
    del request
    return RedirectResponse("/graphiql")


class _Files(StaticFiles):
    def __init__(self, directory: Path, *, cache: str) -> None:
        super().__init__(directory=directory)
        self._cache = cache

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if response.status_code >= 400:
            raise HTTPException(response.status_code)
        response.headers["Cache-Control"] = self._cache
        return response


async def _page(request: Request) -> Response:
    del request
    return FileResponse(DIST / "index.html", headers=_PAGE_HEADERS)


def explorer_routes() -> list[BaseRoute]:
    """None where the bundle is not there, as in a checkout that left it out."""
    if not (DIST / "index.html").is_file():
        return []
    # The names of these files hold a hash of what is in them.
    assets = _Files(DIST / "assets", cache="public, max-age=31536000, immutable")
    return [
        Route("/", _to_page),
        Route("/graphiql/", _to_page),
        Route("/graphiql", _page),
        Mount("/graphiql/assets", assets),
        Mount("/graphiql", _Files(DIST, cache="no-cache")),
    ]
