import copy
import dataclasses
import pickle
import ssl
import traceback
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trust_models.errors import ConfigurationError
from trust_models.settings.database_url import DatabaseUrl
from trust_models.settings.url_syntax import PARAMETERS

PLAIN = "postgresql://app:s3cr3t@db.example.org:5433/trust_prod"

# Made for this file, and trusted nowhere.
CERTIFICATE = """\
-----BEGIN CERTIFICATE-----
MIIBdjCCARugAwIBAgIULhHRy3wBez5MHdOcfoQXXo4zoqQwCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjMxMzM5MzRaGA8yMTI2MTAzMDEzMzkz
NFowDzENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABGF3
9smFiJF0nFeXAu7U94OgfZyu2Thu/WZukmxe+TytdXrtu0bs4iXqSquHbONBo9hC
45Q8ZpcKpK1iac60/HqjUzBRMB0GA1UdDgQWBBRjnMbpa6EgAhVAqx+Xi2mclren
PTAfBgNVHSMEGDAWgBRjnMbpa6EgAhVAqx+Xi2mclrenPTAPBgNVHRMBAf8EBTAD
AQH/MAoGCCqGSM49BAMCA0kAMEYCIQCXp7bvFXYAyXlkwGO4xhsJ2Ftnpf9BnJ3r
b59fJBt/fgIhAPh+L6r64jB/EjT+pxxdcwooIWZEZb1Yqxveslzcxqey
-----END CERTIFICATE-----
"""
KEY = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgnSs5bf6LAkoYjVlh
iIIaNeyTFhigjGvy1QoRnCnnifWhRANCAARhd/bJhYiRdJxXlwLu1PeDoH2crtk4
bv1mbpJsXvk8rXV67btG7OIl6kqrh2zjQaPYQuOUPGaXCqStYmnOtPx6
-----END PRIVATE KEY-----
"""
OTHER_KEY = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgrtgbpirOrVRKYecq
DiIk9cER8GwqdFJT43rQwZMhSMihRANCAAT2wYoTfYAKBjwNINjvq/WqQlbw7pvc
GqKhwpAvEkiAJfGavZHaeNmZyf3+InuwvwUdWUeu1XsMWbLb9afkVOyf
-----END PRIVATE KEY-----
"""
ENCRYPTED_KEY = """\
-----BEGIN ENCRYPTED PRIVATE KEY-----
MIHrMFYGCSqGSIb3DQEFDTBJMCgGCSqGSIb3DQEFDDAbBAh3Wj0HWHgfHwIBATAM
BggqhkiG9w0CCQUAMB0GCWCGSAFlAwQBAgQQWtpEhvMXCvnAo6FrKxAR4QSBkH+Q
Q+yRN+wjm29AspUPKkYIuukmZmsMRWJDFWSSlp99hZIrJXsgBbcqS92uE6GnPEQh
IvosdsHU/ic/S/C4GKAZum0yHCGXCQupzEeZCoC1oGJdDfONvyTA1oVTY/7SDeAf
7k4+nJjdtLSp34zatWcqYbbzt7Dt4ryj1C+absAE2F2tO0NieFuhq0zHP2oFfQ==
-----END ENCRYPTED PRIVATE KEY-----
"""


SENDABLE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)
HOSTS = st.one_of(
    st.from_regex(r"[a-z0-9_]([a-z0-9_.-]{0,20})", fullmatch=True),
    st.ip_addresses().map(str),
    st.just("fe80::1%eth0"),
    SENDABLE.map(lambda text: f"/{text}"),
)


def quoted(text: str) -> str:
    return quote(text, safe="")


def refusal(text: str) -> ValueError:
    with pytest.raises(ValueError, match=r"^the (URL|text)") as caught:
        DatabaseUrl.parse(text)
    return caught.value


def outcome(text: str) -> DatabaseUrl | ValueError:
    try:
        return DatabaseUrl.parse(text)
    except ValueError as error:
        return error


# Reading


