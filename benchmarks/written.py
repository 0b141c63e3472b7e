"""Tables that a command writes into a document, between two comments."""

from pathlib import Path

import click

from aegan_lib.store import replacing


def put_between(path: Path, begin: str, end: str, text: str) -> None:
    """Replace what stands between the comments `begin` and `end`.

    Raises:
        ClickException: one of them is not there, or they are in another order.
    """
    before, begun, rest = path.read_text().partition(begin)
    _, ended, after = rest.partition(end)
    if not (begun and ended):
        raise click.ClickException(
            f"There is no place in {path.name} to write to. Expected: {begin} and after it {end}, "
            "each in a line. Put both where the table belongs; it was not changed."
        )
    with replacing(path) as partial:
        partial.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}")
