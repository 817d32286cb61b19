"""Evaluating planners: what was said, on which composition, and what must come of it."""
