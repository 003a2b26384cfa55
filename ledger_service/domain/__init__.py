"""What is true and what is allowed. Pure: no input or output, no clock, no gRPC."""
