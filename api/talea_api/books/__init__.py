"""The books of the publications, as files to read and to download: made beside the server.

    {release}/books/antologia-a4.pdf, antologia-en.epub, …    the files of each edition
                    books.json                                the index, with the contents

`write.write` makes them in the folder of the release that each edition is told from, after the
dumps and in a process of its own (`python -m talea_api.books HOME`): no request ever does. A
release that goes takes its books. They depend on its data, on the code and on the address of the
site, which stands in every link and code of a book: when one of these is another they are made
again.
"""

from .index import ASIDE, FOLDER, Books, File, Line, Made, Part, Shelf, read, shelf, state

__all__ = [
    "ASIDE",
    "FOLDER",
    "Books",
    "File",
    "Line",
    "Made",
    "Part",
    "Shelf",
    "read",
    "shelf",
    "state",
]
