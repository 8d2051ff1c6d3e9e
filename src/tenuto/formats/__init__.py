"""Artefacts: bytes to model values and back. One module per artefact; no I/O beyond the bytes handed over."""
