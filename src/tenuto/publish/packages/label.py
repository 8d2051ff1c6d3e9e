"""What a package says of itself as a whole."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from tenuto.model.ids import SnapshotId

NOTE: Final = (
    "The archive's own copy for preservation, not a publication: it holds recordings that may not be "
    "published. What is known of each one's rights stands beside it; check it before you pass anything on."
)


@dataclass(frozen=True, slots=True)
class Label:
    """Equal labels and items give equal bytes."""

    archive: str
    selection: str
    """As it was asked for; without machine paths."""
    snapshot: SnapshotId
    on: date
    software: str

    @property
    def created(self) -> str:
        """RFC 3339: midnight UTC of the day."""
        return f"{self.on.isoformat()}T00:00:00Z"
