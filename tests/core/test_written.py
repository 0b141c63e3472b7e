"""Tables that benchmarks write into a document."""

import click
import pytest

from benchmarks.written import put_between

BEGIN, END = "<!-- a -->", "<!-- b -->"


def test_what_stands_between_two_comments_is_replaced(tmp_path):
    path = tmp_path / "README.md"
    path.write_text(f"Before.\n\n{BEGIN}\n\nold\n\n{END}\n\nAfter.\n")
    put_between(path, BEGIN, END, "new")
    assert path.read_text() == f"Before.\n\n{BEGIN}\n\nnew\n\n{END}\n\nAfter.\n"


@pytest.mark.parametrize("there", ["", BEGIN, END, f"{END} {BEGIN}"])
def test_without_a_place_nothing_is_lost(tmp_path, there):
    path = tmp_path / "README.md"
    path.write_text(f"Before. {there} After.")
    with pytest.raises(click.ClickException, match=r"no place in README\.md"):
        put_between(path, BEGIN, END, "new")
    assert path.read_text() == f"Before. {there} After."
