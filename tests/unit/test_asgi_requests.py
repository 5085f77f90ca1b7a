"""What the middleware makes of the headers and the peer of a request, whatever a client sends."""

import sys
from typing import Any
from unicodedata import category
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

from trust_models import RequestContext, TrustMiddleware
from trust_models.audit.asgi import tracing
from trust_models.audit.asgi.addresses import networks
from trust_models.audit.asgi.request import request_of

PROXIES = networks(["10.0.0.0/8", "192.0.2.1", "fd00::/8"])
TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


def seen(*headers: tuple[str, str], client: Any = ("10.0.0.1", 4711), trusted: Any = PROXIES) -> RequestContext:
    """The context of a request with these headers, from a trusted proxy unless said otherwise."""
    pairs = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    scope = {"type": "http", "headers": pairs, "client": client}
    return request_of(scope, service="labs", trusted=trusted)


# X-Request-ID


@pytest.mark.parametrize(
    "given_id", ["a", "7f3c", "0-1_2.3~4:5/6+7=8@9", "x" * 128, "Root=1-67891233-abcdef012345678912345678"]
)
def test_a_well_formed_request_id_is_taken(given_id: str) -> None:
    assert seen(("x-request-id", f" {given_id} ")).request_id == given_id


@pytest.mark.parametrize("given_id", ["", "-a", "x" * 129, "a b", "a,b", "ä", "a\x7f", 'a"', "a\n"])
def test_any_other_is_replaced(given_id: str) -> None:
    made = str(seen(("x-request-id", given_id)).request_id)
    assert made != given_id
    assert UUID(made).version == 4


def test_two_request_ids_are_none() -> None:
    assert seen(("x-request-id", "a"), ("x-request-id", "a")).request_id != "a"


def test_each_request_gets_an_id_of_its_own() -> None:
    assert seen().request_id != seen().request_id


# The trace


@pytest.mark.parametrize(
    "value",
    [f"00-{TRACE}-{PARENT}-01", f"00-{TRACE}-{PARENT}-ff", f"01-{TRACE}-{PARENT}-01", f"fe-{TRACE}-{PARENT}-00-more"],
)
def test_a_traceparent_names_the_trace(value: str) -> None:
    assert seen(("traceparent", value)).trace_id == TRACE


@pytest.mark.parametrize(
    "value",
    [
        "",
        TRACE,
        f"ff-{TRACE}-{PARENT}-01",
        f"00-{TRACE}-{PARENT}-01-more",
        f"00-{TRACE}-{PARENT}-01-",
        f"01-{TRACE}-{PARENT}-01more",
        f"00-{TRACE}-{PARENT}",
        f"00-{TRACE}-{PARENT}-0",
        f"00-{TRACE.upper()}-{PARENT}-01",
        f"00-{TRACE}-{PARENT}-0G",
        f"00-{'0' * 32}-{PARENT}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE}0-{PARENT}-01",
        f"0-{TRACE}-{PARENT}-01",
    ],
)
def test_any_other_traceparent_is_ignored(value: str) -> None:
    assert seen(("traceparent", value)).trace_id is None


def test_two_traceparents_are_none() -> None:
    one = ("traceparent", f"00-{TRACE}-{PARENT}-01")
    assert seen(one, one).trace_id is None


def test_the_current_span_comes_first() -> None:
    with TracerProvider(shutdown_on_exit=False).get_tracer("tests").start_as_current_span("request") as span:
        inside = seen(("traceparent", f"00-{TRACE}-{PARENT}-01")).trace_id
    assert inside == trace.format_trace_id(span.get_span_context().trace_id)
    assert seen(("traceparent", f"00-{TRACE}-{PARENT}-01")).trace_id == TRACE


def test_it_works_without_opentelemetry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    tracing._opentelemetry.cache_clear()
    try:
        assert seen(("traceparent", f"00-{TRACE}-{PARENT}-01")).trace_id == TRACE
        assert tracing._opentelemetry() is None
    finally:
        tracing._opentelemetry.cache_clear()


# The client


