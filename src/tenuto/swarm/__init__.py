"""Seeds volumes straight from the object store, and fetches single recordings out of volumes."""
