"""The demonstration that `make demo` runs, and the programs it calls as witnesses."""
