"""The operator's commands: through the socket of the service that runs, else by hand."""
