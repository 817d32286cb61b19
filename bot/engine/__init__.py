"""Thinking: compositions, edits, layout and history. Pure: no I/O, clock, randomness or logging."""
