"""The operator's commands: sent to the running service through its admin socket, or run in the
command's own process when no service runs.
"""
