"""Every setting of Talea, in one table: the fields of `Settings`.

Each field carries a line of help; its environment variable is `TALEA_` and its name in capitals.
`docs/settings.md` is written from this table (`python -m talea_api.settings`); a test keeps the two
equal.
"""

import ipaddress
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from platformdirs import user_data_path

from talea_catalogue.errors import TaleaError
from talea_sparql.limits import Limits

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class SettingsError(TaleaError):
    """A setting that cannot be used; the message names the variable and what it accepts."""


def _help(text: str) -> dict[str, str]:
    return {"help": text}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the person who runs Talea decides. `Settings.read()` takes it from the environment."""

    home: Path | None = field(
        default=None,
        metadata=_help("Folder of releases and of your own records (default: the data folder)"),
    )
    base_url: str = field(
        default="",
        metadata=_help("Public address of the site, for absolute links: `https://example.org`"),
    )
    host: str = field(default="127.0.0.1", metadata=_help("Address that `talea serve` listens on"))
    port: int = field(default=8000, metadata=_help("Port that `talea serve` listens on"))
    site_owner: str = field(default="", metadata=_help("The body that publishes the site"))
    site_owner_code: str = field(
        default="",
        metadata=_help("Its code in IndicePA or its tax number, for the description of the data"),
    )
    accessibility_statement_url: str = field(
        default="",
        metadata=_help("The owner's statement on form.agid.gov.it"),
    )
    feedback_email: str = field(
        default="",
        metadata=_help("Where readers report a barrier or a mistake"),
    )
    trusted_proxy: str = field(
        default="",
        metadata=_help("Addresses or networks, with commas, whose `X-Forwarded-For` is believed"),
    )
    access_log: bool = field(
        default=False,
        metadata=_help("1: write one JSON line a request to the standard error, without addresses"),
    )
    metrics_from: str = field(
        default="",
        metadata=_help("Networks, with commas, that may read `/metrics` besides this machine"),
    )
    result_cache_mb: int = field(
        default=32,
        metadata=_help("Memory for results of SPARQL queries kept ready, in MB (0: none)"),
    )
    page_cache_mb: int = field(
        default=64,
        metadata=_help("Memory for answers kept ready, in MB (0: none)"),
    )
    body_limit_kb: int = field(
        default=256,
        metadata=_help("Largest body of a request, in kB; above it, 413"),
    )
    url_limit_kb: int = field(
        default=16,
        metadata=_help("Longest address with its query string, in kB; above it, 414"),
    )
    client_seconds: int = field(
        default=20,
        metadata=_help("Time to send a request, or to take a piece of an answer, in seconds"),
    )
    connections: int = field(
        default=800,
        metadata=_help("Connections at once, below the limit of open files; above it, 503"),
    )
    connections_per_client: int = field(
        default=200,
        metadata=_help("Connections of one client at once; above it, 429 (a trusted proxy: any)"),
    )
    allow_unconfined: bool = field(
        default=False,
        metadata=_help("1: listen on any address also where queries cannot be confined"),
    )
    rate_per_minute: int = field(
        default=6_000,
        metadata=_help("Searches, answers and kB of queries of one client in a minute (0: any)"),
    )
    rate_burst: int = field(
        default=1_000,
        metadata=_help("How many of them may come all at once; above it, 429"),
    )
    rate_clients: int = field(
        default=10_000,
        metadata=_help("How many clients the rate limit remembers"),
    )
    engine: str = field(
        default="",
        metadata=_help(
            "Engine of meaning: `bundled`, `none`, `sentence-transformers:` and a name or a folder "
            "(default: `bundled`, or `none` where it cannot run)"
        ),
    )
    books: bool = field(
        default=True,
        metadata=_help("0: do not make the books of the publications beside the server"),
    )
    sparql_url: str = field(
        default="",
        metadata=_help("SPARQL 1.1 engine that holds the release, in place of the store inside"),
    )
    sparql_seconds: int = field(
        default=10,
        metadata=_help("Time that one public query may run, in seconds"),
    )
    sparql_result_mb: int = field(
        default=10,
        metadata=_help("Largest answer to one public query, in MB"),
    )
    sparql_query_kb: int = field(
        default=64,
        metadata=_help("Longest text of a public query, in kB"),
    )
    sparql_memory_mb: int = field(
        default=500,
        metadata=_help("Memory of one public query above the store, in MB"),
    )
    sparql_children: int = field(
        default=4,
        metadata=_help("Processes that evaluate public queries"),
    )
    sparql_queue: int = field(
        default=64,
        metadata=_help("Public queries that may wait; above it, 503"),
    )
    sparql_queue_seconds: int = field(
        default=5,
        metadata=_help("Time that a public query may wait; above it, 503"),
    )
    sparql_per_client: int = field(
        default=2,
        metadata=_help("Public queries that one client may run at once; above it, 429"),
    )
    sparql_recycle: int = field(
        default=500,
        metadata=_help("Queries after which a process is replaced"),
    )
    sparql_patterns: int = field(
        default=80,
        metadata=_help("Parts of one public query that must be put in order"),
    )
    sparql_operators: int = field(
        default=500,
        metadata=_help("Operators and clauses of one public query"),
    )
    sparql_depth: int = field(default=64, metadata=_help("Nested brackets of one public query"))

    @classmethod
    def read(cls, environ: Mapping[str, str] | None = None, **given: Any) -> "Settings":
        """Read the environment; `given` values that are not None win over it.

        Raises SettingsError for a value of the wrong type or out of its range.
        """
        environ = os.environ if environ is None else environ
        values: dict[str, Any] = {}
        for one in table():
            text = environ.get(one.variable, "").strip()
            if text:
                values[one.name] = one.parse(text)
        values |= {name: value for name, value in given.items() if value is not None}
        settings = cls(**values)
        settings._check()
        return settings

    @property
    def meaning(self) -> str:
        """The engine that gives texts their vectors: the one chosen, or what can run here."""
        from talea_catalogue.search.engines import default_engine

        return self.engine or default_engine()[0]

    @property
    def home_folder(self) -> Path:
        """The home, or the platform's folder for the data of a program."""
        return self.home if self.home is not None else user_data_path("talea", appauthor=False)

    def limits(self) -> Limits:
        """The limits of the public SPARQL service."""
        return Limits(
            deadline_seconds=self.sparql_seconds,
            result_bytes=self.sparql_result_mb * 1_000_000,
            query_bytes=self.sparql_query_kb * 1_024,
            memory_bytes=self.sparql_memory_mb * 1_000_000,
            queries_per_child=self.sparql_recycle,
            children=self.sparql_children,
            running_per_client=self.sparql_per_client,
            queue_length=self.sparql_queue,
            queue_seconds=self.sparql_queue_seconds,
            nesting_depth=self.sparql_depth,
            patterns=self.sparql_patterns,
            operators=self.sparql_operators,
        )

    def absolute(self, path: str) -> str:
        """The absolute address of a path of the site; the path itself where none is set."""
        return self.base_url.rstrip("/") + path

    @property
    def site(self) -> str:
        """The address of the site without a final slash; where none is set, the loopback one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.base_url.rstrip("/") or f"http://{host}:{self.port}"

    def _check(self) -> None:
        for name in ("base_url", "accessibility_statement_url", "sparql_url"):
            url = getattr(self, name)
            if url and (urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc):
                raise SettingsError(f"{_variable(name)}: serve un indirizzo http(s), non {url!r}.")
        if not 0 <= self.port <= 65535:
            raise SettingsError(f"TALEA_PORT: serve un numero da 0 a 65535, non {self.port}.")
        for row in table():
            bounded = row.name.startswith(("sparql_", "client_", "connections"))
            if bounded and row.type == "number" and getattr(self, row.name) < 1:
                raise SettingsError(f"{row.variable}: serve un numero maggiore di zero.")
        for name in ("trusted_proxy", "metrics_from"):
            try:
                _networks(getattr(self, name))
            except ValueError as error:
                raise SettingsError(f"{_variable(name)}: {error}.") from None

    def trusted_networks(self) -> tuple[Network, ...]:
        """The networks whose `X-Forwarded-For` is believed."""
        return _networks(self.trusted_proxy)

    def metrics_networks(self) -> tuple[Network, ...]:
        """The networks that may read `/metrics`: this machine and those of the setting."""
        return _networks(f"127.0.0.0/8,::1,{self.metrics_from}")


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table of settings."""

    name: str
    variable: str
    type: str
    default: Any
    help: str

    def parse(self, text: str) -> Any:
        """The value of a text of the environment; raises SettingsError."""
        if self.type == "path":
            return Path(text).expanduser()
        if self.type == "text":
            return text
        if self.type == "flag":
            if text not in ("0", "1"):
                raise SettingsError(f"{self.variable}: serve 0 oppure 1, non {text!r}.")
            return text == "1"
        try:
            number = int(text)
        except ValueError:
            number = -1
        if number < 0:
            raise SettingsError(f"{self.variable}: serve un numero intero positivo, non {text!r}.")
        return number


_TYPES = {bool: "flag", int: "number", str: "text"}


def table() -> Iterator[Row]:
    """The settings in order."""
    for one in fields(Settings):
        kind = "path" if one.name == "home" else _TYPES[type(one.default)]
        yield Row(one.name, _variable(one.name), kind, one.default, one.metadata["help"])


def _variable(name: str) -> str:
    return "TALEA_" + name.upper()


def _networks(text: str) -> tuple[Network, ...]:
    """Addresses and networks separated by commas; raises ValueError."""
    parts = (part.strip() for part in text.split(","))
    return tuple(ipaddress.ip_network(part, strict=False) for part in parts if part)


def as_markdown() -> str:
    """The text of `docs/settings.md`."""
    lines = [
        "# Settings",
        "",
        "All of them are environment variables, read once when a command starts.",
        "Written from `talea_api/settings.py` by `python -m talea_api.settings`; do not edit.",
        "",
        "| variable | type | default | what it decides |",
        "|---|---|---|---|",
    ]
    for row in table():
        shown = int(row.default) if isinstance(row.default, bool) else row.default
        default = "" if shown in (None, "") else f"`{shown}`"
        lines.append(f"| `{row.variable}` | {row.type} | {default} | {row.help} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(as_markdown(), end="")
