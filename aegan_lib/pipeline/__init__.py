"""From what is asked for to a finished page: notebooks executed, drawn together and rendered."""

import sys

# nbformat loads jsonschema, and that builds 38 parsers of internationalized addresses if it finds
# this package: 1.1 s of the 1.3 s that nbformat takes, in every process that executes a notebook.
# No notebook's schema asks for one, and jsonschema does without where it is missing.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
