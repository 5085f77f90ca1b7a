"""Passwords that are given, and the verifier that the server gets in their place."""

import base64
import hashlib
import hmac

import pytest

from trust_models.errors import ConfigurationError
from trust_models.provisioning.passwords import MIN_LENGTH, check, generate, scram_verifier

# The exchange of RFC 7677, section 3.
SALT = base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ==")
MESSAGE = (
    b"n=user,r=rOprNGfwEbeRWgbNEkqO,"
    b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,"
    b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
)
PROOF = base64.b64decode("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")
SERVER_SIGNATURE = base64.b64decode("6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")


def keys(verifier: str) -> tuple[bytes, bytes]:
    """Return the stored key and the server key of a verifier."""
    stored, server = verifier.rpartition("$")[2].split(":")
    return base64.b64decode(stored), base64.b64decode(server)


def signed(key: bytes) -> bytes:
    return hmac.new(key, MESSAGE, hashlib.sha256).digest()


def test_it_proves_what_the_rfc_says() -> None:
    stored, server = keys(scram_verifier("pencil", salt=SALT, iterations=4096))
    assert signed(server) == SERVER_SIGNATURE
    client_key = bytes(one ^ other for one, other in zip(PROOF, signed(stored), strict=True))
    assert hashlib.sha256(client_key).digest() == stored


def test_it_has_the_form_that_postgresql_stores() -> None:
    verifier = scram_verifier("pencil", salt=SALT)
    assert verifier.startswith("SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$")
    assert "pencil" not in verifier


def test_each_has_a_salt_of_its_own() -> None:
    assert scram_verifier("pencil") != scram_verifier("pencil")


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("naïve-but-long-enough", "the password is not printable ASCII"),
        ("with-a-tab\tand-long-enough", "the password is not printable ASCII"),
        ("s" * (MIN_LENGTH - 1), "the password is shorter than 16 characters"),
        ("MySecretPassword", "the password is well known"),
    ],
)
def test_a_password_that_is_refused(password: str, problem: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        check("TRUST_PROD_APP_PASSWORD", password)
    assert str(caught.value) == (
        f"TRUST_PROD_APP_PASSWORD: {problem}. Give a generated one, or none to have one generated."
    )
    assert password not in repr(caught.value)


def test_what_is_generated_may_be_given() -> None:
    made = {generate() for _ in range(100)}
    assert len(made) == 100
    for password in made:
        check("X", password)


def test_any_printable_character_may_be_in_it() -> None:
    check("X", "".join(map(chr, range(32, 127))))
