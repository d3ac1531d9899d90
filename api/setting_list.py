"""Every setting of Deskgraph, once: `.env.example`, `doctor` and the reader come from this list."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment variable. An empty `default` means: not set."""

    name: str
    doc: str
    default: str = ""
    example: str = ""
    is_secret: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    settings: tuple[Setting, ...]


SERVER = Section(
    "The server",
    (
        Setting("HOST", "Address to listen on; 0.0.0.0 for every network interface.", "127.0.0.1"),
        Setting("PORT", "Port to listen on.", "8000"),
        Setting(
            "DESKGRAPH_PROFILE",
            "production, development or demo. Production: no explorer, no introspection without "
            'the scope sync:admin, no "Did you mean". Demo: callers on this machine need no key.',
            "production",
        ),
        Setting(
            "DESKGRAPH_EXPLORER",
            "on or off: GraphiQL under /graphiql. Without it: off in production, else on.",
            example="on",
        ),
        Setting(
            "DESKGRAPH_INTROSPECTION",
            "on or off: whether every caller may introspect. Without it: off in production, "
            "else on.",
            example="on",
        ),
        Setting(
            "DESKGRAPH_CORS_ORIGINS",
            "Web pages that may call the API from a browser: origins, separated by commas.",
            example="https://app.example.com,https://admin.example.com",
        ),
        Setting(
            "DESKGRAPH_DOCUMENTS",
            'A JSON file of trusted documents: {"<sha256 of the text>": "<text>"}.',
            example="documents.json",
        ),
        Setting(
            "DESKGRAPH_ONLY_TRUSTED",
            "on or off: on refuses every operation that is not in DESKGRAPH_DOCUMENTS.",
            "off",
        ),
        Setting("DESKGRAPH_LOG_LEVEL", "debug, info, warning or error.", "info"),
    ),
)

CACHE = Section(
    "The cache",
    (
        Setting(
            "DATABASE_URL",
            "sqlite:///file or postgresql://user:password@host/name. PostgreSQL needs "
            "`deskgraph db upgrade` before the first start and after each new version.",
            "sqlite:///deskgraph.sqlite",
            is_secret=True,
        ),
        Setting(
            "DESKGRAPH_SECRET",
            "Seals the providers' OAuth tokens in the cache: 32 random bytes or more, as text. "
            "Needed for OAuth; a lost one means signing in again.",
            example="the output of: openssl rand -base64 32",
            is_secret=True,
        ),
    ),
)

WRITES = Section(
    "Writing to the desks",
    (
        Setting(
            "DESKGRAPH_WRITES",
            "on, dry-run (checks and shows what would be sent) or off (refuses).",
            "on",
        ),
    ),
)

DESKS = Section(
    "The desks: either one, or both",
    (
        Setting(
            "DESKGRAPH_DESKS",
            "A desks.toml for more than one desk of a provider; then it takes the place of the "
            "settings below. Secrets in it are written ${NAME}.",
            example="desks.toml",
        ),
        Setting(
            "TICKETING_PROVIDER",
            "zendesk or gorgias: which desk the library uses when both are configured.",
            example="zendesk",
        ),
        Setting(
            "ZENDESK_SUBDOMAIN",
            "The first word of <subdomain>.zendesk.com.",
            example="yourcompany",
        ),
        Setting(
            "ZENDESK_OAUTH_CLIENT_ID",
            "The unique identifier of an OAuth client (Admin Center > Apps and integrations).",
            example="deskgraph",
        ),
        Setting(
            "ZENDESK_OAUTH_CLIENT_SECRET",
            "Its secret.",
            example="...",
            is_secret=True,
        ),
        Setting(
            "ZENDESK_EMAIL",
            "For an API token instead: the address of its agent.",
            example="agent@company.com",
        ),
        Setting(
            "ZENDESK_TOKEN",
            "The API token. New ones cannot be made since 2026-10-27 and all end on 2027-04-30.",
            example="...",
            is_secret=True,
        ),
        Setting(
            "ZENDESK_BASE_URL",
            "Another address of the same API, e.g. an emulator on this machine.",
            example="http://127.0.0.1:8801",
        ),
        Setting(
            "ZENDESK_SYNC_SINCE",
            "Copy only what has changed since this date.",
            example="2026-01-31",
        ),
        Setting("GORGIAS_DOMAIN", "The first word of <domain>.gorgias.com.", example="yourcompany"),
        Setting(
            "GORGIAS_USERNAME",
            "The address you sign in with (Settings > REST API).",
            example="you@company.com",
        ),
        Setting("GORGIAS_API_KEY", "The key shown there.", example="...", is_secret=True),
        Setting("GORGIAS_OAUTH_CLIENT_ID", "For an OAuth app instead: its id.", example="..."),
        Setting("GORGIAS_OAUTH_CLIENT_SECRET", "Its secret.", example="...", is_secret=True),
        Setting(
            "GORGIAS_OAUTH_REFRESH_TOKEN",
            "The refresh token from the consent; it is used once, then kept in the cache.",
            example="...",
            is_secret=True,
        ),
        Setting(
            "GORGIAS_BASE_URL",
            "Another address of the same API, e.g. an emulator on this machine.",
            example="http://127.0.0.1:8802",
        ),
        Setting(
            "GORGIAS_SYNC_SINCE",
            "Copy only what has changed since this date.",
            example="2026-01-31",
        ),
    ),
)

TESTS = Section(
    "The test suite only",
    (
        Setting(
            "TEST_DATABASE_URL",
            "A PostgreSQL to test against, instead of the one that comes with the tests.",
            example="postgresql://postgres@127.0.0.1/postgres",
            is_secret=True,
        ),
        Setting(
            "DESKGRAPH_CHROMIUM",
            "The path of a Chromium or Chrome for the browser tests.",
            example="/usr/bin/chromium",
        ),
    ),
)

SECTIONS = (SERVER, CACHE, WRITES, DESKS, TESTS)
SETTINGS = {setting.name: setting for section in SECTIONS for setting in section.settings}


def env_example() -> str:
    """The text of `.env.example`: every setting as a comment, with its default or an example."""
    lines = ["# Every setting of Deskgraph. Copy it to .env and take out the # where needed."]
    for section in SECTIONS:
        lines += ["", f"# --- {section.title}"]
        for setting in section.settings:
            lines += ["", *(f"# {line}" for line in textwrap.wrap(setting.doc, 96))]
            lines.append(f"#{setting.name}={setting.default or setting.example}")
    return "\n".join(lines) + "\n"
