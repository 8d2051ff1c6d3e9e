"""How long publishing takes, beside the peers."""
