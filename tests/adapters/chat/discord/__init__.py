"""Tests of the Discord adapter, through the real discord.py, against a loopback Discord."""

import warnings

with warnings.catch_warnings():  # it imports audioop, which Python 3.13 removes, for voice
    warnings.filterwarnings("ignore", "'audioop' is deprecated", DeprecationWarning)
    import discord  # noqa: F401
