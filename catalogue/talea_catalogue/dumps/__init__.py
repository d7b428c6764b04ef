"""The downloads of a release: N-Quads, TriG, Turtle, JSON-LD, and one CSV table a class.

    {release}/dumps/talea.nq.gz, .trig.gz, .jsonld.gz    every named graph
                    talea.ttl.gz                         the union of the graphs, each triple once
                    GoodPractice.csv.gz, …               one table a class
                    talea-csv.zip, colonne.csv.gz        all the tables, what their columns are
                    SHA256SUMS, SHA256SUMS.contents      of the files, and of what they unpack to
                    dumps.json                           the index, with the numbers of the union

`write` makes them after a release is in force, so that a changed record does not wait for them.
They depend on nothing but `data.nq`, which is read in a stream and sorted on disk: memory does not
grow with the catalogue. What unpacks is the same everywhere; packed bytes are the same wherever
zlib is, which is why both have their hash.
"""

from .index import Dumps, File, read
from .tables import BETWEEN
from .write import FOLDER, alone, write

__all__ = ["BETWEEN", "FOLDER", "Dumps", "File", "alone", "read", "write"]
