"""The archive's state: what was done to which item, which objects are held, and who decided what."""

from tenuto.ledger.sqlite import Held, SqliteLedger

__all__ = ["Held", "SqliteLedger"]
