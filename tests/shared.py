"""The real data that stands beside the project in CI; a user doesn't have it."""

from pathlib import Path

import pytest

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"

needs_shared_data = pytest.mark.skipif(
    not SHARED_DATA.is_dir(), reason="the real data sets (../shared/data) are not beside this checkout"
)
