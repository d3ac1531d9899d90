"""The same faults without a socket, in virtual time."""

from __future__ import annotations

import asyncio
import time

from emulator.kernel.fault_rules import parse_rules
from emulator.kernel.faults import FaultPlan
from emulator.kernel.host import Host, Reply
from emulator.kernel.http import Request
from tests.emulator.kernel.tiny import TinyService
from tests.simulation.loop import VirtualClock, run_virtually

RULES = b"""[
  {"kind": "latency", "seconds": 3600, "count": 1},
  {"kind": "cut_body", "keep": 0.1, "count": 1},
  {"kind": "reply_lost", "count": 1},
  {"kind": "request_lost"}
]"""


async def _four_notes(service: TinyService) -> tuple[list[Reply], float]:
    clock = VirtualClock(asyncio.get_running_loop())
    plan = FaultPlan(parse_rules(RULES, services=["zendesk"]))
    host, started_at = Host(service, clock=clock, plan=plan), clock.now()
    replies = [
        await host.answer(Request.of("POST", "/notes", body=str(number).encode()))
        for number in range(4)
    ]
    return replies, clock.now() - started_at


def test_a_host_applies_its_faults_in_virtual_time() -> None:
    service, started_at = TinyService(), time.monotonic()
    replies, passed = run_virtually(_four_notes(service))
    has_reply = [reply.response is not None for reply in replies]
    assert has_reply == [True, True, False, False]
    assert [reply.keep for reply in replies] == [1.0, 0.1, 1.0, 1.0]
    assert service.notes == ["0", "1", "2"]
    assert 3600 <= passed < 3601
    assert time.monotonic() - started_at < 5
