"""Figures that the documentation states, measured. Run as modules: `python -m benchmarks.flood`."""
