"""The archive's state: what was done to which item, which objects are held, and who decided what."""

from tenuto.ledger.sqlite import SqliteLedger

__all__ = ["SqliteLedger"]
