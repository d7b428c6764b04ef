"""The work beside the server: one process after the other, and none when the server has ended."""

from dataclasses import replace
from types import SimpleNamespace
from typing import ClassVar

import pytest

from talea_api import background
from talea_api.settings import Settings


class Process:
    """Stands for a process that ends when it is told to, or when it is waited for."""

    begun: ClassVar[list] = []

    def __init__(self, command, **keywords):
        self.command, self.ended = command, False
        Process.begun.append(self)

    def wait(self, timeout=None):
        self.ended = True

    def terminate(self):
        self.ended = True


@pytest.fixture
def started(monkeypatch):
    Process.begun = []
    monkeypatch.setattr(background.subprocess, "Popen", Process)
    return Process.begun


def commands_of(started):
    return [process.command[3:] for process in started]


def test_books_come_after_the_dumps(started):
    work = background._Work([("one", "a"), ("two", "b")])
    work.start()
    work.join(5)
    work.stop()
    assert commands_of(started) == [["one", "a"], ["two", "b"]]
    assert all(process.ended for process in started)


def test_who_is_stopped_begins_nothing(started):
    work = background._Work([("one",)])
    with work._lock:
        work._stopped = True
    work.start()
    work.stop()
    assert started == []


def test_what_is_made_already_is_left(monkeypatch, tmp_path):
    monkeypatch.setattr(background, "current", lambda home: tmp_path)
    monkeypatch.setattr(background.dumps, "read", lambda folder: SimpleNamespace())
    settings = Settings(home=tmp_path)
    assert list(background._commands(settings)) == [("talea_api.books", str(tmp_path))]
    assert list(background._commands(replace(settings, books=False))) == []
    monkeypatch.setattr(background.dumps, "read", lambda folder: None)
    dumps = ("talea_catalogue.dumps", str(tmp_path))
    assert next(background._commands(settings)) == dumps


def test_a_home_without_a_release_has_nothing_to_make(tmp_path):
    assert list(background._commands(Settings(home=tmp_path))) == []
