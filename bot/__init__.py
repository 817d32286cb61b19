"""ChatKut: the video editor that lives in a chat channel."""

__version__ = "0.1.0"
