"""Web seeds: where a volume's files lie on a web server or in an S3 bucket (BEP 19).

Clients add `<volume>/<path>` to a web seed's URL, which therefore ends in a slash.
"""

from urllib.parse import quote, urlsplit

from tenuto.model.errors import ConfigurationError


def web_seed(text: str) -> str:
    """The URL that clients ask: `http:` and `https:` as they are, `s3://bucket/prefix` as AWS serves it.

    Buckets elsewhere are written as the `https:` URL of their endpoint. `ConfigurationError` for anything
    else.
    """
    parts = urlsplit(text)
    if parts.scheme in {"http", "https"} and parts.hostname and not (parts.query or parts.fragment):
        return text if text.endswith("/") else f"{text}/"
    if parts.scheme == "s3" and parts.netloc and not (parts.query or parts.fragment):
        prefix = quote(parts.path.strip("/"))
        # A bucket with dots doesn't fit the certificate of *.s3.amazonaws.com: it stands in the path then.
        dotted = "." in parts.netloc
        base = (
            f"https://s3.amazonaws.com/{parts.netloc}/"
            if dotted
            else f"https://{parts.netloc}.s3.amazonaws.com/"
        )
        return f"{base}{prefix}/" if prefix else base
    raise ConfigurationError(
        f"{text!r} is no web seed", remedy="Write https://server/folder/, or s3://bucket/prefix"
    )
