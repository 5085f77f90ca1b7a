"""Keys of the ledger from files and settings, and new ones in files. No error shows a private key."""

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypeVar

from trust_models.errors import ConfigurationError, InvalidKey
from trust_models.ledger import durable_file
from trust_models.ledger.keys import Signer, Verifier, generate, parse_signers, parse_verifiers
from trust_models.settings import LedgerSettings

T = TypeVar("T")

PUBLIC_SUFFIX = ".pub"
_LARGEST = 65_536


class KeyFiles(NamedTuple):
    """A new key: where it is, and what checks its signatures."""

    private: Path
    public: Path
    verifier: Verifier


def write_key(name: str, private: Path) -> KeyFiles:
    """Make a key for a ledger and write it: `private` for its owner alone, and beside it the public one as `….pub`.

    Both are on the disk afterwards. Neither file is ever overwritten. Raises `InvalidKey` for a name with a space or a
    plus, `ConfigurationError` if one of the files is there already, and `OSError` as usual.
    """
    signer = generate(name)
    public = private.with_name(private.name + PUBLIC_SUFFIX)
    if os.path.lexists(public):  # seen to first, so that no private key is left without its public one
        raise _taken(public)
    _create(private, signer.private_text(), mode=0o600)
    _create(public, str(signer.verifier), mode=0o644)
    return KeyFiles(private, public, signer.verifier)


def signers(settings: LedgerSettings) -> list[Signer]:
    """Return the private keys of the settings, at least one, all of the same name.

    Raises `ConfigurationError`, which names the setting and the mend: none is set, the file cannot be read or can be
    read by others, or its text is no key.
    """
    if settings.ledger_key_file is not None:
        setting, text = "TRUST_LEDGER_KEY_FILE", _read_private(settings.ledger_key_file)
    else:
        setting, text = "TRUST_LEDGER_KEY", settings.private_key_text().get_secret_value()
    return _of_one_ledger(setting, _parsed(setting, parse_signers, text))


def verifiers(settings: LedgerSettings) -> list[Verifier]:
    """Return the public keys of TRUST_LEDGER_PUBLIC_KEY, at least one, all of the same name.

    Raises `ConfigurationError` as `signers` does.
    """
    setting = "TRUST_LEDGER_PUBLIC_KEY"
    if settings.ledger_public_key is None:
        raise ConfigurationError(f"{setting}: it is not set; give the public key of the ledger, or a file with it.")
    return _of_one_ledger(setting, read_verifiers(settings.ledger_public_key, setting=setting))


def read_verifiers(given: str, *, setting: str) -> list[Verifier]:
    """Return public keys from their text, in which spaces or commas part them, or from the file at an absolute path.

    Raises `ConfigurationError`, which begins with the name of the setting or option.
    """
    text = _read(setting, Path(given)) if given.startswith("/") else "\n".join(given.replace(",", " ").split())
    return _parsed(setting, parse_verifiers, text)


def _create(path: Path, line: str, *, mode: int) -> None:
    try:
        durable_file.create(path, f"{line}\n".encode(), mode=mode)
    except FileExistsError:
        raise _taken(path) from None


def _taken(path: Path) -> ConfigurationError:
    return ConfigurationError(
        f"{path} is there already, and a key is never overwritten.", hint="Give another file with --output."
    )


def _read_private(path: Path) -> str:
    setting = "TRUST_LEDGER_KEY_FILE"
    try:
        status = path.stat()
    except OSError as error:
        raise _unreadable(setting, path, error) from None
    # As PostgreSQL wants it for the key of its certificate: a file of root may be one that a group may read.
    allowed = 0o640 if status.st_uid == 0 else 0o600
    if stat.S_ISREG(status.st_mode) and stat.S_IMODE(status.st_mode) & ~allowed:
        raise ConfigurationError(
            f"{setting}: others than its owner may read or change {path}; run chmod 600 {path},"
            " and if others had access, replace the key."
        )
    return _read(setting, path)


def _read(setting: str, path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_LARGEST).decode()
    except OSError as error:
        raise _unreadable(setting, path, error) from None
    except UnicodeDecodeError:
        pass
    # Out here: a decoder's error carries the bytes.
    raise ConfigurationError(f"{setting}: {path} holds no key; give the file that `trust-models audit keygen` wrote.")


def _unreadable(setting: str, path: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(f"{setting}: {path} cannot be read ({error.strerror}); mend the path or its permissions.")


def _parsed(setting: str, parse: Callable[[str], list[T]], text: str) -> list[T]:
    try:
        return parse(text)
    except InvalidKey as error:
        problem, hint = f"{setting}: {error.message}", error.hint
    raise InvalidKey(problem, hint=hint)


K = TypeVar("K", Signer, Verifier)


def _of_one_ledger(setting: str, keys: list[K]) -> list[K]:
    if len({key.name for key in keys}) > 1:
        raise ConfigurationError(
            f"{setting}: its keys have several names; the name is that of the ledger, so give each key the same."
        )
    return keys
