"""PostgreSQL full-text search, the peer of ours: a server of its own, one table of practices.

The server is Debian's (`apt-get install postgresql-15`), in a temporary folder, on a Unix socket
and no network, with settings that favour reading: a gigabyte of shared memory, and no JIT, as to
compile costs more than such a query. The table is what a developer would make: a `tsvector` with
the Italian configuration and the weights of our fields, a GIN index, an array for each facet.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import psycopg
from psycopg import sql

from talea_catalogue.search.facets import FACETS
from talea_catalogue.search.text import FIELDS

from .corpus import Document
from .engines import AbsentError

_BIN = Path("/usr/lib/postgresql/15/bin")
_USER = "postgres"
_SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "1GB",
    "effective_cache_size": "2GB",
    "work_mem": "64MB",
    "maintenance_work_mem": "512MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "fsync": "off",  # it only makes the loading faster: nothing is written later
    "autovacuum": "off",  # the table is vacuumed once, after loading
}
WEIGHTS = {4.0: "A", 2.5: "B", 2.0: "B", 1.5: "C", 1.0: "D"}
"""Weight of a field of ours -> class of PostgreSQL, which has four."""
_RANKS = "{0.25,0.375,0.5625,1}"
"""What the classes D, C, B, A weigh: the fields of a class, beside those of A."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """The practices found, best first; words alone never tell whether they answer."""

    slugs: tuple[str, ...]
    confident: bool = True


class Postgres:
    """A server in a folder of its own; use it in a `with`. Raises AbsentError where there is none.

    Its processes end with the block, and its folder goes.
    """

    def __init__(self) -> None:
        if not (_BIN / "postgres").exists():
            raise AbsentError("PostgreSQL is not installed: apt-get install postgresql-15")
        # Its socket must have a short path, and its user must reach it.
        self._folder = Path(tempfile.mkdtemp(prefix="talea-pg-", dir="/tmp"))
        self._user = _USER if os.geteuid() == 0 else None
        if self._user is not None:
            shutil.chown(self._folder, self._user)

    def __enter__(self) -> psycopg.Connection:
        try:
            self._run("initdb", "-D", self._data, "-E", "UTF8", "--locale=C.UTF-8", "-A", "trust")
            with (self._folder / "data" / "postgresql.conf").open("a") as file:
                settings = {**_SETTINGS, "unix_socket_directories": str(self._folder)}
                file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
            self._run("pg_ctl", "-D", self._data, "-w", "-l", str(self._folder / "log"), "start")
            owner = self._user or pwd.getpwuid(os.geteuid()).pw_name
            self._connection = psycopg.connect(
                host=str(self._folder),
                user=owner,
                dbname="postgres",
                autocommit=True,
                prepare_threshold=None,  # a plan for each query, by the words that it has
            )
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        return self._connection

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()
        self._run("pg_ctl", "-D", self._data, "-w", "-m", "immediate", "stop")
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def _data(self) -> str:
        return str(self._folder / "data")

    def _run(self, command: str, *arguments: str) -> None:
        subprocess.run(
            [str(_BIN / command), *arguments],
            check=True,
            user=self._user,
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
        )


class Table:
    """A table of practices, loaded and indexed; it is made anew."""

    def __init__(
        self, connection: psycopg.Connection, name: str, documents: Iterable[Document]
    ) -> None:
        self._connection = connection
        self._name = name
        self._load(documents)

    def _load(self, documents: Iterable[Document]) -> None:
        facets = sql.SQL(", ").join(
            sql.SQL("{} text[] NOT NULL").format(_facet(name)) for name in FACETS
        )
        vector = " || ".join(
            f"setweight(to_tsvector('italian', said_{one}), '{one.upper()}')" for one in "abcd"
        )
        with self._connection.cursor() as cursor:
            self._run(
                "CREATE UNLOGGED TABLE loading (slug text, title text, said_a text, said_b text,"
                " said_c text, said_d text, {facets})",
                facets=facets,
            )
            with cursor.copy("COPY loading FROM STDIN") as copy:
                for document in documents:
                    copy.write_row(_row(document))
            # What is searched stays in the row: reading it from beside would cost twice.
            self._run(
                "CREATE UNLOGGED TABLE {table} (slug text, title text, words tsvector NOT NULL,"
                " {facets}) WITH (toast_tuple_target = 8160)",
                facets=facets,
            )
            self._run(
                "INSERT INTO {table} SELECT slug, title, " + vector + ", {names} FROM loading",
                names=sql.SQL(", ").join(map(_facet, FACETS)),
            )
            self._run("CREATE INDEX ON {table} USING gin (words)")
            self._run("DROP TABLE loading")
            self._run("VACUUM ANALYZE {table}")

    def query(self, text: str) -> str | None:
        """The `tsquery` of a text: all its words, or any where no practice has all; None for none.

        What is between quotation marks is a phrase, and a word after a hyphen is left out, as
        `websearch_to_tsquery` reads a text.
        """
        text = text.replace("\0", " ")
        (strict,) = self._one("SELECT websearch_to_tsquery('italian', %s)::text", text)
        if not strict:
            return None
        (some,) = self._one(
            "SELECT EXISTS (SELECT FROM {table} WHERE words @@ %s::tsquery)", strict
        )
        return str(strict) if some else self.any_word(text)

    def any_word(self, text: str) -> str | None:
        """The `tsquery` of any word of a text, or None where it has none."""
        (loose,) = self._one(
            "SELECT replace(plainto_tsquery('italian', %s)::text, ' & ', ' | ')",
            text.replace("\0", " "),
        )
        return str(loose) if loose else None

    def search(
        self, query: str | None, limit: int, rank: str = "ts_rank_cd", length: int = 0
    ) -> list[tuple[str, str, float]]:
        """Slug, title and rank of the best practices of a `tsquery`."""
        if query is None:
            return []
        return self._all(
            "SELECT slug, title, {rank}({weights}, words, %s::tsquery, {length}) AS rank"
            " FROM {table} WHERE words @@ %s::tsquery ORDER BY rank DESC, slug LIMIT %s",
            *(query, query, limit),
            rank=sql.Identifier(rank),
            weights=sql.Literal(_RANKS),
            length=sql.Literal(length),
        )

    def facets(self, query: str | None, names: Sequence[str]) -> list[tuple[str, str, int]]:
        """Facet, value and number of practices of a `tsquery`; the matches are sought once."""
        if query is None:
            return []
        counts = sql.SQL(" UNION ALL ").join(
            sql.SQL(
                "SELECT {0}, value, count(*) FROM found, unnest({1}) AS value GROUP BY 2"
            ).format(sql.Literal(name), _facet(name))
            for name in names
        )
        return self._all(
            "WITH found AS MATERIALIZED"
            " (SELECT {names} FROM {table} WHERE words @@ %s::tsquery) {counts}",
            query,
            names=sql.SQL(", ").join(map(_facet, names)),
            counts=counts,
        )

    def matches(self, query: str | None) -> int:
        """How many practices match."""
        counted = "SELECT count(*) FROM {table} WHERE words @@ %s::tsquery"
        return int(self._one(counted, query)[0]) if query else 0

    def megabytes(self) -> float:
        """The table and its index on disk, in MB."""
        (size,) = self._one("SELECT pg_total_relation_size(to_regclass(%s))", self._name)
        return float(size) / 1_000_000

    def _run(self, text: str, *values: object, **parts: sql.Composable) -> psycopg.Cursor:
        statement = sql.SQL(text).format(table=sql.Identifier(self._name), **parts)  # type: ignore[arg-type]
        return self._connection.execute(statement, values or None)

    def _all(self, text: str, *values: object, **parts: sql.Composable) -> list:
        return self._run(text, *values, **parts).fetchall()

    def _one(self, text: str, *values: object) -> tuple:
        row = self._run(text, *values).fetchone()
        assert row is not None
        return row


class PostgresRanker:
    """A table as a search that `talea eval` can judge."""

    signals = ()

    def __init__(self, table: Table, *, always_any: bool, rank: str, length: int) -> None:
        self._table, self._any, self._rank, self._length = table, always_any, rank, length

    def rank(self, text: str, signals: frozenset[str] | None = None) -> Ranked:
        """The ten best of a text."""
        query = self._table.any_word(text) if self._any else self._table.query(text)
        found = self._table.search(query, 10, self._rank, self._length)
        return Ranked(tuple(slug for slug, _, _ in found))


def _row(document: Document) -> list[object]:
    said = dict.fromkeys("ABCD", "")
    for name, (_, _, weight) in FIELDS.items():
        # A full stop between texts: words of two of them are no neighbours.
        said[WEIGHTS[weight]] += "".join(f"{text}. " for text in document.texts[name])
    title = next(iter(document.texts["title"]), "")
    values = [list(document.values.get(name, ())) for name in FACETS]
    return [document.slug, title, *said.values(), *values]


def _facet(name: str) -> sql.Identifier:
    return sql.Identifier(name)