def test_every_part_is_read() -> None:
    url = DatabaseUrl.parse(
        "postgresql://app:s3cr3t@db.example.org:5433/trust_prod"
        "?sslmode=verify-ca&sslrootcert=/etc/ca.pem&sslcert=c.pem&sslkey=k.pem"
        "&application_name=api%20one&connect_timeout=7&statement_cache_size=0"
    )
    assert url == DatabaseUrl(
        host="db.example.org",
        database="trust_prod",
        user="app",
        password="s3cr3t",
        port=5433,
        sslmode="verify-ca",
        sslrootcert="/etc/ca.pem",
        sslcert="c.pem",
        sslkey="k.pem",
        application_name="api one",
        connect_timeout=7,
        statement_cache_size=0,
    )


def test_what_is_left_out_is_none_and_the_port_is_that_of_postgresql() -> None:
    assert DatabaseUrl.parse("postgresql://db/x") == DatabaseUrl(host="db", database="x")
    assert DatabaseUrl.parse("postgresql://db/x").port == 5432


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "asyncpg", "PostgreSQL"])
def test_schemes_that_mean_postgresql(scheme: str) -> None:
    assert DatabaseUrl.parse(f"{scheme}://db/x").host == "db"


@pytest.mark.parametrize("credentials", ["app@", "app:@"])
def test_an_empty_password_is_none(credentials: str) -> None:
    url = DatabaseUrl.parse(f"postgresql://{credentials}db/x")
    assert (url.user, url.password) == ("app", None)


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("[::1]:6000", "::1"),
        ("[2001:db8::7]:6000", "2001:db8::7"),
        ("[fe80::1%25eth0]:6000", "fe80::1%eth0"),
        ("127.0.0.1:6000", "127.0.0.1"),
        ("my_db-1:6000", "my_db-1"),
        ("b%C3%BCcher.example:6000", "bücher.example"),
        ("%2Frun%2Fpostgresql:6000", "/run/postgresql"),
    ],
)
def test_hosts(address: str, host: str) -> None:
    url = DatabaseUrl.parse(f"postgresql://app@{address}/x")
    assert (url.host, url.port) == (host, 6000)
    assert DatabaseUrl.parse(url.to_url()) == url


@pytest.mark.parametrize("text", ["app@/x?host=/run/pg", "app@:5432/x?host=%2Frun%2Fpg"])
def test_a_unix_socket_directory(text: str) -> None:
    url = DatabaseUrl.parse(f"postgresql://{text}")
    assert (url.host, url.port, url.is_local) == ("/run/pg", 5432, True)
    assert not DatabaseUrl.parse(PLAIN).is_local


def test_a_colon_may_stand_in_a_password_and_a_plus_is_no_space() -> None:
    assert DatabaseUrl.parse("postgresql://app:a:b+[c]@db/x").password == "a:b+[c]"


@given(user=SENDABLE, password=SENDABLE, database=SENDABLE)
def test_quoted_parts_come_back(user: str, password: str, database: str) -> None:
    url = DatabaseUrl.parse(f"postgresql://{quoted(user)}:{quoted(password)}@db:1/{quoted(database)}")
    assert (url.user, url.password, url.database) == (user, password, database)


@given(
    st.builds(
        DatabaseUrl,
        host=HOSTS,
        database=SENDABLE,
        user=st.none() | SENDABLE,
        password=st.none() | SENDABLE,
        port=st.integers(1, 65_535),
        sslmode=st.just("verify-full"),
        sslrootcert=st.none() | SENDABLE,
        sslcert=SENDABLE,
        sslkey=st.none() | SENDABLE,
        application_name=st.none() | SENDABLE,
        connect_timeout=st.none() | st.integers(1, 3600),
        statement_cache_size=st.none() | st.integers(0, 1000),
    )
)
def test_a_written_url_reads_as_the_same_value(url: DatabaseUrl) -> None:
    assert DatabaseUrl.parse(url.to_url()) == url


# Refusing: (URL, what is wrong, the mend)

