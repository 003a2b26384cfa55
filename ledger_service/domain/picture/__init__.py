"""What is visible at three cuts, and the memory of what was computed there."""
