"""Keys, what was signed last, whether the log still fits it, and signing itself."""
