"""What `OLLAMA_HOST` means: the official rules of Ollama's own client (envconfig.Host and ConnectableHost)."""

from __future__ import annotations

from ipaddress import ip_address

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 11434


def base_url(value: str) -> str:
    """The address to call, `scheme://host:port[/prefix]`. Never fails: what makes no sense falls back as Ollama does.

    >>> base_url("0.0.0.0:8080")
    'http://127.0.0.1:8080'
    """
    text = value.strip().strip("\"'").strip()
    scheme, separator, rest = text.partition("://")
    if not separator:
        scheme, rest = ("https", "ollama.com:443") if text == "ollama.com" else ("http", text)
    scheme = scheme.lower()
    default = {"http": 80, "https": 443}.get(scheme, DEFAULT_PORT) if separator else DEFAULT_PORT
    hostport, _, path = rest.partition("/")
    host, port = _split(hostport)
    prefix = "/".join(part for part in path.split("/") if part)
    return f"{scheme}://{_connectable(host)}:{_port(port, default)}" + (f"/{prefix}" if prefix else "")


def _split(hostport: str) -> tuple[str, str | None]:
    # Go's net.SplitHostPort: exactly one colon outside of brackets, else there is no port.
    if hostport.startswith("["):
        host, bracket, port = hostport[1:].partition("]")
        if bracket and port.startswith(":"):
            return host, port[1:]
        return host, None
    if hostport.count(":") == 1:
        host, _, port = hostport.partition(":")
        return host, port
    return hostport, None


def _connectable(host: str) -> str:
    # An unspecified address is one to listen on; only Linux lets a client call it.
    if not host:
        return DEFAULT_HOST
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if address.is_unspecified:
        return DEFAULT_HOST if address.version == 4 else "[::1]"
    return str(address) if address.version == 4 else f"[{address}]"


def _port(text: str | None, default: int) -> int:
    if text is None or not (text.isascii() and text.isdigit()) or int(text[:6]) > 65535:
        return default
    return int(text)
