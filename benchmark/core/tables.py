"""Guarded readers of parquet and CSV files: any fault raises AnibenchError that names the file."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.core.errors import AnibenchError

if TYPE_CHECKING:
    import pandas as pd


def read_parquet(path: Path, columns: Sequence[str] = (), *, way_out: str = "write it again") -> "pd.DataFrame":
    """Read a parquet file that has at least `columns`; raises AnibenchError that names the file and `way_out`.

    For damaged files the library raises many types of errors, so every Exception except MemoryError is caught.
    """
    import pandas as pd  # imported here: workers that open no table start in half the time

    try:
        table = pd.read_parquet(path)
    except FileNotFoundError:
        raise AnibenchError(f"{path} is missing; {way_out}") from None
    except MemoryError:
        raise
    except Exception as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise AnibenchError(f"{path} cannot be read as parquet ({reason}); {way_out}") from error
    lacking = [column for column in columns if column not in table]
    if lacking:
        raise AnibenchError(f"{path} lacks the columns {', '.join(lacking)}; {way_out}")
    return table


def read_csv(path: Path, columns: Sequence[str] = ()) -> list[dict[str, str]]:
    """The rows of a UTF-8 CSV file by its header, as programs and spreadsheets save it (byte order mark, CRLF).

    Raises AnibenchError that names the file when it is missing, is not UTF-8 or CSV, or lacks one of `columns`.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
        reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        rows = [{key: value or "" for key, value in row.items() if key is not None} for row in reader]
    except OSError as error:
        raise AnibenchError(f"{path} cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise AnibenchError(f"{path} is no UTF-8 CSV file: {error}") from error
    lacking = [column for column in columns if column not in (reader.fieldnames or ())]
    if lacking:
        raise AnibenchError(f"{path} lacks the columns {', '.join(lacking)}")
    return rows
