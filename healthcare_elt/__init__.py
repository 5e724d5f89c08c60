"""Files in, trusted star schema out: see docs/architecture.md for the rooms of this package."""
