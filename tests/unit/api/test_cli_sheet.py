"""`talea template` and `talea import modulo.xlsx`, as a person runs them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import load_workbook

from talea_api import cli

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def talea(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Run `talea` in this process with a home of its own: exit code, stdout, stderr."""

    def run(*arguments: str) -> tuple[int, str, str]:
        code = cli.main([*arguments, "--home", str(tmp_path / "home")])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_a_form_goes_out_corrected_by_hand_and_in_again(talea: Run, tmp_path: Path) -> None:
    path, out = tmp_path / "modulo.xlsx", tmp_path / "esito.xlsx"
    code, _, said = talea("template", "--out", str(path), "--practice", "bari-social-book")
    assert (code, said) == (0, f"talea: {path} scritto, 1 scheda\n")
    book = load_workbook(path)
    sheet = book["Pratiche"]
    at = {cell.value: cell.column for cell in sheet[2]}
    sheet.cell(3, at["pratiche:period_as_said"]).value = "dal 2016 al 2022"
    sheet.cell(4, at["pratiche:title"]).value = "Senza ente né fonti"
    book.save(path)
    code, printed, said = talea("import", str(path), "--report", str(out))
    assert code == 1
    assert printed == "bari-social-book\n"
    promoter = sheet.cell(4, at["pratiche:promoters"]).coordinate
    assert f"Pratiche!{promoter}: chi la promuove: serve almeno un ente promotore" in said
    assert "1 schede entrate, 0 già presenti, 2 problemi" in said
    assert load_workbook(out)["Errori"]["B2"].value == promoter


def test_what_cannot_be_done_is_one_line(talea: Run, tmp_path: Path) -> None:
    path = tmp_path / "modulo.xls"
    path.write_bytes(b"\xd0\xcf\x11\xe0" + bytes(100))
    code, printed, said = talea("import", str(path))
    assert (code, printed) == (1, "")
    assert "vecchio formato .xls" in said
    assert said.count("\n") == 1
    (tmp_path / "x.json").write_text("[]")
    code, _, said = talea("import", str(tmp_path / "x.json"), "--report", str(tmp_path / "o.xlsx"))
    assert (code, said.count("\n")) == (2, 1)
