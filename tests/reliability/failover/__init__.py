"""PostgreSQL with automatic failover, lost under load. Run by hand: make failover."""
