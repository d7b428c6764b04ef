"""The command line: help with examples, results, one line an error, exit codes."""

import asyncio
import io
import json
import shutil
import subprocess
import sys

import pytest

from talea_api import cli, commands
from talea_api.settings import Settings
from talea_sparql.pool import Pool
from talea_sparql.protocol import parse

COMMANDS = (
    *("serve", "build", "pin", "validate", "import", "template"),
    *("search", "query", "eval", "model"),
)


@pytest.fixture
def talea(capsys, home, monkeypatch):
    """Run `talea` in this process: gives the exit code, stdout and stderr."""

    def run(*arguments, stdin=None, home=home):
        if stdin is not None:
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        code = cli.main([*arguments, "--home", str(home)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main([command, "--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert f"esempio:\n  {'echo' if command == 'query' else 'talea ' + command}" in said
    assert "codici di uscita" in said


@pytest.mark.parametrize("command", COMMANDS)
def test_help_is_in_italian_and_describes_every_argument(command):
    top = cli.parser()
    parser = top._subparsers._group_actions[0].choices[command]
    said = parser.format_help()
    for english in ("usage:", "positional", "optional arguments", "options:", "show this"):
        assert english not in said
    assert said.startswith("uso: ")
    assert said.count("opzioni:") == 1
    for action in parser._actions:
        assert action.help, action


def test_help_of_import_names_every_field():
    from talea_catalogue.intake.items import Item, Promoter

    said = cli.parser()._subparsers._group_actions[0].choices["import"].format_help()
    must, may = said.split("facoltativi:")
    for name, field in Item.model_fields.items():
        assert (f"  {name}  " in must) if field.is_required() else (name in may), name
    for name, field in Promoter.model_fields.items():
        assert not field.is_required() or f'"{name}"' in must or f"{name}:" in must


def test_mistakes_are_said_in_italian(capsys):
    for arguments, said in ((["import"], "manca: FILE\n"), (["x"], "valore non ammesso: 'x'")):
        with pytest.raises(SystemExit) as ended:
            cli.main(arguments)
        assert ended.value.code == 2
        assert said in capsys.readouterr().err


def test_help_loads_nothing_heavy():
    script = (
        "import sys, talea_api.cli as c\n"
        "try: c.main(['--help'])\n"
        "except SystemExit: pass\n"
        "print([m for m in ('fastapi', 'uvicorn', 'tantivy', 'rdflib') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.endswith("[]\n")


def test_no_command_shows_help(talea):
    code, out, _ = talea()
    assert code == 2
    assert "COMANDO" in out


def test_version(capsys):
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("talea ")


def test_search_for_people(talea):
    code, out, _ = talea("search", "taxi sociale")
    assert code == 0
    assert out.startswith("1. ")


def test_search_in_json_is_the_answer_of_the_api(talea, release):
    code, out, _ = talea("search", "taxi sociale", "--limit", "2", "--json")
    assert code == 0
    body = json.loads(out)
    members = ["query", "release", "total", "confident", "understood", "results", "facets"]
    assert list(body) == members
    assert body["release"] == release.manifest.data_digest


@pytest.mark.parametrize(
    "arguments",
    [
        ("search", "x", "--limit", "0"),
        ("search", "x", "--comune", "Bari"),
        ("search", "a" * 301),
        ("query",),
        ("query", "-", "--name", "labels"),
        ("query", "--name", "mai-esistita"),
        ("query", "--name", "labels", "--set", "senza-uguale"),
        ("validate", "/mai/esistita.ttl"),
    ],
)
def test_a_wrong_command_line_is_said_in_one_line(talea, arguments):
    code, out, err = talea(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("talea: ")
    assert err.count("\n") == 1


def test_pin_keeps_an_edition_by_the_beginning_of_its_digest(talea, release, tmp_path):
    from talea_catalogue.release import pinned, releases, switch

    folder = releases(tmp_path) / release.folder.name
    shutil.copytree(release.folder, folder)
    switch(tmp_path, folder)
    digest = release.manifest.data_digest
    assert talea("pin", digest[:12].upper(), home=tmp_path)[:2] == (0, digest + "\n")
    assert pinned(tmp_path) == {digest}
    for wrong in ("", "x", "f" * 64, "../../etc"):
        code, out, err = talea("pin", wrong, home=tmp_path)
        assert (code, out) == (2, "")
        assert digest[:12] in err
    assert pinned(tmp_path) == {digest}


def test_a_wrong_setting_is_named(talea, monkeypatch):
    monkeypatch.setenv("TALEA_PORT", "ottomila")
    code, _, err = talea("search", "x")
    assert code == 2
    assert "TALEA_PORT" in err


COUNT = b"SELECT (COUNT(*) AS ?n) WHERE { ?s a <https://w3id.org/talea/onto/GoodPractice> }"


@pytest.mark.parametrize("form", ["json", "csv"])
def test_a_query_from_stdin(talea, form):
    code, out, _ = talea("query", "-", "--format", form, stdin=COUNT)
    assert code == 0
    assert "124" in out


def test_a_query_from_a_file(talea, tmp_path):
    file = tmp_path / "q.rq"
    file.write_text("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o } LIMIT 1")
    assert talea("query", str(file), "--format", "ttl")[0] == 0


def test_a_named_query_runs_with_its_examples(talea, release):
    assert talea("query", "--name", "practice-briefs")[0] == 0
    settings = Settings.read({})

    async def ask_each() -> None:
        pool = Pool(release.data, settings.limits())
        await pool.start()
        for name in release.store.library:
            text = commands._named(release, name, []).encode()
            operation = parse("POST", b"", "application/sparql-query", text, None)
            assert (await pool.evaluate(operation, name)).body, name
        await pool.close()

    asyncio.run(ask_each())


@pytest.mark.parametrize(
    ("query", "word"),
    [
        (b"SELECT * WHERE {", "sintassi"),
        (b"INSERT DATA { <a:a> <b:b> <c:c> }", "leggere"),
        (b"SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", "SERVICE"),
        (b"SELECT * { ?s ?p \xff }", "UTF-8"),
    ],
)
def test_a_query_that_is_refused_says_why(talea, query, word):
    code, out, err = talea("query", "-", stdin=query)
    assert (code, out) == (1, "")
    assert word in err
    assert err.count("\n") == 1


def test_a_file_that_is_not_there(talea):
    code, _, err = talea("query", "/mai/esistita.rq")
    assert code == 3
    assert "/mai/esistita.rq" in err


def test_validate_names_file_field_and_rule(talea, tmp_path, places):
    good = next(places.sources.records.rglob("pratica/*.ttl"))
    code, _, err = talea("validate", str(good))
    assert code == 0, err
    bad = tmp_path / good.name
    bad.write_text("this is not Turtle")
    code, out, _ = talea("validate", str(bad))
    assert code == 1
    assert good.name in out


def test_import_of_something_else(talea, tmp_path):
    file = tmp_path / "x.json"
    file.write_text("{")
    code, _, err = talea("import", str(file))
    assert code == 1
    assert "x.json" in err
    assert err.count("\n") == 1


def test_build_again_changes_nothing(talea, release):
    code, out, _ = talea("build")
    assert code == 0
    assert release.manifest.data_digest[:12] in out
    assert "già costruita" in out


def test_a_surprise_is_one_line_and_debug_shows_the_trace(talea, monkeypatch):
    from talea_api import commands

    def fail(options):
        raise RuntimeError("inatteso")

    monkeypatch.setattr(commands, "build", fail)
    code, _, err = talea("build")
    assert (code, err.count("\n")) == (4, 1)
    with pytest.raises(RuntimeError):
        talea("build", "--debug")


@pytest.mark.parametrize("before", [True, False])
def test_the_home_may_be_said_before_the_command_or_after_it(monkeypatch, tmp_path, before):
    seen = []
    monkeypatch.setattr("talea_api.commands.run", lambda options: seen.append(options.home) or 0)
    home = ["--home", str(tmp_path)]
    assert cli.main([*home, "build"] if before else ["build", *home]) == 0
    assert seen == [str(tmp_path)]
