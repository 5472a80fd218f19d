"""Real files, and plain Python to check them by."""
