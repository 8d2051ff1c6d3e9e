"""`withdrawals.json` of an edition: what mirrors must drop (docs/formats/withdrawals.md)."""

from collections.abc import Iterable
from typing import Final

import msgspec

from tenuto.formats.canonical import canonical, decoded
from tenuto.model.edition import Withdrawal
from tenuto.model.errors import BadInputError

WITHDRAWALS: Final = "withdrawals.json"
WITHDRAWALS_FORMAT: Final = "tenuto-withdrawals-1"


class _WithdrawalsFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: str
    withdrawals: tuple[Withdrawal, ...]


def write_withdrawals(withdrawals: Iterable[Withdrawal]) -> bytes:
    """Canonical JSON (RFC 8785), ordered by recording, then by object."""
    ordered = tuple(sorted(withdrawals, key=lambda each: (each.recording, each.object)))
    return canonical(_WithdrawalsFile(WITHDRAWALS_FORMAT, ordered))


def read_withdrawals(data: bytes) -> tuple[Withdrawal, ...]:
    """`BadInputError` where `data` isn't a `withdrawals.json` of this version."""
    found = decoded(data, _WithdrawalsFile)
    if found.format != WITHDRAWALS_FORMAT:
        raise BadInputError(f"withdrawals of format {found.format!r}", remedy="Use a newer Tenuto")
    return found.withdrawals
