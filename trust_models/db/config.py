"""Tortoise's configuration, built from the settings.

`AERICH` is what `[tool.aerich]` in pyproject.toml names. It is made when Aerich asks for it, so that importing
this module reads no environment.
"""

from dataclasses import replace
from typing import Any

from trust_models.errors import ConfigurationError
from trust_models.settings import Settings

CONNECTION = "default"
APP = "trust"
_MODELS = ("trust_models.models", "aerich.models")

Config = dict[str, Any]


def service_config(settings: Settings) -> Config:
    """Return the configuration of a service: a pool, and transactions that carry who acts."""
    url = settings.database_url
    if settings.service_name is not None:
        url = replace(url, application_name=settings.service_name)
    credentials = url.connect_kwargs() | {
        "minsize": settings.pool_min_size,
        "maxsize": settings.pool_max_size,
        "acquire_timeout": settings.acquire_timeout,
        "environment": settings.environment,
    }
    if settings.audit_spool is not None:
        credentials["spool_folder"] = settings.audit_spool
        credentials["spool_max_bytes"] = settings.audit_spool_max_bytes
    if settings.statement_timeout is not None:
        milliseconds = str(round(settings.statement_timeout * 1000))
        credentials["server_settings"]["statement_timeout"] = milliseconds
    return _config("trust_models.db.client", credentials)


def migration_config(settings: Settings, *, accepted_drift: str | None = None) -> Config:
    """Return the configuration of a migration: one at a time per database, without a limit on how long it works.

    It does not wait long for a lock on a table, since everybody who comes later would wait behind it. It refuses a
    schema that has drifted, but for the drift that `accepted_drift` names.
    """
    credentials = settings.for_migrations().connect_kwargs() | {
        "minsize": 1,
        "maxsize": 2,
        "wait_timeout": settings.migration_lock_timeout,
        "accepted_drift": accepted_drift,
        "environment": settings.environment,
    }
    credentials["server_settings"]["lock_timeout"] = "10s"
    return _config("trust_models.schema.migration_client", credentials)


def _config(engine: str, credentials: Config) -> Config:
    return {
        "connections": {CONNECTION: {"engine": engine, "credentials": credentials}},
        "apps": {APP: {"models": list(_MODELS), "default_connection": CONNECTION}},
        "use_tz": True,
        "timezone": "UTC",
    }


def __getattr__(name: str) -> Config:
    if name != "AERICH":
        raise AttributeError(name)
    from asyncclick import UsageError  # noqa: PLC0415 - services do without Aerich and what it needs

    try:
        return migration_config(Settings.load())
    except ConfigurationError as error:
        # What Aerich's command line prints as one message, without a traceback.
        raise UsageError(str(error)) from None
