"""Builds small Debian packages, byte by byte (deb(5))."""

import bz2
import gzip
import io
import lzma
import tarfile
from collections.abc import Callable

import pyarrow as pa

COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "": lambda data: data,
    ".gz": gzip.compress,
    ".xz": lzma.compress,
    ".bz2": bz2.compress,
    ".zst": lambda data: bytes(pa.Codec("zstd").compress(data, asbytes=True)),
}


def build_deb(files: dict[str, bytes | str], compression: str = ".xz") -> bytes:
    """`files`: installed path to content; text content makes a symbolic link to it."""
    tar_bytes = io.BytesIO()
    with tarfile.open(fileobj=tar_bytes, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for path, content in files.items():
            info = tarfile.TarInfo(f"./{path}")
            if isinstance(content, str):
                info.type, info.linkname = tarfile.SYMTYPE, content
                tar.addfile(info)
            else:
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
    members = {
        "debian-binary": b"2.0\n",
        "control.tar.gz": gzip.compress(b"odd"),
        f"data.tar{compression}": COMPRESS[compression](tar_bytes.getvalue()),
    }
    return b"!<arch>\n" + b"".join(_member(name, data) for name, data in members.items())


def _member(name: str, data: bytes) -> bytes:
    header = f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(data):<10}`\n".encode()
    return header + data + b"\n" * (len(data) % 2)
