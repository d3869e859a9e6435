"""Nothing that runs here may reach out: libraries that report home find no way."""

import sys
from ipaddress import ip_address

_NAMES = frozenset({"localhost", "", None})


def stay_offline() -> None:
    """Refuse, from now on and for good, every connection of this process that would leave the machine."""
    sys.addaudithook(_refuse)


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if event in {"socket.connect", "socket.sendto"}:
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None  # no tuple: a socket file
    elif event in {"socket.getaddrinfo", "socket.gethostbyname"}:
        host = arguments[0]
    else:
        return
    if not _is_here(host):
        raise PermissionError(f"this process may not reach {host}")


def _is_here(host: object) -> bool:
    """Say whether a host means this machine.

    Examples
    --------
    >>> [_is_here(host) for host in (None, "localhost", "127.0.0.1", "::1", "192.0.2.1", "example.org")]
    [True, True, True, True, False, False]
    """
    if host in _NAMES:
        return True
    text = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    try:
        return ip_address(text).is_loopback
    except ValueError:
        return text == "localhost"
