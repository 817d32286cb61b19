"""Settings, from the environment and a `.env` file; `.env.example` lists them all."""

import getpass
import os
import re
import socket
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Literal

from platformdirs import user_data_path
from pydantic import Field, SecretStr, field_validator
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    SettingsConfigDict,
)

_LINK_SECRET_LETTERS = 32

Spoken = Literal["cs", "de", "en", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt", "ru"]
"""The languages that Cloudflare Stream makes captions of."""


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
    render_cache_mb: int = Field(default=4096, ge=0)
    keep_backups: int = Field(default=7, ge=0)

    public_url: str | None = None
    link_secret: SecretStr | None = None
    upload_hours: float = Field(default=24, gt=0)
    share_days: float = Field(default=30, gt=0)
    channel_quota_mb: int = Field(default=20480, gt=0)

    r2_endpoint: str | None = None
    r2_bucket: str | None = None
    r2_access_key_id: SecretStr | None = None
    r2_secret_access_key: SecretStr | None = None
    keep_originals_days: int = Field(default=7, gt=0)
    stream_account_id: str | None = None
    stream_api_token: SecretStr | None = None
    stream_api_url: str = "https://api.cloudflare.com/client/v4/"
    stream_webhook_secret: SecretStr | None = None
    relay_webhook_secret: SecretStr | None = None
    stream_captions: Spoken | None = None
    uploads: Literal["local", "stream"] = "local"

    renderer: Literal["local", "remotion"] = "local"
    remotion_region: str | None = None
    remotion_function: str | None = None
    remotion_site_url: str | None = None
    remotion_access_key_id: SecretStr | None = None
    remotion_secret_access_key: SecretStr | None = None
    remotion_license_key: SecretStr | None = None
    remotion_lambdas: int = Field(default=8, ge=2, le=200)

    admins: str = ""
    person_per_minute: int = Field(default=30, ge=0)
    channel_per_minute: int = Field(default=120, ge=0)

    speech: Literal["auto", "whisper", "openai", "none"] = "auto"
    speech_model: str | None = None
    speech_language: str = Field(default="", pattern=r"^([a-z]{2,3})?$")

    anthropic_api_key: SecretStr | None = None
    openai_api_key: SecretStr | None = None
    openai_base_url: str | None = None
    dedalus_api_key: SecretStr | None = None
    models: str = ""
    record_plans: Path | None = None
    month_budget_usd: float | None = Field(default=None, ge=0)

    bridge_url: str | None = None
    bridge_token: SecretStr | None = None
    bridge_media_hosts: str = ""
    slack_bot_token: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    slack_signing_secret: SecretStr | None = None
    slack_client_id: str | None = None
    slack_client_secret: SecretStr | None = None
    slack_token_key: SecretStr | None = None
    slack_api_url: str = "https://slack.com/api/"
    discord_token: SecretStr | None = None

    @field_validator("public_url")
    @classmethod
    def _origin(cls, url: str | None) -> str | None:
        if url and not re.fullmatch(r"https?://[^/?#\s@]+/?", url):
            raise ValueError(f"{url!r} is not an origin, such as https://chatkut.example.com")
        return url.rstrip("/") if url else None

    @field_validator("link_secret")
    @classmethod
    def _long(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret and len(secret.get_secret_value()) < _LINK_SECRET_LETTERS:
            raise ValueError(
                f"it is too short: choose {_LINK_SECRET_LETTERS} or more random letters and "
                "digits, or leave it out to have one made"
            )
        return secret

    @field_validator("admins")
    @classmethod
    def _platform_and_user(cls, admins: str) -> str:
        for each in filter(None, map(str.strip, admins.split(","))):
            if not re.fullmatch(r"[a-z]+:\S+", each):
                raise ValueError(f"{each!r} is not platform:user-id, such as slack:U0123")
        return admins


def misspelt() -> Iterator[str]:
    """A sentence for each setting that is made, in the environment or in `.env`, and is none."""
    known = {f"CHATKUT_{name.upper()}" for name in Settings.model_fields}
    made = {**EnvSettingsSource(Settings).env_vars, **DotEnvSettingsSource(Settings).env_vars}
    for name in sorted(map(str.upper, made)):
        if name.startswith("CHATKUT_") and name not in known:
            near = get_close_matches(name, known, 1)
            perhaps = f"; perhaps {near[0]} is meant" if near else ""
            yield f"{name} is no setting and is ignored{perhaps}."
