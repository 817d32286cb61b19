"""Wiring: the only room where settings meet adapters."""
