"""What a process needs to be told: validated, with errors that name the mend and show no secret."""

from trust_models.settings.database_url import DatabaseUrl
from trust_models.settings.ledger import LedgerSettings
from trust_models.settings.operator import OperatorSettings
from trust_models.settings.settings import Settings

__all__ = ["DatabaseUrl", "LedgerSettings", "OperatorSettings", "Settings"]
