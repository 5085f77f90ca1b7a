"""What people who set up, lock and migrate a database need to tell; no service needs it."""

from pydantic import Field, ValidationInfo, field_validator

from trust_models.enums import Environment
from trust_models.errors import ConfigurationError
from trust_models.settings import production_rules
from trust_models.settings.database_url import DatabaseUrl
from trust_models.settings.environment import URL_FORM, EnvironmentSettings
from trust_models.settings.field_types import OptionalUrl

__all__ = ["OperatorSettings"]


class OperatorSettings(EnvironmentSettings):
    """The URLs of people; immutable, and no text form of them shows a password.

    Each is demanded by what needs it alone, so that nobody has to hold the credentials of another.
    """

    admin_database_url: OptionalUrl = Field(None, description=URL_FORM)
    approver_database_url: OptionalUrl = Field(None, description=URL_FORM)

    def for_administration(self) -> DatabaseUrl:
        """The URL of a superuser, or of the admin of a managed server.

        Raises ConfigurationError when TRUST_ADMIN_DATABASE_URL is not set.
        """
        return self._demanded("admin_database_url", "a superuser, or the admin of a managed server")

    def for_approval(self) -> DatabaseUrl:
        """The URL of somebody who approves overrides of the schema lock.

        Raises ConfigurationError when TRUST_APPROVER_DATABASE_URL is not set.
        """
        return self._demanded("approver_database_url", "a member of trust_approver")

    def _demanded(self, field: str, role: str) -> DatabaseUrl:
        url: DatabaseUrl | None = getattr(self, field)
        if url is None:
            raise ConfigurationError(f"TRUST_{field.upper()}: it is not set; give the URL of {role}: {URL_FORM}.")
        return url

    @field_validator("admin_database_url", "approver_database_url")
    @classmethod
    def _safe_on_the_way(cls, url: DatabaseUrl | None, info: ValidationInfo) -> DatabaseUrl | None:
        if url is not None and info.data.get("environment") is Environment.PRODUCTION:
            production_rules.check_transport(url)
        return url
