"""Checked bytes enter; content-addressed objects with every digest leave. Reads each file once."""

from tenuto.store.bucket import BucketAddress
from tenuto.store.digest import digest_file
from tenuto.store.local import LocalStore
from tenuto.store.s3 import S3Quarantine, S3Store, Sent, open_bucket

__all__ = ["BucketAddress", "LocalStore", "S3Quarantine", "S3Store", "Sent", "digest_file", "open_bucket"]
