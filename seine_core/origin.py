"""Where a request comes from: what every server here asks before it answers.

A browser sends requests for any page that its user has open. So that another site cannot drive a
server that it cannot reach itself, requests from other origins are refused; and so are those for
other names than this machine's own, with which a site could pretend to be the server's origin.
"""

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit


def is_loopback(host: str) -> bool:
    """Whether this name or address is the machine's own and never another's."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def hostname(host: str) -> str:
    """The name in a Host header, without its port; empty where it has none."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def is_same_origin(method: str, headers: Mapping[str, str]) -> bool:
    """Browsers say where a request comes from: those of today in Sec-Fetch-Site, and all of them
    in Origin where it matters, which is what is left over plain HTTP. A link that is followed may
    come from anywhere. What is no browser says neither."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        followed = method in ("GET", "HEAD") and headers.get("sec-fetch-mode") == "navigate"
        return site in ("same-origin", "none") or followed
    origin, host = headers.get("origin"), headers.get("host", "")
    return origin is None or origin.partition("://")[2].lower() == host.lower()
