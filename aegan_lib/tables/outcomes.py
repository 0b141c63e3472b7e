"""How every run ended, as a table."""

import pandas as pd
from IPython.display import HTML
from markupsafe import Markup

from aegan_lib.tables.cells import styled


def outcomes_table(table: pd.DataFrame) -> HTML:
    """The runs that are not complete, each with the end of its log; the caption counts all."""
    bad = table[table["outcome"] != "complete"]
    caption = f"{len(table) - len(bad)} of {len(table)} runs are complete."
    if bad.empty:
        return HTML(f"<p>{caption}</p>")
    # A log is a user's own output: text like all that comes from outside.
    log = Markup(
        '<details class="log" open><summary>The end of the log of {}, seed {}</summary>'
        '<pre class="stream">{}</pre></details>'
    )
    logs = [
        log.format(row.version, row.seed, row.log or "It has left no log.")
        for row in bad.itertuples()
    ]
    shown = styled(bad[["version", "seed", "outcome"]], caption, index=False)
    return HTML(shown.to_html() + "".join(logs))
