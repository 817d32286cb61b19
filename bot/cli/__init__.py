"""The `chatkut` command."""
