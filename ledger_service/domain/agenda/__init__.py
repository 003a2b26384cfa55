"""What lies ahead, if nothing more is recorded."""
