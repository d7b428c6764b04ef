"""The vectors of what people look for: recent ones kept, one made at a time, few waiting."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock
from typing import Any

import numpy as np
import pytest

from talea_catalogue.errors import BusyError
from talea_catalogue.search import asking
from talea_catalogue.search.asking import Asker
from talea_catalogue.search.engines import open_engine


class Slow:
    """An engine that answers when it is let, and notes what it was asked."""

    name = "slow"
    dimensions = 4
    fingerprint = "0" * 64

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.begun, self.let = Event(), Event()
        self.at_once = self.most_at_once = 0
        self._lock = Lock()

    def encode_query(self, texts: Sequence[str]) -> Any:
        """A vector of ones for each text, once it is let."""
        with self._lock:
            self.asked += texts
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        self.begun.set()
        assert self.let.wait(20)
        with self._lock:
            self.at_once -= 1
        return np.ones((len(texts), 4), dtype=np.float32)

    encode_document = encode_query


def test_a_recent_text_is_not_embedded_again() -> None:
    engine = Slow()
    engine.let.set()
    asker = Asker(engine)
    for text in ("l'asilo", "L'ASILO", "l’asilo", "nido", "l'asilo"):
        assert asker.vector(text) is not None
    assert engine.asked == ["l'asilo", "nido"]


def test_the_oldest_texts_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "RECENT", 2)
    engine = Slow()
    engine.let.set()
    asker = Asker(engine)
    for text in ("a", "b", "a", "c", "a", "b"):
        asker.vector(text)
    assert engine.asked == ["a", "b", "c", "b"]


def test_beyond_the_places_it_is_said_at_once_and_one_is_made_at_a_time() -> None:
    engine = Slow()
    asker = Asker(engine, waiting=2)
    with ThreadPoolExecutor(3) as threads:
        first = threads.submit(asker.vector, "uno")
        assert engine.begun.wait(20)
        others = [threads.submit(asker.vector, text) for text in ("due", "due")]
        while asker._places._value:  # until both wait
            pass
        with pytest.raises(BusyError):
            asker.vector("tre")
        engine.let.set()
        assert all(one.result(20) is not None for one in (first, *others))
    assert engine.most_at_once == 1
    assert engine.asked == ["uno", "due"], "who waited for the same text takes the other's vector"
    assert asker.vector("tre") is not None, "places are given back"


def test_a_place_is_given_back_where_the_engine_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Slow()
    engine.let.set()
    asker = Asker(engine, waiting=0)
    with monkeypatch.context() as broken:
        broken.setattr(engine, "encode_query", lambda texts: 1 / 0)
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                asker.vector("uno")
    assert asker.vector("uno") is not None


def test_an_engine_of_none_gives_none() -> None:
    assert Asker(open_engine("none")).vector("asilo") is None
