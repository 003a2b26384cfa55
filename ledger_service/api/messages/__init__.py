"""Between messages and values: the one place that knows both.

Reading collects every problem of a request instead of stopping at the first.
"""
