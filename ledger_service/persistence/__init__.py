"""How records are written, kept and read back."""
