"""Keeping a picture that was drawn."""

from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from PIL import Image

from bot.ports import StoreFailed


def save(picture: Image.Image, out: Path) -> None:
    """Write a PNG: all of it, or nothing.

    Raises:
        StoreFailed: The file cannot be written.
    """
    draft = out.with_name(f".{uuid4().hex}.png")  # a suffix that the sweep of pictures knows
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        picture.save(draft, "PNG")
        draft.replace(out)
    except OSError as error:
        raise StoreFailed(
            f"The picture {out.name} could not be saved ({error.strerror or error}): "
            "check that the data directory can be written and has room."
        ) from error
    finally:
        with suppress(OSError):
            draft.unlink()
