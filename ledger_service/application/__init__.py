"""The ledgers of a service, and everything that one can ask of them."""
