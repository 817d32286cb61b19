"""Settings, from the environment and a `.env` file; `.env.example` lists them all."""

import getpass
from pathlib import Path

from platformdirs import user_data_path
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container without a passwd entry
        return "me"


class Settings(BaseSettings):
    """What can be set. Only `app.py` and the command line read it."""

    model_config = SettingsConfigDict(
        env_prefix="CHATKUT_", env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    data_dir: Path = Field(default_factory=lambda: user_data_path("chatkut", appauthor=False))
    user: str = Field(default_factory=_user, min_length=1)
    max_upload_mb: int = Field(default=4096, gt=0)
    cpu_hour_usd: float = Field(default=0.04, ge=0)
    confirm_over_usd: float = Field(default=1.0, ge=0)
