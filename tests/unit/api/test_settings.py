import dataclasses
from pathlib import Path

import pytest

from talea_api.settings import Settings, SettingsError, as_markdown, table

ROOT = Path(__file__).parents[3]


def test_the_documentation_lists_every_setting():
    assert (ROOT / "docs" / "settings.md").read_text(encoding="utf-8") == as_markdown()


def test_the_table_is_the_dataclass():
    assert [row.name for row in table()] == [one.name for one in dataclasses.fields(Settings)]
    assert all(row.help and row.variable.startswith("TALEA_") for row in table())


def test_the_environment_is_read_and_given_values_win():
    environ = {"TALEA_PORT": " 9000 ", "TALEA_HOME": "/srv/talea", "TALEA_HOST": "::1"}
    settings = Settings.read(environ, host="127.0.0.2", port=None)
    assert (settings.port, settings.host, settings.home) == (9000, "127.0.0.2", Path("/srv/talea"))


def test_an_empty_variable_is_no_value():
    assert Settings.read({"TALEA_PORT": "", "TALEA_SITE_OWNER": " "}) == Settings()


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("TALEA_PORT", "http"),
        ("TALEA_PORT", "70000"),
        ("TALEA_PORT", "-1"),
        ("TALEA_BASE_URL", "javascript:alert(1)"),
        ("TALEA_BASE_URL", "example.org"),
        ("TALEA_TRUSTED_PROXY", "proxy.local"),
        ("TALEA_SPARQL_CHILDREN", "0"),
        ("TALEA_PAGE_CACHE_MB", "lots"),
        ("TALEA_ACCESS_LOG", "yes"),
    ],
)
def test_a_bad_value_names_its_variable(variable, value):
    with pytest.raises(SettingsError, match=variable):
        Settings.read({variable: value})


def test_absolute_addresses_come_from_the_setting():
    assert Settings().absolute("/dati") == "/dati"
    assert Settings(base_url="https://talea.test/").absolute("/dati") == "https://talea.test/dati"


def test_every_sparql_limit_is_passed_on():
    changed = Settings(sparql_seconds=3, sparql_children=1, sparql_patterns=7)
    limits = changed.limits()
    assert (limits.deadline_seconds, limits.children, limits.patterns) == (3, 1, 7)
    defaults, chosen = type(limits)(), Settings().limits()
    assert defaults == chosen
