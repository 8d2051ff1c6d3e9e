"""What the operator decided about rights goes into the decision log when it first takes effect."""

from datetime import UTC, datetime

from tenuto.app.archive import Archive
from tenuto.app.config import SETTINGS
from tenuto.ledger import Decision, SqliteLedger


def note_policy(archive: Archive, ledger: SqliteLedger) -> None:
    """One entry a change of a `rights.*` setting, with who set it; none for the defaults."""
    at = datetime.now(UTC).isoformat(timespec="seconds")
    for key in (key for key in SETTINGS if key.startswith("rights.")):
        last, now = ledger.last_decision(key), archive.config.values[key]
        action = f"set to {str(now.value).lower()}"
        before = last.action if last else f"set to {str(SETTINGS[key].default).lower()}"
        if action != before:
            ledger.decide(Decision(at, action, key, now.origin))
