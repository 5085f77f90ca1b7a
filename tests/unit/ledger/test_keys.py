"""Keys: the forms of Go's sumdb, of C2SP and of transparency-dev, and no line that is damaged."""

import pytest

from tests.fixtures.ledger_vectors import VECTORS, unhex
from trust_models.errors import ConfigurationError, InvalidKey
from trust_models.ledger.keys import Algorithm, Signer, Verifier, generate, parse_signers, parse_verifiers

SUMDB = VECTORS["sumdb_note"]
FORMATS = VECTORS["tdev_formats_keys"]
VKEYS = [
    SUMDB["vkey"],
    SUMDB["second_vkey"],
    VECTORS["c2sp_signed_note"]["vkey"],
    FORMATS["log_vkey"],
    FORMATS["known1_vkey"],
    FORMATS["cosig_vkey_alg4"],
]
PAIRS = [
    (SUMDB["skey"], SUMDB["vkey"]),
    (FORMATS["log_skey"], FORMATS["log_vkey"]),
    (FORMATS["known1_skey"], FORMATS["known1_vkey"]),
]


@pytest.mark.parametrize("case", VECTORS["rfc8032_ed25519"]["cases"], ids=lambda case: case["message"])
def test_signatures_of_rfc_8032(case: dict[str, str]) -> None:
    seed, public, message, signature = unhex(case["seed"], case["public"], case["message"], case["signature"])
    signer = Signer("example.org/ledger", seed)
    assert signer.verifier.public_key == public
    assert signer.sign(message) == signature
    assert signer.verifier.accepts(message, signature)
    assert not signer.verifier.accepts(message + b"x", signature)


@pytest.mark.parametrize("line", VKEYS)
def test_public_keys_of_others_are_read_and_written(line: str) -> None:
    assert str(Verifier.parse(line)) == line


@pytest.mark.parametrize(("private", "public"), PAIRS)
def test_private_keys_of_others_are_read_and_written(private: str, public: str) -> None:
    signer = Signer.parse(private)
    assert signer.private_text() == private
    assert str(signer.verifier) == public


def test_the_key_of_a_witness() -> None:
    key = Verifier.parse(FORMATS["cosig_vkey_alg4"])
    assert (key.name, key.algorithm) == ("remora.n621.de", Algorithm.TIMED_ED25519)
    assert key.timed == key


def test_the_key_of_the_zero_seed() -> None:
    assert str(Signer("EnochRoot", bytes(32)).verifier) == SUMDB["second_vkey"]


@pytest.mark.parametrize(
    "line",
    [
        *SUMDB["bad_vkeys"],
        "",
        "nothing",
        SUMDB["vkey"][:-1],
        SUMDB["vkey"].replace("c74f20a3", "c74f20a4"),
        SUMDB["vkey"].replace("PeterNeumann", "PeterNeumenn"),
        SUMDB["vkey"].replace("PeterNeumann", ""),
        SUMDB["vkey"].replace("PeterNeumann", "Peter Neumann"),
        "PeterNeumann+c74f20a3+",
    ],
)
def test_a_damaged_public_key_is_refused(line: str) -> None:
    with pytest.raises(InvalidKey):
        Verifier.parse(line)


@pytest.mark.parametrize(
    "line",
    ["", SUMDB["vkey"], SUMDB["skey"][:-4], SUMDB["skey"].replace("+AY", "+BY"), SUMDB["skey"].replace("c74f", "c74e")],
)
def test_a_damaged_private_key_is_refused_and_not_shown(line: str) -> None:
    with pytest.raises(InvalidKey) as caught:
        Signer.parse(line)
    assert isinstance(caught.value, ConfigurationError)
    assert "EKFALVFG" not in str(caught.value)


def test_a_new_key_is_another_each_time() -> None:
    first, second = generate("example.org/trust_prod"), generate("example.org/trust_prod")
    assert first.seed != second.seed
    assert Signer.parse(first.private_text()) == first
    assert Verifier.parse(str(first.verifier)) == first.verifier


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u00a0b", "a\nb", "cosignature/v1"])
def test_a_name_that_notes_cannot_hold_is_refused(name: str) -> None:
    with pytest.raises(InvalidKey, match="cannot be the name"):
        generate(name)


def test_a_short_seed_is_refused() -> None:
    with pytest.raises(InvalidKey, match="32 bytes"):
        Signer("a", b"short")


def test_a_signer_does_not_show_its_key() -> None:
    signer = Signer.parse(SUMDB["skey"])
    assert repr(signer) == str(signer) == "Signer(name='PeterNeumann')"


def test_a_file_has_a_key_a_line() -> None:
    public = f"# of 2026\n{SUMDB['vkey']}\n\n  {SUMDB['second_vkey']}  \n"
    assert [key.name for key in parse_verifiers(public)] == ["PeterNeumann", "EnochRoot"]
    assert [key.name for key in parse_signers(f"{SUMDB['skey']}\n")] == ["PeterNeumann"]
    for empty in ("", "# nothing\n\n"):
        with pytest.raises(InvalidKey, match="There is no key"):
            parse_verifiers(empty)
        with pytest.raises(InvalidKey, match="There is no key"):
            parse_signers(empty)
