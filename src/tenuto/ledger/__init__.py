"""The archive's state: what was done to which item, which objects are held, and who decided what."""

from tenuto.ledger.sqlite import Decision, Held, SqliteLedger

__all__ = ["Decision", "Held", "SqliteLedger"]
