"""Progress on stderr: phase, items x/y, bytes, rate, ETA, errors; a bar on a terminal, else lines."""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TextIO

from tenuto import words

STYLES = ("auto", "bar", "plain", "json", "off")
_PLAIN_INTERVAL = 30.0
_BAR_INTERVAL = 0.1
_SHOWN_FAULTS = 10
"""Of one phase; the rest is in the ledger or the rejects file."""


@dataclass
class _Phase:
    name: str
    items: int | None
    total_bytes: int | None
    started: float
    done: int = 0
    done_bytes: int = 0
    faults: int = 0
    shown: float = field(default=0.0)

    def fraction(self) -> float | None:
        if self.total_bytes:
            return min(1.0, self.done_bytes / self.total_bytes)
        return min(1.0, self.done / self.items) if self.items else None

    def eta(self, now: float) -> float | None:
        """Seconds left at the phase's mean rate; None until there is a rate."""
        fraction = self.fraction()
        return (now - self.started) * (1 - fraction) / fraction if fraction else None


class Progress:
    """A `Reporter` that shows one line a phase, in one of `STYLES`."""

    def __init__(self, style: str, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._style = ("bar" if stream.isatty() else "plain") if style == "auto" else style
        self._stream, self._clock = stream, clock
        self._phase: _Phase | None = None

    def phase(self, name: str, *, items: int | None = None, total_bytes: int | None = None) -> None:
        self.close()
        now = self._clock()
        self._phase = _Phase(name, items, total_bytes, started=now, shown=now)

    def advance(self, items: int = 1, *, done_bytes: int = 0) -> None:
        phase = self._phase
        if phase is None:
            return
        phase.done += items
        phase.done_bytes += done_bytes
        now = self._clock()
        if now - phase.shown >= (_BAR_INTERVAL if self._style == "bar" else _PLAIN_INTERVAL):
            phase.shown = now
            self._show(phase, now, last=False)

    def fault(self, where: str, what: str) -> None:
        if self._phase is not None:
            self._phase.faults += 1
        if self._style == "json":
            self._write({"fault": {"where": where, "what": what}})
        elif self._style != "off" and (self._phase is None or self._phase.faults <= _SHOWN_FAULTS):
            self._clear()
            self._stream.write(f"  ! {where}: {what}\n")

    def close(self) -> None:
        """Shows how the phase ended."""
        if self._phase is not None:
            self._show(self._phase, self._clock(), last=True)
            self._phase = None

    def _show(self, phase: _Phase, now: float, *, last: bool) -> None:
        if self._style == "off":
            return
        if self._style == "json":
            self._write(_facts(phase, now, last=last))
            return
        self._clear()
        self._stream.write(_line(phase, now, last=last))
        if last or self._style == "plain":
            self._stream.write("\n")
        self._stream.flush()

    def _clear(self) -> None:
        if self._style == "bar":
            self._stream.write("\r\x1b[2K")

    def _write(self, document: dict[str, object]) -> None:
        self._stream.write(json.dumps(document) + "\n")
        self._stream.flush()


def _line(phase: _Phase, now: float, *, last: bool) -> str:
    seconds = max(now - phase.started, 1e-6)
    parts = [f"  {phase.name:<22}"]
    parts.append(f"{phase.done:,}/{phase.items:,}" if phase.items is not None else f"{phase.done:,}")
    if phase.done_bytes:
        parts.append(f"{words.size(phase.done_bytes)} ({words.size(int(phase.done_bytes / seconds))}/s)")
    eta = phase.eta(now)
    if last:
        parts.append(f"{seconds:.1f} s")
    elif eta is not None:
        parts.append(f"ETA {eta:.0f} s")
    if phase.faults:
        parts.append(f"{phase.faults:,} with faults")
    return "  ".join(parts)


def _facts(phase: _Phase, now: float, *, last: bool) -> dict[str, object]:
    return {
        "phase": phase.name,
        "items": phase.done,
        "of": phase.items,
        "bytes": phase.done_bytes,
        "seconds": round(now - phase.started, 3),
        "eta_seconds": None if last else phase.eta(now),
        "faults": phase.faults,
        "ended": last,
    }


def reporter(style: str) -> Progress:
    """The command line's reporter, on stderr."""
    return Progress(style, sys.stderr)
