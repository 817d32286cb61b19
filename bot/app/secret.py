"""A secret of this data directory, which signs our links and marks our bucket."""

import os
import secrets
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

from bot.ports import StoreFailed


def kept_secret(file: Path) -> str:
    """The secret in a file, which is made if there is none.

    Raises:
        StoreFailed: It can be neither read nor made, or is empty: everybody could sign with that.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile("w", dir=file.parent) as made:  # readable by its owner alone
            made.write(secrets.token_urlsafe(32))
            made.flush()
            os.fsync(made.fileno())  # a name without its bytes would be an empty secret
            with suppress(FileExistsError):
                os.link(made.name, file)
        kept = file.read_text()
    except OSError as error:
        raise StoreFailed(
            f"The secret of our links cannot be kept ({error.strerror}): make the data directory "
            "writable, or set CHATKUT_LINK_SECRET."
        ) from error
    if not kept.strip():
        raise StoreFailed(
            f"The secret of our links in {file.name} is empty: remove that file, and links that "
            "were given out end."
        )
    return kept
