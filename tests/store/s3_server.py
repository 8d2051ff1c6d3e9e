"""A real S3-compatible server on loopback: `rclone serve s3` over a folder."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tenuto.store import BucketAddress
from tests.ports import free_port

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "tenuto-tests",
    "AWS_SECRET_ACCESS_KEY": "a secret of the tests",
    "AWS_REGION": "us-east-1",
}


@dataclass
class S3Server:
    """Buckets are the folders below `folder`. `start` and `stop` as often as wanted, at the same port."""

    folder: Path
    etag_hash: str = "MD5"
    port: int = field(default_factory=free_port)
    _process: "subprocess.Popen[bytes] | None" = None

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def address(self, prefix: str, *, retry_seconds: int = 20) -> BucketAddress:
        return BucketAddress(f"s3://bucket/{prefix}", self.endpoint, retry_seconds)

    def files(self, prefix: str) -> dict[str, bytes]:
        """What the server holds below the prefix, read behind its back."""
        root = self.folder / "bucket" / prefix
        return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}

    def start(self) -> None:
        (self.folder / "bucket").mkdir(parents=True, exist_ok=True)
        key = f"{CREDENTIALS['AWS_ACCESS_KEY_ID']},{CREDENTIALS['AWS_SECRET_ACCESS_KEY']}"
        program = shutil.which("rclone", path=Path(sys.executable).parent) or "rclone"
        place = ("--addr", f"127.0.0.1:{self.port}", "--auth-key", key, "--etag-hash", self.etag_hash)
        self._process = subprocess.Popen(
            [program, "serve", "s3", str(self.folder), *place],
            env={**os.environ, "RCLONE_CONFIG": str(self.folder / "no-settings")},
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise TimeoutError("rclone serve s3 doesn't answer")

    def stop(self) -> None:
        """At once, as in a power cut."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@contextmanager
def s3_server(folder: Path, *, etag_hash: str = "MD5") -> Iterator[S3Server]:
    """Made of "", entity tags say nothing of the bytes."""
    server = S3Server(folder, etag_hash)
    server.start()
    try:
        yield server
    finally:
        server.stop()
