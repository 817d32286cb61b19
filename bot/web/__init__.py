"""The HTTP edge: it shows what the composition root mounts, and how the process is."""
