"""What signing, publishing and checking the ledger of the audit log need to be told; nothing else needs it.

A service that does not seal never loads this, and so never holds the private key.
"""

import re
from pathlib import Path

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from trust_models.errors import ConfigurationError
from trust_models.settings.environment import EnvironmentSettings
from trust_models.settings.field_types import OptionalFile, OptionalSecret, OptionalText, Places, Seconds

__all__ = ["LedgerSettings"]

_BOTH = re.compile(r"[\s,]+")


class LedgerSettings(EnvironmentSettings):
    """Keys and places of the ledger; immutable, and no text form of them shows a private key.

    Each is demanded by what needs it alone. `trust_models.ledger.key_files` reads the keys.
    """

    ledger_key: OptionalSecret = Field(None, description="the private key as `trust-models audit keygen` wrote it")
    ledger_key_file: OptionalFile = Field(None, description="the absolute path of the file with the private key")
    ledger_public_key: OptionalText = Field(None, description="public keys, or the absolute path of a file with them")
    ledger_publish: Places = Field((), description="folders and URLs of buckets, separated by spaces or commas")
    ledger_silence: Seconds = Field(60, description="the seconds after which a checkpoint is signed all the same")

    def private_key_text(self) -> SecretStr:
        """The private key as it was given, one or several a line apart; a file is `ledger_key_file`'s to read.

        Raises ConfigurationError when neither TRUST_LEDGER_KEY nor TRUST_LEDGER_KEY_FILE is set.
        """
        if self.ledger_key is None:
            raise ConfigurationError(
                "TRUST_LEDGER_KEY_FILE: it is not set, and neither is TRUST_LEDGER_KEY;"
                " give the path of the file that `trust-models audit keygen` wrote."
            )
        return SecretStr(_BOTH.sub("\n", self.ledger_key.get_secret_value()))

    @field_validator("ledger_key_file")
    @classmethod
    def _one_of_the_two(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        if path is not None and info.data.get("ledger_key") is not None:
            raise ValueError("TRUST_LEDGER_KEY is set as well; keep one of the two")
        return path
