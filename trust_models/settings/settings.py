"""What a service needs to be told."""

from datetime import timedelta

from pydantic import Field, ValidationInfo, field_validator

from trust_models.enums import Environment
from trust_models.errors import ConfigurationError
from trust_models.settings import production_rules
from trust_models.settings.database_url import DatabaseUrl
from trust_models.settings.environment import URL_FORM, EnvironmentSettings
from trust_models.settings.field_types import (
    OptionalFolder,
    OptionalName,
    OptionalSeconds,
    OptionalUrl,
    Seconds,
    Url,
)

__all__ = ["Settings"]


def _not_for_services(user: str) -> bool:
    return production_rules.is_superuser(user) or production_rules.is_owner(user)


class Settings(EnvironmentSettings):
    """The settings of one process; immutable, and no text form of them shows a password.

    Use `load`, whose errors are written for the person who has to mend them.
    """

    # An alias is not prefixed: these two keep the names that every tool knows.
    database_url: Url = Field(validation_alias="database_url", description=URL_FORM)
    migration_database_url: OptionalUrl = Field(None, validation_alias="migration_database_url", description=URL_FORM)
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
    audit_spool: OptionalFolder = Field(None, description="the absolute path of a folder of this machine")
    audit_spool_max_bytes: int = Field(
        64 * 2**20, ge=2**20, le=2**40, description="the highest number of bytes in TRUST_AUDIT_SPOOL, 1 MiB to 1 TiB"
    )
    service_name: OptionalName = Field(None, description="a name of up to 63 ASCII letters, digits, '.', '_' and '-'")

    def for_migrations(self) -> DatabaseUrl:
        """The URL of the role that owns the schema; outside production the service's will do.

        Raises ConfigurationError in production when MIGRATION_DATABASE_URL is not set.
        """
        if self.migration_database_url is not None:
            return self.migration_database_url
        if self.environment is Environment.PRODUCTION:
            raise ConfigurationError(
                "MIGRATION_DATABASE_URL: it is not set, and a service's role may not migrate in"
                f" production; give the URL of {production_rules.OWNER_LOGIN}: {URL_FORM}."
            )
        return self.database_url

    @field_validator("database_url")
    @classmethod
    def _service_may_use(cls, url: DatabaseUrl, info: ValidationInfo) -> DatabaseUrl:
        if info.data.get("environment") is Environment.PRODUCTION:
            production_rules.check(url, connect_as=production_rules.SERVICE_LOGIN, reserved=_not_for_services)
        return url

    @field_validator("migration_database_url")
    @classmethod
    def _migrations_may_use(cls, url: DatabaseUrl | None, info: ValidationInfo) -> DatabaseUrl | None:
        if url is not None and info.data.get("environment") is Environment.PRODUCTION:
            owner, reserved = production_rules.OWNER_LOGIN, production_rules.is_superuser
            production_rules.check(url, connect_as=owner, reserved=reserved)
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
