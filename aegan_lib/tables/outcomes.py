"""How every run ended, as a table."""

from html import escape

import pandas as pd
from IPython.display import HTML

from aegan_lib.tables.cells import styled


def outcomes_table(table: pd.DataFrame) -> HTML:
    """The runs that are not complete, each with the end of its log; the caption counts all."""
    # A log is a user's own output, and escaped like all text from outside.
    bad = table[table["outcome"] != "complete"]
    shown = bad[["version", "seed", "outcome"]].assign(outcome=bad["outcome"].map(escape))
    caption = f"{len(table) - len(bad)} of {len(table)} runs are complete."
    if bad.empty:
        return HTML(f"<p>{caption}</p>")
    logs = "".join(
        f'<details class="log" open><summary>The end of the log of {row.version}, seed {row.seed}'
        f'</summary><pre class="stream">{escape(row.log or "It has left no log.")}</pre></details>'
        for row in bad.itertuples()
    )
    return HTML(styled(shown, caption, index=False).to_html() + logs)
