"""Web seeds' URLs (configuration.md, publish.web_seeds)."""

import pytest

from tenuto.formats.web_seed import web_seed
from tenuto.model.errors import ConfigurationError


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://example.org/volumes", "https://example.org/volumes/"),
        ("http://[::1]:8000/", "http://[::1]:8000/"),
        ("s3://bucket", "https://bucket.s3.amazonaws.com/"),
        ("s3://bucket/a b/", "https://bucket.s3.amazonaws.com/a%20b/"),
        ("s3://my.bucket/x", "https://s3.amazonaws.com/my.bucket/x/"),
    ],
)
def test_clients_can_add_a_volumes_path(text: str, url: str) -> None:
    assert web_seed(text) == url


@pytest.mark.parametrize(
    "text", ["", "bucket", "ftp://x/", "https://", "s3:///x", "https://x/?key=1", "file:///x"]
)
def test_other_addresses_are_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="web seed"):
        web_seed(text)
