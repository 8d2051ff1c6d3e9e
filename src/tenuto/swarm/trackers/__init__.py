"""Trackers over HTTP (BEP 3, 48) and UDP (BEP 15). What they answer is hearsay, and treated as hostile."""
