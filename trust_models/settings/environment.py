"""Reading settings from the environment or a `.env` file in the working directory.

Nothing is read at import: `load()` reads. The environment wins over `.env`.
"""

from typing import TYPE_CHECKING, Any

from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from trust_models.enums import Environment
from trust_models.errors import ConfigurationError
from trust_models.settings.explanations import explain

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["URL_FORM", "EnvironmentSettings"]

URL_FORM = "postgresql://user:password@host:5432/database?sslmode=verify-full"


class _DeclaredKeys(DotEnvSettingsSource):
    """`.env` without the keys that are no setting of ours.

    The base class hands those on by their bare name, where `ENVIRONMENT` or `TRUST_DATABASE_URL`
    would set a field that only another variable may set.
    """

    def __call__(self) -> dict[str, Any]:
        return EnvSettingsSource.__call__(self)


class EnvironmentSettings(BaseSettings):
    """Settings that are immutable, and no text form of which shows a password.

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

    @classmethod
    def load(cls, **overrides: Any) -> "Self":
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
