"""Cleared holdings in rank order become an edition: volumes, indexes, signed metadata."""
