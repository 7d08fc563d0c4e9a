"""Everything that is written for people and programs; one module a format."""

from fazhi.output.comparison import write_comparison_csv, write_comparison_table
from fazhi.output.comparison_xlsx import write_comparison_xlsx
from fazhi.output.table import write_table
from fazhi.output.units import write_csv, write_jsonl
from fazhi.output.xlsx import write_xlsx

__all__ = [
    "write_comparison_csv",
    "write_comparison_table",
    "write_comparison_xlsx",
    "write_csv",
    "write_jsonl",
    "write_table",
    "write_xlsx",
]
