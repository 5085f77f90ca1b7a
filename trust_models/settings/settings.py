"""What a process needs to be told, from the environment or a `.env` file in its directory.

Nothing is read at import: `Settings.load()` reads. The environment wins over `.env`.
"""

from datetime import timedelta
from typing import Any

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from trust_models.enums import Environment
from trust_models.errors import ConfigurationError
from trust_models.settings import production_rules
from trust_models.settings.database_url import DatabaseUrl
from trust_models.settings.explanations import explain
from trust_models.settings.field_types import (
    OptionalName,
    OptionalSeconds,
    OptionalUrl,
    Seconds,
    Url,
)

__all__ = ["Settings"]

_URL_FORM = "postgresql://user:password@host:5432/database?sslmode=verify-full"


class _DeclaredKeys(DotEnvSettingsSource):
    """`.env` without the keys that are no setting of ours.

    The base class hands those on by their bare name, where `ENVIRONMENT` or `TRUST_DATABASE_URL`
    would set a field that only another variable may set.
    """

    def __call__(self) -> dict[str, Any]:
        return EnvSettingsSource.__call__(self)


class Settings(BaseSettings):
    """The settings of one process; immutable, and no text form of them shows a password.

    Use `load`, whose errors are written for the person who has to mend them.
    """

    model_config = SettingsConfigDict(
        env_prefix="TRUST_",
        env_file=".env",
        # Also reads the byte order mark that some editors write.
        env_file_encoding="utf-8-sig",
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    # First, because the rules for the URLs depend on it.
    environment: Environment = Field(Environment.DEVELOPMENT, description="development, test or production")
    # An alias is not prefixed: these two keep the names that every tool knows.
    database_url: Url = Field(validation_alias="database_url", description=_URL_FORM)
    migration_database_url: OptionalUrl = Field(None, validation_alias="migration_database_url", description=_URL_FORM)
    pool_min_size: int = Field(1, ge=0, le=1000, description="the number of connections to keep open")
    pool_max_size: int = Field(10, ge=1, le=1000, description="the highest number of connections")
    acquire_timeout: Seconds = Field(30, description="the seconds to wait for a free connection")
    statement_timeout: OptionalSeconds = Field(
        None, description="the seconds that a statement may run, or remove it to set no limit"
    )
    session_ttl: timedelta = Field(
        timedelta(hours=12),
        ge=timedelta(minutes=1),
        description="the time that a session lives unused, like PT12H or 12:00:00",
    )
    session_max_age: timedelta = Field(
        timedelta(days=30),
        le=timedelta(days=366),
        description="the time that a session lives at most, like P30D or 30 days",
    )
    migration_lock_timeout: Seconds = Field(600, description="the seconds to wait for another migration to end")
    service_name: OptionalName = Field(None, description="a name of up to 63 ASCII letters, digits, '.', '_' and '-'")

    @classmethod
    def load(cls, **overrides: Any) -> "Settings":
        """Read the settings; `overrides`, by field name, win over the environment.

        Raises ConfigurationError: a line per problem, each with the variable, what is wrong and the
        mend. Neither it nor a chained error shows a value.
        """
        if unknown := overrides.keys() - cls.model_fields.keys():
            raise TypeError(f"no such setting: {', '.join(sorted(unknown))}")
        try:
            return cls(**overrides)
        except ValidationError as error:
            problems = explain(error, cls)
        except UnicodeDecodeError:
            problems = ".env: the file is not UTF-8; save it in this encoding."
        except OSError as error:
            problems = f".env: the file cannot be read ({error.strerror}); mend its permissions."
        # Out here, because an error raised in a handler would carry the values as its context.
        raise ConfigurationError(problems)

    def for_migrations(self) -> DatabaseUrl:
        """The URL of the role that owns the schema; outside production the service's will do.

        Raises ConfigurationError in production when MIGRATION_DATABASE_URL is not set.
        """
        if self.migration_database_url is not None:
            return self.migration_database_url
        if self.environment is Environment.PRODUCTION:
            raise ConfigurationError(
                "MIGRATION_DATABASE_URL: it is not set, and a service's role may not migrate in"
                f" production; give the URL of {production_rules.SCHEMA_OWNER}: {_URL_FORM}."
            )
        return self.database_url

    @field_validator("database_url")
    @classmethod
    def _service_may_use(cls, url: DatabaseUrl, info: ValidationInfo) -> DatabaseUrl:
        if info.data.get("environment") is Environment.PRODUCTION:
            reserved = production_rules.SUPERUSERS | {production_rules.SCHEMA_OWNER}
            production_rules.check(url, connect_as="trust_app", reserved_users=reserved)
        return url

    @field_validator("migration_database_url")
    @classmethod
    def _migrations_may_use(cls, url: DatabaseUrl | None, info: ValidationInfo) -> DatabaseUrl | None:
        if url is not None and info.data.get("environment") is Environment.PRODUCTION:
            owner, reserved = production_rules.SCHEMA_OWNER, production_rules.SUPERUSERS
            production_rules.check(url, connect_as=owner, reserved_users=reserved)
        return url

    @field_validator("pool_max_size")
    @classmethod
    def _pool_holds_its_minimum(cls, size: int, info: ValidationInfo) -> int:
        if size < info.data.get("pool_min_size", 0):
            raise ValueError("it is below TRUST_POOL_MIN_SIZE; raise it, or lower that one")
        return size

    @field_validator("session_max_age")
    @classmethod
    def _session_reaches_its_ttl(cls, age: timedelta, info: ValidationInfo) -> timedelta:
        if age < info.data.get("session_ttl", timedelta()):
            raise ValueError("it is below TRUST_SESSION_TTL; raise it, or lower that one")
        return age

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - none are configured
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Name the sources, the strongest first."""
        env_file = getattr(dotenv_settings, "env_file", None)
        return init_settings, env_settings, _DeclaredKeys(settings_cls, env_file=env_file)
