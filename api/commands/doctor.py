"""`deskgraph doctor`: 0 when all is well, 1 when something wants a fix, 2 for settings."""

from __future__ import annotations

import argparse
import asyncio

from api.commands import current_environment, say
from api.doctor import Finding, examine, settings_findings
from api.logs import configure_logs
from api.settings import Environment, read_settings


def run(arguments: argparse.Namespace) -> int:
    del arguments
    configure_logs("error")
    environment = current_environment()
    findings = settings_findings(environment)
    for finding in findings:
        _tell(finding)
    findings += asyncio.run(_examine_all(environment))
    fixes = sum(finding.fix is not None for finding in findings)
    say("All is well" if not fixes else f"{fixes} to fix")
    return 1 if fixes else 0


async def _examine_all(environment: Environment) -> list[Finding]:
    found = []
    async for finding in examine(read_settings(environment)):
        _tell(finding)
        found.append(finding)
    return found


def _tell(finding: Finding) -> None:
    if finding.fix is None:
        say(f"ok   {finding.subject}: {finding.text}")
    else:
        say(f"FIX  {finding.subject}: {finding.text} -> {finding.fix}")
