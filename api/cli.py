"""The command `deskgraph`. Each subcommand's code is imported only when it runs."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

# Subcommand: its module in api.commands, and what it does.
COMMANDS = {
    "serve": "run the API server and keep the desks in sync",
    "demo": "show everything on emulated desks, without any credentials",
    "sync": "copy the desks into the cache until they are caught up, then stop",
    "db": "bring the database to the newest tables, or back",
    "doctor": "check settings, database and desks; one fix a line",
    "token": "make, list and revoke API keys",
    "schema": "print the GraphQL schema",
}
FAILED = 1
MISUSED = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0, or 1 for what failed, or 2 for settings and arguments."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    if asked.command is None:
        parser.print_help()
        return MISUSED
    return _run(asked)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="deskgraph",
        description="One GraphQL API over every help desk a company has.",
        epilog="Settings come from the environment and from .env; .env.example lists them all.",
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    for name, does in COMMANDS.items():
        command = commands.add_parser(name, help=does, description=f"{does[0].upper()}{does[1:]}.")
        if name in _ARGUMENTS:
            _ARGUMENTS[name](command)
    return parser


def _serve_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", help="address to listen on (HOST)")
    parser.add_argument("--port", help="port to listen on (PORT)")
    parser.add_argument(
        "--development",
        action="store_true",
        help="with explorer and introspection, unless DESKGRAPH_PROFILE says otherwise",
    )


def _demo_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", help="port of the API (PORT, else 8000)")
    parser.add_argument("--folder", default=".demo", help="where the demo keeps its cache")
    parser.add_argument(
        "--pace", type=float, default=0.2, help="acts a second at each emulated desk (0.2)"
    )
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same world")
    parser.add_argument("--tickets", type=int, help="how many tickets (all of the sample: 461)")


def _db_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=["upgrade", "downgrade", "check"])
    parser.add_argument("revision", nargs="?", help="a revision; the newest, or none at all")


def _token_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    create = actions.add_parser("create", help="make a key; it is shown once")
    create.add_argument("--name", required=True, help="who will use it")
    create.add_argument(
        "--scopes",
        default="tickets:read",
        help="separated by commas: tickets:read, tickets:write, tickets:raw, customers:pii, "
        "sync:admin (tickets:read unless told otherwise)",
    )
    create.add_argument("--desks", help="only these desks, separated by commas")
    actions.add_parser("list", help="list the keys, without their secrets")
    revoke = actions.add_parser("revoke", help="end a key at once")
    revoke.add_argument("prefix", help="the first part, as `list` shows it")


_ARGUMENTS = {
    "serve": _serve_arguments,
    "demo": _demo_arguments,
    "db": _db_arguments,
    "token": _token_arguments,
}


def _run(asked: argparse.Namespace) -> int:
    from domain.errors import ConfigurationError, DeskgraphError  # noqa: PLC0415  help is quicker

    command = importlib.import_module(f"api.commands.{asked.command}")
    try:
        code: int = command.run(asked)
    except DeskgraphError as error:
        sys.stderr.write(f"deskgraph: {error}\n")
        return MISUSED if isinstance(error, ConfigurationError) else FAILED
    except KeyboardInterrupt:
        return FAILED
    return code


if __name__ == "__main__":
    sys.exit(main())
