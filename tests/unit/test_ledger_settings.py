"""What the ledger has to be told: each setting with its variable, and no text of it shows the private key."""

from pathlib import Path

import pytest

from trust_models.errors import ConfigurationError
from trust_models.settings import LedgerSettings

SECRET = "PRIVATE+KEY+example.org/ledger+deadbeef+c2VjcmV0"


@pytest.fixture(autouse=True)
def clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for field in LedgerSettings.model_fields:
        monkeypatch.delenv(f"TRUST_{field.upper()}", raising=False)


def test_nothing_is_demanded_before_it_is_needed() -> None:
    settings = LedgerSettings.load()
    assert (settings.ledger_publish, settings.ledger_silence) == ((), 60)
    with pytest.raises(ConfigurationError, match=r"^TRUST_LEDGER_KEY_FILE: it is not set, and neither is TRUST"):
        settings.private_key_text()


def test_each_has_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUST_LEDGER_KEY", SECRET)
    monkeypatch.setenv("TRUST_LEDGER_PUBLIC_KEY", "/etc/ledger.pub")
    monkeypatch.setenv("TRUST_LEDGER_PUBLISH", "/var/ledger, s3://bucket/ledger\ngs://bucket ")
    monkeypatch.setenv("TRUST_LEDGER_SILENCE", "5")
    settings = LedgerSettings.load()
    assert settings.private_key_text().get_secret_value() == SECRET
    assert settings.ledger_public_key == "/etc/ledger.pub"
    assert settings.ledger_publish == ("/var/ledger", "s3://bucket/ledger", "gs://bucket")
    assert settings.ledger_silence == 5


def test_several_keys_may_be_parted_by_anything() -> None:
    text = LedgerSettings.load(ledger_key="one two,three\nfour").private_key_text()
    assert text.get_secret_value() == "one\ntwo\nthree\nfour"


def test_the_key_is_given_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        LedgerSettings.load(ledger_key=SECRET, ledger_key_file="/etc/ledger.key")
    assert str(caught.value) == "TRUST_LEDGER_KEY_FILE: TRUST_LEDGER_KEY is set as well; keep one of the two."


def test_no_text_form_shows_the_key() -> None:
    settings = LedgerSettings.load(ledger_key=SECRET)
    for text in (str(settings), repr(settings), str(settings.model_dump()), settings.model_dump_json()):
        assert SECRET not in text


def test_a_relative_file_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"^TRUST_LEDGER_KEY_FILE: it is not absolute"):
        LedgerSettings.load(ledger_key_file="ledger.key")