REFUSALS = [
    ("", "not a URL", "write it as postgresql://"),
    ("db.example.org/x", "not a URL", "write it as postgresql://"),
    ("postgresql:/db/x", "not a URL", "write it as postgresql://"),
    ("sqlite:///x.db", "scheme is not that of PostgreSQL", "write postgresql://"),
    ("sqlite://:memory:", "scheme is not that of PostgreSQL", "write postgresql://"),
    ("mysql+aiomysql://db/x", "scheme is not that of PostgreSQL", "write postgresql://"),
    ("'postgresql://db/x'", "scheme is not that of PostgreSQL", "write postgresql://"),
    ("postgresql+asyncpg://db/x", "names a driver", "write postgresql://"),
    ("postgres+psycopg://db/x", "names a driver", "write postgresql://"),
    ("postgresql:///x", "names no host", "?host=/directory"),
    ("postgresql://app:s3cr3t@/x", "names no host", "?host=/directory"),
    ("postgresql://app:s3cr3t@:5432/x", "names no host", "?host=/directory"),
    ("postgresql://db", "names no database", "add it after the host"),
    ("postgresql://db/", "names no database", "add it after the host"),
    ("postgresql://db/?sslmode=require", "names no database", "add it after the host"),
    ("postgresql://db/x/y", "second '/'", "write %2F"),
    ("postgresql://db/x/", "second '/'", "write %2F"),
    ("postgresql://db:/x", "port is not a whole number", "decimal digits"),
    ("postgresql://db:five/x", "port is not a whole number", "decimal digits"),
    ("postgresql://db:+5/x", "port is not a whole number", "decimal digits"),
    ("postgresql://db:٣/x", "port is not a whole number", "decimal digits"),
    ("postgresql://db:5_432/x", "port is not a whole number", "decimal digits"),
    ("postgresql://db:0/x", "port is out of range", "from 1 to 65535"),
    ("postgresql://db:65536/x", "port is out of range", "from 1 to 65535"),
    ("postgresql://a,b/x", "several hosts", "name one"),
    ("postgresql://a:1,b:2/x", "several hosts", "name one"),
    ("postgresql://a%2Cb/x", "not one name or address", "db.example.org"),
    ("postgresql://a%20b/x", "not one name or address", "db.example.org"),
    ("postgresql://[::1/x", "neither a name nor an IPv6 address", "[::1]"),
    ("postgresql://[db]/x", "neither a name nor an IPv6 address", "[::1]"),
    ("postgresql://[]/x", "neither a name nor an IPv6 address", "[::1]"),
    ("postgresql://[::1]5432/x", "neither a name nor an IPv6 address", "[::1]"),
    ("postgresql://db/x?host=other", "not a socket directory", "write postgresql://"),
    ("postgresql://db/x?host=/tmp", "names a host twice", "keep one"),
    ("postgresql://db/x?ssl=true", "parameter ssl;", "sslmode=verify-full"),
    ("postgresql://db/x?ssl=disable", "parameter ssl;", "sslmode=verify-full"),
    ("postgresql://db/x?pool_size=3", "unknown parameter pool_size", ", ".join(PARAMETERS)),
    ("postgresql://db/x?password=s3cr3t", "unknown parameter password", "remove it"),
    ("postgresql://db/x?s3cr3t", "unknown parameter;", "remove it"),
    ("postgresql://db/x?s3-cr3t=1", "unknown parameter;", "remove it"),
    ("postgresql://db/x?&", "unknown parameter;", "remove it"),
    ("postgresql://db/x?sslmode=require&sslmode=disable", "sslmode twice", "keep one"),
    ("postgresql://db/x?sslmode=", "sslmode is empty", "give it a value"),
    ("postgresql://db/x?sslmode", "sslmode is empty", "give it a value"),
    ("postgresql://db/x?sslmode=on", "sslmode is unknown", "verify-ca, verify-full"),
    ("postgresql://db/x?sslmode=verify_full", "sslmode is unknown", "verify-ca, verify-full"),
    ("postgresql://db/x?sslrootcert=c", "sslmode would ignore", "add sslmode=verify-full"),
    ("postgresql://db/x?sslmode=require&sslrootcert=c", "would ignore", "add sslmode=verify-full"),
    ("postgresql://db/x?sslmode=verify-ca", "trust any host", "add sslrootcert="),
    ("postgresql://db/x?sslmode=verify-ca&sslrootcert=system", "trust any", "add sslrootcert="),
    ("postgresql://db/x?sslmode=prefer&sslcert=c", "leave unused", "add sslmode=verify-full"),
    ("postgresql://db/x?sslmode=require&sslkey=k", "without its certificate", "add sslcert="),
    ("postgresql://db/x?connect_timeout=1.5", "connect_timeout is not a whole", "decimal digits"),
    ("postgresql://db/x?connect_timeout=0", "connect_timeout is out of range", "from 1 to 3600"),
    ("postgresql://db/x?statement_cache_size=-1", "cache_size is not a whole", "decimal digits"),
    ("postgresql://db/x?statement_cache_size=9999999", "out of range", "from 0 to 1000000"),
    ("postgresql://db/x#top", "has a fragment", "write a literal '#' as %23"),
    (" postgresql://db/x", "whitespace", "remove it"),
    ("postgresql://db/x\n", "whitespace", "remove it"),
    ("postgresql://app:s3cr3t pw@db/x", "whitespace", "a space is %20"),
    ("postgresql://db/x\x00", "control character", "remove it"),
    ("postgresql://db/x\u200b", "control character", "remove it"),
    ("postgresql://app:s3cr3t\udcff@db/x", "control character", "percent-encode"),
    ("postgresql://app:s3cr@3t@db/x", "'@'", "'@' is %40"),
    ("postgresql://app:s3cr/3t@db/x", "'/'", "'/' is %2F"),
    ("postgresql://app:s3cr?3t@db/x", "'?'", "'?' is %3F"),
    ("postgresql://app:s3cr#3t@db/x", "'#'", "'#' is %23"),
    ("postgresql://app:5432/s3cr3t@db/x", "'/'", "'/' is %2F"),
    ("postgresql://db/x?application_name=a@b", "'@'", "percent-encode"),
    ("postgresql://app:s3cr3t%@db/x", "encodes nothing", "write a literal '%' as %25"),
    ("postgresql://app:100%sure@db/x", "encodes nothing", "write a literal '%' as %25"),
    ("postgresql://app:s3cr3t%FF@db/x", "password is not UTF-8", "percent-encode its UTF-8"),
    ("postgresql://app:s3cr3t%00@db/x", "holds a NUL", "percent-encode"),
    ("postgresql://%ED%A0%80@db/x", "user is not UTF-8", "percent-encode its UTF-8"),
    ("postgresql://db/x?application_name=%FF", "application_name is not UTF-8", "percent-encode"),
]


