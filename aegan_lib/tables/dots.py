"""Seeds as dots on a line: a small drawing for a cell, which says its numbers as well."""

import math
from collections.abc import Callable, Sequence

import numpy as np
from markupsafe import Markup

WIDTH, HEIGHT = 100, 8  # in pixels
Form = Callable[[float], str]


def dots(
    values: Sequence[float],
    form: Form,
    span: tuple[float, float] | None = None,
    shade: tuple[float, float] | None = None,
    line: float | None = None,
    logarithmic: bool = False,
    what: str = "Seeds",
) -> Markup:
    """Every value as a dot; nothing for fewer than two, or where one is no number.

    Arguments:
        values: one a seed, or whatever they are of.
        form: how a value is said.
        span: the ends of the line; whatever is shown, and a little more, where not given.
        shade: a range behind the dots; an end may be infinite.
        line: a value that is marked.
        logarithmic: equal ratios are equally far apart; values > 0.
        what: what each dot is one of.
    """
    known = np.array(values, float)
    if len(known) < 2 or not np.isfinite(known).all():
        return Markup()
    place = np.log if logarithmic and known.min() > 0 else np.asarray
    marks = [end for end in (*(shade or ()), line) if end is not None and math.isfinite(end)]
    ends = place(np.array([*(span or known), *marks], float))
    # Room on both sides, so that no dot is cut; values that are all one stand in the middle.
    margin = 0.06 * (np.ptp(ends) or 1.0)
    start, width = ends.min() - margin, np.ptp(ends) + 2 * margin

    def at(value: float) -> float:
        if math.isinf(value):
            return 0.0 if value < 0 else WIDTH
        return round(float((place(np.array(value)) - start) / width * WIDTH), 1)

    behind = Markup()
    if shade:
        left, right = map(at, shade)
        behind += Markup('<rect x="{}" width="{}" height="{}"/>').format(
            left, round(max(right - left, 1.0), 1), HEIGHT
        )
    if line is not None:
        behind += Markup('<path d="M{} 0v{}"/>').format(at(line), HEIGHT)
    circles = Markup().join(
        Markup('<circle cx="{}" cy="{}" r="3"/>').format(at(value), HEIGHT // 2) for value in known
    )
    said = ", ".join(form(value) for value in known)
    return Markup(
        '<svg class="dots" viewBox="0 0 {0} {1}" width="{0}" height="{1}" role="img" '
        'aria-label="{2}: {3}"><title>{2}: {3}</title>{4}{5}</svg>'
    ).format(WIDTH, HEIGHT, what, said, behind, circles)
