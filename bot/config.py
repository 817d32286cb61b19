"""Settings, from the environment and a `.env` file; `.env.example` lists them all."""

import getpass
import os
import re
import socket
from pathlib import Path
from typing import Literal

from platformdirs import user_data_path
from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container without a passwd entry
        return "me"


def _spare_cores() -> int:
    return max(1, (os.cpu_count() or 1) - 1)


class Settings(BaseSettings):
    """What can be set. Only the wiring and the command line read it."""

    model_config = SettingsConfigDict(
        env_prefix="CHATKUT_", env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    data_dir: Path = Field(default_factory=lambda: user_data_path("chatkut", appauthor=False))
    user: str = Field(default_factory=_user, min_length=1)
    max_upload_mb: int = Field(default=4096, gt=0)
    cpu_hour_usd: float = Field(default=0.04, ge=0)
    confirm_over_usd: float = Field(default=1.0, ge=0)

    database_url: SecretStr | None = None
    worker_name: str = Field(default_factory=socket.gethostname, min_length=1)
    cpu_jobs: int = Field(default_factory=_spare_cores, gt=0)
    grace_seconds: float = Field(default=20, ge=0)
    http_host: str = "127.0.0.1"
    http_port: int = Field(default=8080, ge=0, le=65535)
    log_format: Literal["text", "json"] = "text"
    keep_films_days: int = Field(default=30, gt=0)
    keep_backups: int = Field(default=7, ge=0)

    admins: str = ""
    person_per_minute: int = Field(default=30, ge=0)
    channel_per_minute: int = Field(default=120, ge=0)

    anthropic_api_key: SecretStr | None = None
    openai_api_key: SecretStr | None = None
    openai_base_url: str | None = None
    dedalus_api_key: SecretStr | None = None
    models: str = ""
    month_budget_usd: float | None = Field(default=None, ge=0)

    bridge_url: str | None = None
    bridge_token: SecretStr | None = None
    bridge_media_hosts: str = ""
    slack_bot_token: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    slack_signing_secret: SecretStr | None = None
    slack_api_url: str = "https://slack.com/api/"
    discord_token: SecretStr | None = None

    @field_validator("admins")
    @classmethod
    def _platform_and_user(cls, admins: str) -> str:
        for each in filter(None, map(str.strip, admins.split(","))):
            if not re.fullmatch(r"[a-z]+:\S+", each):
                raise ValueError(f"{each!r} is not platform:user-id, such as slack:U0123")
        return admins