@pytest.mark.parametrize(
    ("client", "address"),
    [
        (("203.0.113.9", 1), "203.0.113.9"),
        (("2001:DB8::0:1", 1), "2001:db8::1"),
        (("::ffff:203.0.113.9", 1), "203.0.113.9"),
        (("fe80::1%eth0", 1), "fe80::1%eth0"),
        (("testclient", 1), "testclient"),
        (("test\nclient", 1), "testclient"),
        (("", 0), None),
        (None, None),
    ],
)
def test_a_peer_that_is_no_proxy_speaks_for_nobody(client: Any, address: str | None) -> None:
    assert seen(("x-forwarded-for", "198.51.100.1"), client=client).client_address == address


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("198.51.100.1, 203.0.113.9", "203.0.113.9"),
        ("198.51.100.1,203.0.113.9,10.2.3.4 , 192.0.2.1", "203.0.113.9"),
        ("10.9.9.9, 10.2.3.4", "10.9.9.9"),
        ("203.0.113.9:4711", "203.0.113.9"),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("203.0.113.9, [fd00::1]:4711", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("203.0.113.9, ::ffff:10.1.1.1", "203.0.113.9"),
        ("203.0.113.9, unknown", "10.0.0.1"),
        ("203.0.113.9, ", "10.0.0.1"),
        ("203.0.113.9, unknown, 10.2.3.4", "10.2.3.4"),
        ("203.0.113.9, _hidden", "10.0.0.1"),
        ("203.0.113.9, 10.2.3.4:x", "10.0.0.1"),
        ("203.0.113.9, [10.2.3.4", "10.0.0.1"),
        ("203.0.113.9, fd00::1%<script>", "10.0.0.1"),
        ("203.0.113.9, 010.2.3.4", "10.0.0.1"),
        ("", "10.0.0.1"),
    ],
)
def test_trusted_proxies_are_walked_past_from_the_end(forwarded: str, address: str) -> None:
    assert seen(("x-forwarded-for", forwarded)).client_address == address


def test_several_headers_are_one_list() -> None:
    headers = [("x-forwarded-for", "198.51.100.1"), ("x-forwarded-for", "203.0.113.9, 10.1.1.1")]
    assert seen(*headers).client_address == "203.0.113.9"


def test_a_peer_on_ipv6_that_carries_ipv4_is_that_proxy() -> None:
    client = ("::ffff:10.0.0.1", 1)
    assert seen(("x-forwarded-for", "203.0.113.9"), client=client).client_address == "203.0.113.9"


def test_nobody_is_trusted_unless_named() -> None:
    assert seen(("x-forwarded-for", "203.0.113.9"), trusted=()).client_address == "10.0.0.1"


# The user agent, and everything at once


@pytest.mark.parametrize(
    ("agent", "kept"),
    [("curl/8", "curl/8"), ("a\x00b\x1b[31m\x7fc\x85", "ab[31mc"), ("x" * 1001, "x" * 999 + "…"), ("\x01", None)],
)
def test_a_user_agent_is_cut_to_what_the_log_takes(agent: str, kept: str | None) -> None:
    assert seen(("user-agent", agent)).user_agent == kept


HEADERS = st.sampled_from([b"x-request-id", b"traceparent", b"x-forwarded-for", b"user-agent", b"X-Request-Id"])
VALUES = st.binary(max_size=1200) | st.text("0123456789abcdef:.,[]%- \t", max_size=60).map(str.encode)


@given(st.lists(st.tuples(HEADERS, VALUES), max_size=5), st.none() | st.tuples(st.ip_addresses().map(str), st.just(1)))
def test_no_request_is_without_a_context(headers: list[tuple[bytes, bytes]], client: Any) -> None:
    made = request_of({"headers": headers, "client": client}, service="labs", trusted=networks(["0.0.0.0/0", "::/0"]))
    assert made.request_id
    for text in (made.request_id, made.trace_id, made.client_address, made.user_agent):
        assert "Cc" not in map(category, text or "")


# What it is told


async def nothing(*_: Any) -> None:
    """An application that does nothing."""


@pytest.mark.parametrize("proxies", [["10.0.0.1/8"], ["example.org"], "10.0.0.0/8", [""]])
def test_a_proxy_is_a_network_or_an_address(proxies: Any) -> None:
    with pytest.raises(ValueError, match=r"network|host bits"):
        TrustMiddleware(nothing, service="labs", trusted_proxies=proxies)


def test_a_service_has_a_name_that_the_log_takes() -> None:
    with pytest.raises(ValueError, match="1000"):
        TrustMiddleware(nothing, service="x" * 1001)
