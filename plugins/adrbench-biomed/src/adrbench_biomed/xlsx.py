"""Sheets of an Excel workbook as tables of text, read with openpyxl, or an error that names the sheet."""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adrbench.api import CorpusError
from adrbench.datasets import check_unpacked

# Excel has no more rows, and a table of text no more columns.
_MAX_ROWS = 2**20
_MAX_COLUMNS = 1024


@dataclass(frozen=True)
class SheetRow:
    """A row below the header.

    Attributes:
        cells: Its cells as text by the name of the column, without blank ones.
        where: File and row, for messages.
    """

    cells: Mapping[str, str]
    where: str

    def need(self, column: str) -> str:
        """Read a cell that must not be blank.

        Args:
            column: The name of the column.

        Returns:
            The text of the cell.

        Raises:
            CorpusError: The cell is blank.
        """
        if column not in self.cells:
            raise CorpusError(f"{self.where}: the cell of column {column!r} is empty")
        return self.cells[column]


def read_sheets(path: Path, needed: Mapping[str, Sequence[str]]) -> dict[str, list[SheetRow]]:
    """Read sheets of a workbook.

    Args:
        path: The workbook (``.xlsx``).
        needed: The columns that each sheet must have, by the name of the sheet.

    Returns:
        The rows of these sheets by the name of the sheet, without blank ones.

    Raises:
        CorpusError: If the file is no workbook, is damaged, is larger unpacked than the limits allow, or lacks a sheet
            or a column.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CorpusError(f"{path}: cannot be read ({error.strerror})") from error
    try:
        with warnings.catch_warnings():
            # It warns of parts of a workbook that it passes over: styles, drawings, validation.
            warnings.filterwarnings("ignore", category=UserWarning, module=r"openpyxl\.")
            return {
                name: list(_rows(rows, f"{path}: sheet {name}", needed[name])) for name, rows in _open(data, needed)
            }
    except CorpusError as error:
        raise error if str(error).startswith(str(path)) else CorpusError(f"{path}: {error}") from None
    except Exception as error:
        # A broken workbook makes openpyxl raise whatever its parts raise, sometimes within a vaguer error of its own.
        reason = error.__cause__ or error
        raise CorpusError(f"{path}: no readable xlsx workbook ({type(reason).__name__}: {reason})") from error


def _open(data: bytes, names: Mapping[str, Any]) -> Iterator[tuple[str, Iterator[tuple[Any, ...]]]]:
    import openpyxl  # noqa: PLC0415  (its import takes a while, and few corpora need it)

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        check_unpacked("the workbook", sum(member.file_size for member in archive.infolist()), len(data))
    workbook = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    try:
        sheets = {sheet.title.strip(): sheet for sheet in workbook.worksheets}
        for name in names:
            if name not in sheets:
                raise CorpusError(f"has no sheet {name!r}; it has {', '.join(sheets)}")
            # What a sheet says about its own size may be wrong.
            sheets[name].reset_dimensions()
            yield name, sheets[name].iter_rows(values_only=True)
    finally:
        workbook.close()


def _rows(rows: Iterator[tuple[Any, ...]], where: str, needed: Sequence[str]) -> Iterator[SheetRow]:
    header = [_text(cell) for cell in next(rows, ())]
    for column in (*needed, *filter(None, header)):
        if header.count(column) != 1:
            raise CorpusError(
                f"{where}: its first row names the column {column!r} {header.count(column)} times, not once"
            )
    for number, row in enumerate(rows, 2):
        if number > _MAX_ROWS or len(row) > _MAX_COLUMNS:
            raise CorpusError(f"{where}, row {number}: more than {_MAX_ROWS} rows or {_MAX_COLUMNS} columns")
        cells = {column: cell for column, cell in zip(header, map(_text, row), strict=False) if cell.strip()}
        beyond = [cell for cell in map(_text, row[len(header) :]) if cell.strip()]
        if beyond or "" in cells:
            raise CorpusError(f"{where}, row {number}: a cell in a column without a name")
        if cells:
            yield SheetRow(cells, f"{where}, row {number}")


def _text(cell: Any) -> str:
    return "" if cell is None else str(cell)
