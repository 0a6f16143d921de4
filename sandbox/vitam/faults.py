"""Faults on demand, each used once: what an archive does on its bad days. Kept in memory."""

from __future__ import annotations

import threading
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Fault(BaseModel):
    """One fault to come.

    Attributes:
        kind: slow_step or fatal (at `step`); error (500 to a deposit, `when`); unavailable (503 to any call);
            cut (connection closed after `after_bytes` of the body); lost_answer (connection closed instead of the
            202, the process goes on); never_started (202, and the process never starts by itself);
            buffering_proxy (a proxy keeps the body back until it is whole, then `outcome`);
            late_reply (the ATR stays 404 for `seconds` after it is written); late_index (searches of a tenant are
            `seconds` later still, until the faults are cleared).
        when: before_body (the body is not read), after_body (it was read, the process does not start),
            after_decision (the process has started).
        outcome: of buffering_proxy: answered, late (by `seconds`), lost (delivered, connection closed), gateway
            (delivered, `status` answered), swallowed (`status` answered, never delivered).
        times: how many times it strikes.
        tenant: only calls of this tenant, any when absent.
        path: for unavailable, only paths that begin so.
    """

    model_config = ConfigDict(extra="forbid")

    kind: Literal[
        "slow_step",
        "fatal",
        "error",
        "unavailable",
        "cut",
        "lost_answer",
        "never_started",
        "buffering_proxy",
        "late_reply",
        "late_index",
    ]
    step: str = ""
    seconds: float = Field(default=0.0, ge=0)
    when: Literal["before_body", "after_body", "after_decision"] = "after_body"
    outcome: Literal["answered", "late", "lost", "gateway", "swallowed"] = "answered"
    status: Literal[502, 504] = 504
    after_bytes: int = Field(default=0, ge=0)
    times: int = Field(default=1, ge=1)
    tenant: int | None = None
    path: str = ""


class Faults:
    """The faults that wait; taking one uses it up."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, faults: list[Fault]) -> None:
        with self._lock:
            self._waiting.extend(faults)

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()

    def waiting(self) -> list[Fault]:
        with self._lock:
            return list(self._waiting)

    def index_lag(self, tenant: int) -> float:
        """Seconds by which a tenant's searches are late beyond the usual; using it does not use it up."""
        lags = [f.seconds for f in self.waiting() if f.kind == "late_index" and f.tenant in (None, tenant)]
        return max(lags, default=0.0)

    def take(self, kind: str, tenant: int | None, *, step: str = "", path: str = "", when: str = "") -> Fault | None:
        """The first waiting fault of a kind that concerns this call, used up once."""
        with self._lock:
            for fault in self._waiting:
                if (
                    fault.kind == kind
                    and fault.tenant in (None, tenant)
                    and fault.step in ("", step)
                    and path.startswith(fault.path)
                    and (not when or fault.when == when)
                ):
                    fault.times -= 1
                    if fault.times == 0:
                        self._waiting.remove(fault)
                    return fault
        return None
