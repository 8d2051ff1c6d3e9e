"""`withdrawals.json` of an edition: what mirrors must drop (docs/formats/withdrawals.md)."""

from collections.abc import Iterable
from typing import Final

import msgspec
import rfc8785

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
    return rfc8785.dumps(msgspec.to_builtins(_WithdrawalsFile(WITHDRAWALS_FORMAT, ordered)))


def read_withdrawals(data: bytes) -> tuple[Withdrawal, ...]:
    """`BadInputError` where `data` isn't a `withdrawals.json` of this version."""
    try:
        found = msgspec.json.decode(data, type=_WithdrawalsFile)
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadInputError(f"not a list of withdrawals: {error}", remedy="Get it again") from error
    if found.format != WITHDRAWALS_FORMAT:
        raise BadInputError(f"withdrawals of format {found.format!r}", remedy="Use a newer Tenuto")
    return found.withdrawals
