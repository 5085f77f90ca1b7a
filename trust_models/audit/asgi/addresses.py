"""Where a request came from: the peer, or whom trusted proxies say they speak for."""

import re
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

from trust_models.audit.asgi.scope import Scope, header_values

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

_FORWARDED = re.compile(r"\[([^]]*)](?::\d{1,5})?|([^:]*):\d{1,5}|(.*)", re.ASCII)
"""An entry of X-Forwarded-For: `[v6]` or `[v6]:port`, `v4:port`, or an address alone."""


def networks(names: Iterable[str]) -> tuple[Network, ...]:
    """Return networks, or single addresses, by their names; raise `ValueError` for what is neither."""
    return tuple(ip_network(name) for name in names)


def client_address(scope: Scope, trusted: Sequence[Network]) -> str | None:
    """Return the client's address: the peer's, unless that is a trusted proxy which speaks for somebody.

    X-Forwarded-For is read from its end, where the nearest proxy wrote, up to the first address that is no trusted
    proxy. What is no address ends the walk at the last one that was.
    """
    peer = scope.get("client")
    if not peer:
        return None
    client = _address(peer[0])
    if client is None:
        return str(peer[0])
    for entry in reversed(",".join(header_values(scope, b"x-forwarded-for")).split(",")):
        if not _is_inside(client, trusted) or (before := _forwarded(entry)) is None:
            break
        client = before
    return str(client)


def _is_inside(address: Address, trusted: Sequence[Network]) -> bool:
    return any(address in network for network in trusted)


def _forwarded(entry: str) -> Address | None:
    match = _FORWARDED.fullmatch(entry.strip(" \t"))
    text = next((group for group in match.groups() if group is not None), "") if match else ""
    # A zone (`%eth0`) means nothing on another host, and may hold any text.
    return None if "%" in text else _address(text)


def _address(text: str) -> Address | None:
    """Return the address, an IPv4 one also where IPv6 carries it; None for what is none."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
