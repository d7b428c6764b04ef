"""The ways to a transfer plan: what is at hand on the form, on the comparison and in its menus."""

import html
import re

PLAN = "/pratiche/scheda-pippi/piano?comune=071001"
OPTION = re.compile(r'<option (?:selected )?value="([^"]+)">([^<]*)</option>')


def menu(page, name):
    """Value and words of the options of a list."""
    found = page[page.index(f'<select class="select" id="{name}"') :].partition("</select>")[0]
    return [(value, html.unescape(words)) for value, words in OPTION.findall(found)]


def test_the_plan_can_be_downloaded_before_any_question(client):
    page = client.page(PLAN).text
    form = page[page.index('<form class="plan"') :].partition("</form>")[0]
    before, _, after = form.partition("<fieldset")
    assert "Le domande si possono lasciare in bianco." in before
    for part in (before, after):
        for name in ("pdf", "docx"):
            assert part.count(f'type="submit" name="formato" value="{name}"') == 1


def test_a_menu_of_practices_tells_apart_those_of_one_title(client, release):
    for lang in ("", "/en"):
        listed = menu(client.page(f"{lang}/confronta").text, "prima")
        assert len(listed) == len(release.repository.listed())
        words = [said for _, said in listed]
        assert len(set(words)) == len(words)
    said = dict(menu(client.page("/confronta").text, "prima"))
    assert said["barletta-housing-first"] == "Housing First di Barletta (Barletta, Puglia)"
    assert said["scheda-red-puglia"].endswith("(Puglia; la scheda più completa)")
    assert said["puglia-red-reddito-dignita"].endswith("(Puglia; la scheda breve)")


def test_a_menu_of_comuni_is_in_the_order_of_names(client, release):
    for path in ("/confronta", "/confronta?comune=075018", PLAN.partition("?")[0]):
        names = [name for _, name in menu(client.page(path).text, "comune")]
        assert len(names) == len(release.replicability.territory.puglia)
        assert names == sorted(names, key=str.casefold)


def test_the_comparison_says_what_the_comune_is_for_and_leads_to_its_plan(client):
    assert "Serve per scaricare il piano di trasferimento" in client.page("/confronta").text
    page = client.page("/confronta?p=scheda-pippi&p=scheda-wemi&comune=071001").text
    assert f'href="{PLAN}"' in page
    assert 'action="/pratiche/scheda-pippi/piano?comune=071001"' in client.page(PLAN).text
