"""The gRPC API: servicers, messages, errors, and how calls are admitted and answered."""