@pytest.mark.parametrize(("text", "wrong", "mend"), REFUSALS)
def test_a_refusal_says_what_is_wrong_and_the_mend(text: str, wrong: str, mend: str) -> None:
    error = refusal(text)
    assert wrong in str(error)
    assert mend in str(error)
    assert "\n" not in str(error)


@pytest.mark.parametrize("text", [text for text, _, _ in REFUSALS])
def test_a_refusal_shows_no_secret_and_chains_none(text: str) -> None:
    error = refusal(text)
    assert "s3" not in str(error)
    assert text == "" or text not in str(error)
    assert error.__cause__ is None
    assert error.__context__ is None


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"host": ""}, "host is empty"),
        ({"host": "a b"}, "host is not one name"),
        ({"database": ""}, "database is empty"),
        ({"password": ""}, "password is empty"),
        ({"user": "a\0b"}, "user is not UTF-8 or holds a NUL"),
        ({"password": "\ud800"}, "password is not UTF-8"),
        ({"port": 0}, "port is out of range"),
        ({"sslmode": "maybe"}, "sslmode is unknown"),
    ],
)
def test_a_value_that_was_not_parsed_is_valid_too(changes: dict[str, str], wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        dataclasses.replace(DatabaseUrl.parse(PLAIN), **changes)  # type: ignore[arg-type]


# Secrecy


def test_only_to_url_and_the_field_show_the_password() -> None:
    url = DatabaseUrl.parse(PLAIN)
    assert url.safe == "postgresql://app:***@db.example.org:5433/trust_prod"
    assert str(url) == f"{url}" == url.safe
    assert repr(url) == f"DatabaseUrl('{url.safe}')"
    assert url.to_url() == PLAIN
    assert url.password == "s3cr3t"


def test_without_a_password_there_is_none_to_hide() -> None:
    assert DatabaseUrl.parse("postgresql://app@db/x").safe == "postgresql://app@db:5432/x"
    assert DatabaseUrl.parse("postgresql://db/x").safe == "postgresql://db:5432/x"


@given(before=st.text(), after=st.text())
def test_no_message_or_text_form_ever_contains_the_password(before: str, after: str) -> None:
    marker = "N0b0dyMaySee"
    found = outcome(f"postgresql://app:{before}{marker}{after}@db/x?sslmode=require")
    if isinstance(found, DatabaseUrl):
        assert marker in (found.password or "")
        assert marker not in f"{found} {found!r} {found.safe}"
    else:
        assert marker not in "".join(traceback.format_exception(found))


@given(st.text("aA0:/?#[]@%&=+. \t\\é\0", max_size=40))
def test_any_other_text_is_read_or_refused_but_breaks_nothing(text: str) -> None:
    found = outcome(f"postgresql://{text}")
    if isinstance(found, DatabaseUrl):
        assert DatabaseUrl.parse(found.to_url()) == found
    else:
        assert type(found) is ValueError


# The value


def test_it_is_a_frozen_value() -> None:
    url = DatabaseUrl.parse(PLAIN)
    with pytest.raises(dataclasses.FrozenInstanceError):
        url.port = 1  # type: ignore[misc]
    assert hash(url) == hash(DatabaseUrl.parse(PLAIN))
    assert pickle.loads(pickle.dumps(url)) == copy.deepcopy(url) == url  # noqa: S301 - our own


def test_replace_keeps_what_is_not_given() -> None:
    url = DatabaseUrl.parse(f"{PLAIN}?connect_timeout=3")
    other = url.replace(user="trust_reader", password="p@ss", database="x/y")
    assert other.to_url() == ("postgresql://trust_reader:p%40ss@db.example.org:5433/x%2Fy?connect_timeout=3")
    assert url.replace() == url
    with pytest.raises(ValueError, match="database is empty"):
        url.replace(database="")


# TLS


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "ca.pem").write_text(CERTIFICATE)
    (tmp_path / "client.pem").write_text(CERTIFICATE)
    (tmp_path / "client.key").write_text(KEY)
    (tmp_path / "both.pem").write_text(CERTIFICATE + KEY)
    (tmp_path / "other.key").write_text(OTHER_KEY)
    (tmp_path / "encrypted.key").write_text(ENCRYPTED_KEY)
    (tmp_path / "junk.pem").write_text("junk")
    return tmp_path


