"""Where a client finds the service: at one address, or at several that take turns."""

from __future__ import annotations

import ipaddress
import json
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


def target(server: str | Sequence[str]) -> tuple[str, bool]:
    """The target of gRPC for an address, or for several, and whether there may be several. An
    address is HOST:PORT, or a target of gRPC such as dns:///HOST:PORT, whose name may have
    several addresses. Raises InvalidArgument.
    """
    addresses = [server] if isinstance(server, str) else list(server)
    if not addresses:
        raise InvalidArgument(
            "server: this names no address. Name one, such as 127.0.0.1:50551."
        )
    if len(addresses) == 1:
        return addresses[0], addresses[0].startswith("dns:")
    kinds = {_kind(address) for address in addresses}
    if len(kinds) > 1:
        raise InvalidArgument("server: IPv4 and IPv6 stand beside one another. Name one kind.")
    return f"{kinds.pop()}:{','.join(addresses)}", True


def _kind(address: str) -> str:
    host, _, port = address.rpartition(":")
    try:
        kind = f"ipv{ipaddress.ip_address(host.strip('[]')).version}"
    except ValueError:
        kind = ""
    if not kind or not port.isdecimal():
        raise InvalidArgument(
            f"server: {address!r} is not an IP address with a port. Of several addresses each "
            "is, such as 10.0.0.7:50551. A name that has several goes as dns:///NAME:PORT."
        )
    return kind
