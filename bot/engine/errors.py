"""What can go wrong while thinking.

EngineError
├── NothingSelected   a selector matched no item
├── InvalidEdit       the edit would leave a composition that cannot exist
└── EditConflict      a revision cannot be reverted because a later one touched the same thing

Every message is a sentence fit to show in the chat.
"""


class EngineError(Exception):
    """An edit that cannot be done; the composition is unchanged."""


class NothingSelected(EngineError):
    """A selector matched nothing."""


class InvalidEdit(EngineError):
    """The result would break a rule of the composition."""


class EditConflict(EngineError):
    """A later edit touched what this one wants to restore."""
