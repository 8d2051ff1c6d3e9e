"""A reporter for reads that are too short to report."""


class Quiet:
    """Takes progress and shows none."""

    def phase(self, name: str, *, items: int | None = None, total_bytes: int | None = None) -> None: ...

    def advance(self, items: int = 1, *, done_bytes: int = 0) -> None: ...

    def fault(self, where: str, what: str) -> None: ...
