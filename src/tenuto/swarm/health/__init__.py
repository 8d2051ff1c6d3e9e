"""Who holds the published volumes: proved by mirrors, or claimed by trackers and the DHT. docs/health.md."""
