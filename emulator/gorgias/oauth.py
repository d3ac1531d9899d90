"""OAuth2 of an account: authorization code and refresh, with rotating refresh tokens."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass
from random import Random
from urllib.parse import parse_qsl, urlencode

from emulator.gorgias.errors import answer
from emulator.kernel.http import Request, Response
from emulator.kernel.service import Clock

CLIENT_ID = "demo-client"
CLIENT_SECRET = "demo-secret"
FIRST_REFRESH_TOKEN = "demo-refresh-token"
"""Stands for a consent given before the emulator started."""

ACCESS_SECONDS = 86_400
_CODE_SECONDS = 60
_SCOPES = "openid email profile offline write:all"


@dataclass(frozen=True, slots=True)
class _Code:
    redirect_uri: str
    scope: str
    ends: float


class OAuthError(Exception):
    """A refusal in OAuth's own form."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.status = status

    def response(self) -> Response:
        body = {"error": self.error, "error_description": self.description}
        return answer({**body}, self.status)


class OAuth:
    """The grants of the one registered app."""

    def __init__(self, clock: Clock, random: Random) -> None:
        self._clock = clock
        self._random = random
        self._access: dict[str, float] = {}
        self._refresh: dict[str, str] = {FIRST_REFRESH_TOKEN: _SCOPES}
        self._codes: dict[str, _Code] = {}

    def is_valid(self, token: str) -> bool:
        return self._access.get(token, 0.0) > self._clock.now()

    def handle(self, request: Request) -> Response | None:
        """Answers `/oauth/authorize` and `/oauth/token`; None for other paths."""
        try:
            if request.path == "/oauth/authorize" and request.method == "GET":
                return self._authorize(request)
            if request.path == "/oauth/token" and request.method == "POST":
                return self._token(request)
        except OAuthError as error:
            return error.response()
        return None

    def _authorize(self, request: Request) -> Response:
        """Consents at once and sends the browser back with a code."""
        redirect_uri = request.first("redirect_uri") or ""
        if request.first("client_id") != CLIENT_ID:
            raise OAuthError("invalid_client", "Unknown client.", 401)
        if not redirect_uri or request.first("response_type") != "code":
            raise OAuthError("invalid_request", "redirect_uri and response_type=code are needed.")
        code = self._new_token()
        scope = request.first("scope") or _SCOPES
        self._codes[code] = _Code(redirect_uri, scope, self._clock.now() + _CODE_SECONDS)
        query = {"code": code, "state": request.first("state") or ""}
        mark = "&" if "?" in redirect_uri else "?"
        return Response(302, headers=(("Location", f"{redirect_uri}{mark}{urlencode(query)}"),))

    def _token(self, request: Request) -> Response:
        form = dict(parse_qsl(request.body.decode(errors="replace")))
        if _client(request, form) != (CLIENT_ID, CLIENT_SECRET):
            raise OAuthError("invalid_client", "Client authentication failed.", 401)
        match form.get("grant_type"):
            case "authorization_code":
                return self._issue(self._scope_of_code(form))
            case "refresh_token":
                scope = self._refresh.pop(form.get("refresh_token", ""), None)
                if scope is None:
                    raise OAuthError("invalid_grant", "The refresh token is invalid or was used.")
                return self._issue(scope)
        raise OAuthError("unsupported_grant_type", "Use authorization_code or refresh_token.")

    def _scope_of_code(self, form: dict[str, str]) -> str:
        code = self._codes.pop(form.get("code", ""), None)
        if code is None or code.ends <= self._clock.now():
            raise OAuthError("invalid_grant", "The code is invalid or has expired.")
        if code.redirect_uri != form.get("redirect_uri"):
            raise OAuthError("invalid_grant", "redirect_uri differs from the authorization's.")
        return code.scope

    def _issue(self, scope: str) -> Response:
        access = self._new_token()
        self._access[access] = self._clock.now() + ACCESS_SECONDS
        grant: dict[str, str | int] = {
            "access_token": access,
            "expires_in": ACCESS_SECONDS,
            "scope": scope,
            "token_type": "Bearer",
        }
        if "offline" in scope.split():
            grant["refresh_token"] = self._new_token()
            self._refresh[str(grant["refresh_token"])] = scope
        return answer({**grant})

    def _new_token(self) -> str:
        return f"{self._random.getrandbits(256):064x}"


def _client(request: Request, form: dict[str, str]) -> tuple[str, str]:
    """The app's credentials from the Authorization header or else the form."""
    scheme, _, credential = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return form.get("client_id", ""), form.get("client_secret", "")
    try:
        name, _, secret = b64decode(credential, validate=True).decode().partition(":")
    except ValueError:
        return "", ""
    return name, secret