def context(query: str) -> ssl.SSLContext:
    made = DatabaseUrl.parse(f"{PLAIN}?{query}").tls()
    assert isinstance(made, ssl.SSLContext)
    return made


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "prefer"),
        ("?sslmode=allow", "allow"),
        ("?sslmode=prefer", "prefer"),
        ("?sslmode=disable", False),
    ],
)
def test_modes_that_do_not_demand_tls(query: str, expected: str | bool) -> None:  # noqa: FBT001
    assert DatabaseUrl.parse(f"{PLAIN}{query}").tls() == expected


def test_tls_does_not_apply_to_a_socket() -> None:
    url = DatabaseUrl.parse("postgresql:///x?host=/tmp&sslmode=verify-full")
    assert url.tls() is False


def test_require_encrypts_without_verification() -> None:
    made = context("sslmode=require")
    assert (made.verify_mode, made.check_hostname) == (ssl.CERT_NONE, False)
    assert made.minimum_version == ssl.TLSVersion.TLSv1_2


def test_verify_ca_trusts_only_the_named_authority(files: Path) -> None:
    made = context(f"sslmode=verify-ca&sslrootcert={files}/ca.pem")
    assert (made.verify_mode, made.check_hostname) == (ssl.CERT_REQUIRED, False)
    assert len(made.get_ca_certs()) == 1


