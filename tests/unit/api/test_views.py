"""What reaches a page and its cache key: known parameters, cleaned, in one order."""

from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from talea_api.settings import Settings
from talea_api.views import Parameter, Visit, known

PARAMETERS = (
    Parameter("q"),
    Parameter("area", many=True),
    Parameter("pagina", clean=lambda value: value if value.isdecimal() else None),
)


def request(query):
    raw = query if isinstance(query, bytes) else query.encode()
    return Request({"type": "http", "query_string": raw, "headers": []})


def test_equal_questions_have_equal_keys():
    one = known(request("area=b&q=+taxi+&area=a&area=a&x=1"), PARAMETERS)
    two = known(request("q=taxi&utm=2&area=a&area=b&pagina=due"), PARAMETERS)
    assert one == two == {"q": ("taxi",), "area": ("a", "b")}
    assert list(one) == list(two)


def test_a_parameter_that_comes_once_keeps_its_first_value():
    assert known(request("q=a&q=b"), PARAMETERS) == {"q": ("a",)}


def test_lengths_and_numbers_of_values_are_bounded():
    long = known(request("q=" + "a" * 5_000), PARAMETERS)
    assert len(long["q"][0]) == 500
    many = known(request("&".join(f"area={number}" for number in range(100))), PARAMETERS)
    assert len(many["area"]) == 20


@given(st.binary(max_size=200))
def test_no_query_string_breaks_it(raw):
    found = known(request(raw + b"&q=%ff%zz"), PARAMETERS)
    assert set(found) <= {"q", "area", "pagina"}


def visit(lang="it"):
    return Visit(None, Settings(), lang, "/pratiche", {}, {"q": ("à b",), "area": ("1", "2")})


def test_addresses_keep_the_parameters_that_are_not_changed():
    assert visit().href() == "/pratiche?q=%C3%A0+b&area=1&area=2"
    assert visit("en").href(area=None, pagina="2") == "/en/pratiche?q=%C3%A0+b&pagina=2"
    assert visit().href("/dati", q=None, area=()) == "/dati"
    assert visit().one("q") == "à b"
    assert visit().one("pagina") == ""
