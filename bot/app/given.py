"""Whether settings that belong together are made."""

from bot.config import Settings
from bot.ports import StoreFailed


def given(settings: Settings, *names: str) -> bool:
    """Whether these settings are made: all of them, or none.

    Raises:
        StoreFailed: Some are missing.
    """
    missing = [name for name in names if getattr(settings, name) is None]
    if missing and len(missing) < len(names):
        *others, last = [f"CHATKUT_{name.upper()}" for name in missing]
        wanted = f"{', '.join(others)} and {last}" if others else last
        verb = "is" if len(missing) == 1 else "are"
        raise StoreFailed(
            f"The settings are incomplete: {wanted} {verb} missing, see .env.example."
        )
    return not missing