def test_verify_full_checks_the_name_too(files: Path) -> None:
    made = context(f"sslmode=verify-full&sslrootcert={files}/ca.pem")
    assert (made.verify_mode, made.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert len(made.get_ca_certs()) == 1


@pytest.mark.parametrize("query", ["sslmode=verify-full", "sslmode=verify-full&sslrootcert=system"])
def test_verify_full_trusts_the_system_without_a_named_authority(
    query: str, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", f"{files}/ca.pem")
    monkeypatch.setenv("SSL_CERT_DIR", str(files))
    made = context(query)
    assert (made.verify_mode, made.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert len(made.get_ca_certs()) == 1


@pytest.mark.parametrize("query", ["sslcert={}/both.pem", "sslcert={0}/client.pem&sslkey={0}/client.key"])
def test_a_client_certificate_is_loaded(query: str, files: Path) -> None:
    made = context(f"sslmode=require&{query.format(files)}")
    assert made.verify_mode is ssl.CERT_NONE


@pytest.mark.parametrize(
    ("query", "wrong", "mend"),
    [
        ("sslrootcert={}/none.pem", r"sslrootcert .*No such file.*none\.pem", "Correct the path"),
        ("sslrootcert={}", "sslrootcert .*directory", "Correct the path"),
        ("sslrootcert={}/junk.pem", "sslrootcert .*no PEM certificate", "in PEM form"),
        ("sslcert={}/none.pem", "sslcert .*No such file", "Correct the path"),
        ("sslcert={0}/client.pem&sslkey={0}/none", "sslkey .*No such file", "Correct the path"),
        ("sslcert={}/client.pem", "do not load", "PEM key that fits it"),
        ("sslcert={}/junk.pem", "do not load", "PEM certificate"),
        ("sslcert={0}/client.pem&sslkey={0}/other.key", "do not load", "that fits it"),
        ("sslcert={0}/client.pem&sslkey={0}/encrypted.key", "do not load", "without a passphrase"),
    ],
)
def test_files_that_do_not_serve(query: str, wrong: str, mend: str, files: Path) -> None:
    url = DatabaseUrl.parse(f"{PLAIN}?sslmode=verify-full&{query.format(files)}")
    with pytest.raises(ConfigurationError, match=wrong) as caught:
        url.tls()
    assert mend in str(caught.value)
    assert "s3cr3t" not in "".join(traceback.format_exception(caught.value))


# What the driver is given


def test_connect_kwargs_of_a_short_url() -> None:
    assert DatabaseUrl.parse("postgresql://db/x").connect_kwargs() == {
        "host": "db",
        "port": 5432,
        "database": "x",
        "ssl": "prefer",
        "server_settings": {"application_name": "trust_models", "timezone": "UTC"},
    }


def test_connect_kwargs_of_a_full_url() -> None:
    url = DatabaseUrl.parse(
        "postgresql://app:p%40ss@[::1]:5433/x?sslmode=disable"
        "&application_name=api&connect_timeout=7&statement_cache_size=0"
    )
    assert url.connect_kwargs() == {
        "host": "::1",
        "port": 5433,
        "user": "app",
        "password": "p@ss",
        "database": "x",
        "ssl": False,
        "timeout": 7,
        "statement_cache_size": 0,
        "server_settings": {"application_name": "api", "timezone": "UTC"},
    }
