"""Keys in files and settings: written once for their owner alone, and refused where others could read them."""

from datetime import datetime, timezone
from pathlib import Path

import pytest

from trust_models.errors import ConfigurationError, InvalidKey
from trust_models.ledger.checkpoint import open_checkpoint, sign_checkpoint
from trust_models.ledger.key_files import read_verifiers, signers, verifiers, write_key
from trust_models.ledger.keys import generate
from trust_models.ledger.merkle import EMPTY_ROOT, TreeHead
from trust_models.settings import LedgerSettings

NAME = "example.org/ledger"


def test_a_written_key_is_read_again(tmp_path: Path) -> None:
    written = write_key(NAME, tmp_path / "ledger.key")
    (signer,) = signers(LedgerSettings.load(ledger_key_file=written.private))
    (verifier,) = verifiers(LedgerSettings.load(ledger_public_key=str(written.public)))
    assert signer.verifier == verifier == written.verifier
    assert written.private.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ledger.key", "ledger.key.pub"]


@pytest.mark.parametrize("there", ["ledger.key", "ledger.key.pub"])
def test_nothing_is_overwritten(there: str, tmp_path: Path) -> None:
    (tmp_path / there).write_text("mine")
    with pytest.raises(ConfigurationError, match=f"{there} is there already"):
        write_key(NAME, tmp_path / "ledger.key")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [(there, "mine")]


@pytest.mark.parametrize("name", ["", "a b", "a+b", "line\nbreak", "cosignature/v1"])
def test_a_name_that_no_note_can_hold_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidKey, match="cannot be the name"):
        write_key(name, tmp_path / "ledger.key")
    assert list(tmp_path.iterdir()) == []


def test_a_key_may_stand_in_the_setting_itself() -> None:
    signer = generate(NAME)
    assert signers(LedgerSettings.load(ledger_key=f"{signer.private_text()}\n")) == [signer]
    assert verifiers(LedgerSettings.load(ledger_public_key=str(signer.verifier))) == [signer.verifier]


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o660, 0o700])
def test_a_file_that_others_may_read_is_refused_with_the_mend(mode: int, tmp_path: Path) -> None:
    written = write_key(NAME, tmp_path / "ledger.key")
    written.private.chmod(mode)
    settings = LedgerSettings.load(ledger_key_file=written.private)
    with pytest.raises(ConfigurationError, match=r"^TRUST_LEDGER_KEY_FILE: others .* run chmod 600 /.*ledger\.key,"):
        signers(settings)
    written.private.chmod(0o400)
    assert len(signers(settings)) == 1


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere", tmp_path):
        path_settings = LedgerSettings.load(ledger_key_file=path, ledger_public_key=str(path))
        with pytest.raises(ConfigurationError, match=r"^TRUST_LEDGER_KEY_FILE: "):
            signers(path_settings)
        with pytest.raises(ConfigurationError, match=r"^TRUST_LEDGER_PUBLIC_KEY: .* cannot be read"):
            verifiers(path_settings)


@pytest.mark.parametrize("keep", [slice(-1), slice(1, None), slice(20), slice(0)])
def test_a_damaged_key_is_refused_and_not_shown(keep: slice, tmp_path: Path) -> None:
    text = generate(NAME).private_text()
    path = tmp_path / "ledger.key"
    path.write_text(text[keep])
    path.chmod(0o600)
    with pytest.raises(InvalidKey, match=r"^TRUST_LEDGER_KEY_FILE: ") as caught:
        signers(LedgerSettings.load(ledger_key_file=path))
    assert text[-20:] not in str(caught.value)
    assert caught.value.__context__ is None


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "ledger.key"
    path.write_bytes(b"\xff\xfe")
    path.chmod(0o600)
    with pytest.raises(ConfigurationError, match="holds no key") as caught:
        signers(LedgerSettings.load(ledger_key_file=path))
    assert caught.value.__context__ is None


def test_during_a_rotation_both_keys_sign_and_either_checks(tmp_path: Path) -> None:
    old, new = (write_key(NAME, tmp_path / name) for name in ("old.key", "new.key"))
    with old.private.open("a") as file:
        file.write(new.private.read_text())
    both = signers(LedgerSettings.load(ledger_key_file=old.private))
    assert [signer.verifier for signer in both] == [old.verifier, new.verifier]
    note = str(sign_checkpoint(TreeHead(0, EMPTY_ROOT), both, at=datetime.now(timezone.utc)))
    for one in (old, new):
        assert open_checkpoint(note, [one.verifier]).checkpoint.origin == NAME


def test_keys_of_several_ledgers_are_refused() -> None:
    one, other = generate(NAME), generate("example.org/other")
    with pytest.raises(ConfigurationError, match=r"^TRUST_LEDGER_KEY: its keys have several names"):
        signers(LedgerSettings.load(ledger_key=f"{one.private_text()} {other.private_text()}"))
    with pytest.raises(ConfigurationError, match=r"^TRUST_LEDGER_PUBLIC_KEY: its keys have several names"):
        verifiers(LedgerSettings.load(ledger_public_key=f"{one.verifier} {other.verifier}"))


def test_an_option_is_named_like_a_setting() -> None:
    with pytest.raises(InvalidKey, match=r"^--public-key: "):
        read_verifiers("no key", setting="--public-key")


def test_nothing_is_set() -> None:
    with pytest.raises(ConfigurationError, match=r"^TRUST_LEDGER_KEY_FILE: it is not set"):
        signers(LedgerSettings.load())
    with pytest.raises(ConfigurationError, match=r"^TRUST_LEDGER_PUBLIC_KEY: it is not set"):
        verifiers(LedgerSettings.load())
