"""What is visible at three cuts, and the cache of what was computed there."""
