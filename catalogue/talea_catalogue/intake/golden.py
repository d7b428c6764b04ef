"""`talea eval GOLDEN.json`: a stranger's judgements of queries, read and checked.

The file is a list of `{"id", "query", "kind", "relevant"}`; other keys are left aside. Nothing is
measured by half of a file: the first fault ends the reading, and says how many others there are.
"""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..errors import ImportFileError
from ..search.evaluation import MAX_GRADE, Judged
from .items import explain, shown
from .json_file import read_json

_Name = Annotated[str, Field(min_length=1)]
_Grade = Annotated[int, Field(ge=0, le=MAX_GRADE)]


class _Query(BaseModel):
    model_config = ConfigDict(strict=True)

    id: _Name
    query: str
    kind: _Name
    relevant: dict[str, _Grade]


def read_golden(path: Path) -> tuple[Judged, ...]:
    """The judgements of a file, in its order.

    A grade of 0 says that somebody looked: it counts as none. Raises `ImportFileError`.
    """
    items = read_json(path)
    if not isinstance(items, list) or not items:
        raise ImportFileError(f"{path}: ci si aspetta un elenco di query giudicate")
    found: dict[str, Judged] = {}
    faults: list[str] = []
    for number, item in enumerate(items, 1):
        where = f"query {number}"
        try:
            query = _Query.model_validate(item)
        except ValidationError as error:
            faults += [f"{where}: {field}: {reason}" for field, reason in explain(error)]
            continue
        if query.id in found:
            faults.append(f"{where}: id: «{shown(query.id)}» c'è già")
            continue
        found[query.id] = Judged(query.id, query.query, query.kind, query.relevant)
    if faults:
        others = f" (e altri {len(faults) - 1})" if len(faults) > 1 else ""
        raise ImportFileError(f"{path}: {faults[0]}{others}")
    return tuple(found.values())
