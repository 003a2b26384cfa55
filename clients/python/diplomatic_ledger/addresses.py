"""Where a client finds the service: at one address, or at several that take turns."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Sequence

from diplomatic_ledger.errors import InvalidArgument

#: Takes turns among the addresses that answer and say that they are well. gRPC asks each for
#: its health, that of the service as a whole, and is told of changes.
TURNS = json.dumps(
    {
        "loadBalancingConfig": [{"round_robin": {}}],
        "healthCheckConfig": {"serviceName": ""},
    }
)


#: What begins a target of gRPC in which an address with a port stands at the end.
_NAMED = re.compile(r"dns:(?://[^/]*/)?|ipv[46]:(?://[^/]*/)?")
#: Targets of gRPC that it looks at itself.
_OTHERS = ("unix:", "unix-abstract:", "vsock:", "xds:", "google-c2p:")
_OTHER_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)")
_HOST = re.compile(r"[^\s/:@?#\[\]]+")
_MOST_PORT = 65_535


def target(server: str | Sequence[str]) -> tuple[str, bool]:
    """The target of gRPC for an address, or for several, and whether there may be several. An
    address is HOST:PORT, or a target of gRPC such as dns:///HOST:PORT, whose name may have
    several addresses. Raises InvalidArgument.
    """
    addresses = several(server)
    if not addresses:
        raise InvalidArgument(
            "server: this names no address. Name one, such as 127.0.0.1:50551."
        )
    if len(addresses) == 1:
        _check(addresses[0])
        return addresses[0], addresses[0].startswith("dns:")
    kinds = {_kind(address) for address in addresses}
    if len(kinds) > 1:
        raise InvalidArgument("server: IPv4 and IPv6 stand beside one another. Name one kind.")
    return f"{kinds.pop()}:{','.join(addresses)}", True


def several(server: str | Sequence[str]) -> list[str]:
    """The addresses, without white space around them, as a line of a file has it at its end."""
    return [each.strip() for each in ([server] if isinstance(server, str) else server)]


def _check(address: str) -> None:
    """Raises InvalidArgument for an address that nobody could be found at: gRPC would look for it
    again and again.
    """
    if address.startswith(_OTHERS):
        return
    named = _NAMED.match(address)
    if named is None and (scheme := _OTHER_SCHEME.fullmatch(address)):
        raise _refusal(address, f"begins with {scheme[1]}://. Leave that out")
    places = address[named.end() if named else 0 :]
    for place in places.split(",") if address.startswith("ipv") else [places]:
        if problem := _problem(place):
            raise _refusal(address, problem)


def _problem(place: str) -> str:
    """What is wrong with HOST:PORT, with what helps; empty where nothing is."""
    if "@" in place:
        return "has something before an @, which is not shown. Leave it out: credentials say who calls"
    host, colon, port = place.rpartition(":")
    if not colon:
        return "has no port. Add it"
    if not _is_port(port):
        return f"has the port {port!r}, which is no number from 1 to {_MOST_PORT}. Correct it"
    if not host:
        return "has no host before its port. Add it"
    if ":" in host and not _is_ipv6(host):
        return "has more than a host and a port. Put an address of IPv6 into brackets"
    if not (_is_ipv6(host) or _HOST.fullmatch(host)):
        return f"has the host {host!r}, which is none. Correct it"
    return ""


def _refusal(address: str, problem: str) -> InvalidArgument:
    return InvalidArgument(
        f"server: {_shown(address)} {problem}. An address is HOST:PORT, such as 127.0.0.1:50551 or "
        "[::1]:50551."
    )


def _shown(address: str) -> str:
    """An address in a message, without what stands before an @: it may be a password."""
    return repr(address.rpartition("@")[2])


def _is_port(text: str) -> bool:
    return (
        text.isascii() and text.isdecimal() and len(text) < 6 and 1 <= int(text) <= _MOST_PORT
    )


def _is_ipv6(host: str) -> bool:
    """Whether it is an address of IPv6 in brackets, with a zone or without."""
    if not (host.startswith("[") and host.endswith("]")):
        return False
    try:
        ipaddress.IPv6Address(host[1:-1])
    except ValueError:
        return False
    return True


def _kind(address: str) -> str:
    host, _, port = address.rpartition(":")
    try:
        kind = f"ipv{ipaddress.ip_address(host.strip('[]')).version}"
    except ValueError:
        kind = ""
    if not kind or not _is_port(port):
        raise InvalidArgument(
            f"server: {_shown(address)} is not an IP address with a port. Of several addresses each "
            "is, such as 10.0.0.7:50551. A name that has several goes as dns:///NAME:PORT."
        )
    return kind
