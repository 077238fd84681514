"""Hosts, origins and client addresses as requests name them, parsed before they are compared."""

import ipaddress
import re
import socket
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from seine_core.errors import BadInput

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(
    r"(?P<name>[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?|\[(?P<v6>[0-9a-f:.]+)\])(:(?P<port>[0-9]{0,5}))?"
)
_LONGEST_HOST = 255 + len(":65535")


class Origin(NamedTuple):
    """Who answers: `host` in lower case, an IPv6 address without brackets."""

    scheme: str
    host: str
    port: int


def parse_host(text: str, scheme: str = "http") -> Origin | None:
    """A Host header's `host[:port]`, with the scheme's own port where none is given; None for what
    is none: with a user, a path, blanks or other signs, a port out of range, no IPv6 address."""
    found = _HOST.fullmatch(text.lower()) if len(text) <= _LONGEST_HOST else None
    if found is None or not text.isascii():
        return None
    port = int(found["port"] or _PORTS[scheme])
    host = found["v6"] or found["name"]
    if found["v6"]:
        address = parse_address(host)
        host = str(address)
        if address is None:
            return None
    return Origin(scheme, host, port) if 0 < port < 65536 else None


def parse_origin(text: str) -> Origin | None:
    """An Origin header's value; None for `null` and for what is none."""
    scheme, mark, host = text.partition("://")
    scheme = scheme.lower()
    return parse_host(host, scheme) if mark and scheme in _PORTS else None


def parse_address(text: str) -> IPAddress | None:
    """An IP address, an IPv4 one also where it is written as IPv6; None for what is none."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def is_loopback(host: str) -> bool:
    """Whether this name or address is the machine's own and never another's."""
    address = parse_address(host)
    return host.lower() == "localhost" if address is None else address.is_loopback


def one_caller(address: str) -> str:
    """What limits for an address count by: of IPv6 the network of one household or machine, who
    has 2**64 addresses of it."""
    found = parse_address(address)
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found or address)


def machine_names() -> frozenset[str]:
    """What this machine is called by itself and in its local network."""
    name = socket.gethostname().lower()
    return frozenset({"localhost", name, f"{name.partition('.')[0]}.local"})


def public_names(names: Sequence[str]) -> frozenset[str]:
    """The hosts that a server is known by elsewhere, without their ports.

    Raises:
        BadInput: one of them is no host.
    """
    hosts = {name: parse_host(name) for name in names}
    for name, host in hosts.items():
        if host is None:
            raise BadInput(
                subject="--name",
                received=name,
                allowed="a host as it stands in the address bar, like studio.example",
                advice="without https:// before it",
            )
    return frozenset(host.host for host in hosts.values() if host)


class Proxies:
    """The proxies that may say on whose behalf they ask."""

    def __init__(self, networks: Iterable[str] = ()) -> None:
        """`networks`: addresses, or networks like 10.0.0.0/8.

        Raises:
            BadInput: one of them is none, or everybody's.
        """
        self._networks: list[IPNetwork] = []
        for text in networks:
            try:
                network = ipaddress.ip_network(text, strict=False)
            except ValueError:
                network = None
            if network is None or network.prefixlen == 0:
                raise BadInput(
                    subject="--proxy",
                    received=text,
                    allowed="the IP address that the proxy asks from, like 127.0.0.1, or a "
                    "network like 10.0.0.0/8",
                )
            self._networks.append(network)

    def __bool__(self) -> bool:
        return bool(self._networks)

    def __contains__(self, address: str) -> bool:
        found = parse_address(address)
        return found is not None and any(found in network for network in self._networks)

    def client(self, hops: str) -> str | None:
        """The nearest address of an X-Forwarded-For that is none of the proxies; what stands before
        it anybody may have written. None where there is none."""
        for hop in reversed(hops.split(",")):
            address = parse_address(hop.strip())
            if address is None:
                return None
            if str(address) not in self:
                return str(address)
        return None
