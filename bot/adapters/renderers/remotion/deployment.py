"""A deployment: the function and the site at AWS that make films, as their names tell.

A function takes requests of exactly its own version, so the version of our client, which is that of
the package `remotion-lambda`, must be the one in the function's name.
"""

import re
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Final, Self

from bot.adapters.renderers.remotion.price import is_priced
from bot.ports import RenderFailed

_FUNCTION: Final = re.compile(r"remotion-render-(\d[\w-]*)-mem(\d+)mb-disk(\d+)mb-(\d+)sec")
_SITE: Final = re.compile(r"https?://[^\s?#]+")


@dataclass(frozen=True, slots=True)
class Deployment:
    """A function and a site in a region.

    `key_id` and `secret` are "" where boto3 finds credentials by itself.
    """

    region: str
    function: str
    site_url: str
    key_id: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    license_key: str = field(default="", repr=False)

    @property
    def memory_mb(self) -> int:
        """What a function has."""
        return int(self._parts[2])

    @property
    def seconds(self) -> int:
        """How long a function may run."""
        return int(self._parts[4])

    def checked(self) -> Self:
        """Itself.

        Raises:
            RenderFailed: It cannot work; the message says which setting is to be corrected.
        """
        if not is_priced(self.region):
            raise RenderFailed(
                f"CHATKUT_REMOTION_REGION is {self.region!r}, which is no region that films can be "
                "made in and that has prices in dollars, such as us-east-1."
            )
        if not _FUNCTION.fullmatch(self.function):
            raise RenderFailed(
                f"CHATKUT_REMOTION_FUNCTION is {self.function!r}, which is no name of a function "
                f"such as remotion-render-{_dashed(_ours())}-mem2048mb-disk10240mb-900sec: "
                "`npx remotion lambda functions ls` tells it."
            )
        if self._parts[1] != _dashed(_ours()):
            raise RenderFailed(
                f"The function at AWS is Remotion {self._parts[1].replace('-', '.')}, and the "
                f"package remotion-lambda here is {_ours()}: deploy the function and the site of "
                "that version, and set CHATKUT_REMOTION_FUNCTION, see docs/remotion.md."
            )
        if not _SITE.fullmatch(self.site_url):
            raise RenderFailed(
                f"CHATKUT_REMOTION_SITE_URL is {self.site_url!r}, which is no address: "
                "`npx remotion lambda sites ls` tells it."
            )
        return self

    @property
    def _parts(self) -> re.Match[str]:
        if (parts := _FUNCTION.fullmatch(self.function)) is None:
            raise ValueError(f"{self.function!r} is no name of a function")
        return parts


def _ours() -> str:
    """The version of the client.

    Raises:
        RenderFailed: It is not installed.
    """
    try:
        return version("remotion-lambda")
    except PackageNotFoundError as error:
        raise RenderFailed(
            "CHATKUT_RENDERER=remotion needs a package that is not installed: "
            "pip install 'chatkut[remotion]'."
        ) from error


def _dashed(release: str) -> str:
    return release.replace(".", "-")
