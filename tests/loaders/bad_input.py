"""What a new user may feed in by accident, and how the command ends: the table of docs/messages.md.

`python -m tests.loaders.bad_input` prints the table as it stands there. No test by itself.
"""

from tests.loaders.bad_case import DONE, REJECTS, USAGE, Case
from tests.loaders.bad_files import FILES
from tests.loaders.bad_rows import ROWS

CASES: tuple[Case, ...] = (*FILES, *ROWS)


ENDS = {DONE: "0: done", USAGE: "2: nothing done", REJECTS: "3: done, with rejects"}


def table() -> list[str]:
    """The cases as the rows of a table: what came in, how the command ends, what it names."""
    return [f"| {case.name} | {ENDS[case.exit]} | {_seen(case)} |" for case in CASES]


def _seen(case: Case) -> str:
    codes = dict.fromkeys(code for *_, code in case.rejects)
    found = [f"`{code}`" for code in codes]
    if case.said and not any(code in case.said for code in codes):
        found.append(f"“{case.said.replace('|', '¦')}”")
    return ", ".join(found) or "all rows load"


if __name__ == "__main__":
    print("\n".join(table()))
