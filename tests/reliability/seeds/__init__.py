"""Bugs that are put into the service to see whether the checker finds them. Each module
patches the process that runs the service, by its function `plant`.
"""
