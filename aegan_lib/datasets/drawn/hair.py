"""The hair of the head: its cut, locks and single strands.

Each half of the hair lies between an outer and an inner edge. A strand is a blend of the two, so
it follows the hair whatever its cut; where each one lies, how it waves and where it strays is
drawn at random.
"""

import math
from typing import NamedTuple

import numpy as np

from aegan_lib.datasets.drawn.anatomy import WHITE, Face, cheek_width, mix, shade
from aegan_lib.datasets.drawn.canvas import Canvas, Colour
from aegan_lib.datasets.drawn.detail import generator, picker
from aegan_lib.datasets.drawn.shapes import (
    Points,
    between,
    curve,
    ellipses,
    spline,
    stroke,
    strokes,
)

KNOTS = 8  # of an edge, from crown to tip
STEPS = 5  # points of a strand between two of them
BROAD, FINE = 10, 54  # locks in the hair and single strands, on either side
CURLY = 0.7  # of the factor `hair_wave`: above it hair curls


class Half(NamedTuple):
    """One side of the front hair: edges knot for knot from crown to tip, (KNOTS, 2) each."""

    side: int
    outer: Points
    inner: Points


class Cut(NamedTuple):
    """How a person's hair is cut and combed."""

    halves: list[Half]
    brushed_up: bool  # strands run from the forehead upwards, not from the parting sidewards
    rough: float  # how far locks leave the contour, in face units
    back: Points  # outline of what hangs behind the head; of short hair hidden by it


def cut(face: Face) -> Cut:
    """The cut that the factors ask for, with all that is irregular in it."""
    rng = generator(face, "cut")
    pick = picker(rng)
    # Past a third of the factor's range hair counts as long: it hangs, sways and adds volume.
    length, wide, wave = face["hair_length"], cheek_width(face), face["hair_wave"]
    long = min(1.0, 3 * length)
    part, line = 0.30 * face["parting"], -0.61 - 0.08 * face["hairline"]
    curly = max(0.0, wave - CURLY) / (1 - CURLY)
    volume = 0.03 + 0.03 * face["hair_volume"] + 0.06 * long + 0.07 * curly * (0.2 + 0.8 * long)
    brushed_up = pick(0, 1) < 0.45 * (length < 0.15) and not face["bangs"]
    # Short hair that is brushed up stands higher; every crown is a little lopsided.
    rise, lean = pick(0.0, 0.09) * brushed_up, pick(-0.04, 0.04)
    rough = pick(0.2, 1.0)
    halves = []
    for side in (-1, 1):
        # Each side has its own length and fullness, is tucked behind the ear or not, and waves.
        uneven, fuller = pick(-0.10, 0.10) * long, pick(-0.02, 0.035)
        tucked = long * (pick(0, 1) < 0.28)
        phase, turns = pick(0, 2 * math.pi), pick(3.5, 7.0)
        flare = pick(-0.07, 0.12) * long
        dents = 0.012 * (1 + 1.5 * long) * rng.normal(0, 1, (2, KNOTS))
        end = -0.04 + 1.65 * length + uneven
        full = volume + fuller
        if face["bangs"]:
            # Bangs hang from the parting to just above the brows.
            fringe = pick(-0.05, 0.06)
            inner = [
                (part, -0.60 + fringe),
                (part + side * 0.13, -0.44 + fringe),
                (side * 0.66 * wide + 0.3 * part, -0.36 + 0.7 * fringe),
                (side * 0.94 * wide, -0.22),
            ]
        else:
            # Without bangs the inner edge is the hairline, from the parting to the temple.
            sweep = pick(-0.05, 0.09)
            inner = [
                (part, line - 0.02),
                (part + side * 0.20, line + 0.4 * sweep),
                (side * 0.74 * wide + 0.15 * part, line + 0.16 + sweep),
                (side * 0.93 * wide, -0.28),
            ]
        # The outer edge runs over the skull, by as much above it as the hair is full.
        outer = [
            (part, -1.03 - full - rise),
            (side * 0.43 + 0.2 * part + lean, -0.935 - full - (1 - side * lean) * rise),
            (side * (wide - 0.01 + full) + lean, -0.66 - 0.4 * rise),
            (side * (wide + 0.06 + full), -0.34),
        ]
        # Below the temples both edges go on, in four steps, to the end. Waves sway them together;
        # short hair tapers towards its end, and at the last knot the edges come together.
        for k in range(1, 5):
            y = -0.28 + (end + 0.28) * k / 4
            sway = (0.006 + 0.050 * long) * wave * math.sin(phase + turns * y)
            thin = (0.06 + full) * (1 - long) * k / 4 - (0.10 * length + flare) * k / 4
            tip = (0.02 + 0.06 * long) * (k == 4)
            inside = 0.965 * wide + 0.12 * tucked * min(1, k / 2)
            inner.append((side * (inside + sway + tip), y))
            outer.append((side * (max(wide + 0.06 + full - thin, inside + 0.03) + sway - tip), y))
        edges = np.array(outer), np.array(inner)
        edges[0][1:] += dents[0, 1:, None] * (side, 0.6)
        edges[1][4:] += 0.7 * dents[1, 4:, None] * (side, 0)
        halves.append(Half(side, *edges))
    low = max(-0.08 + 1.62 * length, 0.1)
    ends = low + 0.10 * long * rng.normal(0, 1, 3)
    out = 0.74 + volume * long + 0.06 * long * rng.normal(0, 1, 2)
    knots = [(-0.6, -0.6), (0.6, -0.6), (out[0], 0.2), (0.98 * out[0], max(ends[0] - 0.12, 0.25)),
             (0.5, ends[0]), (0, ends[1]), (-0.5, ends[2]),
             (-0.98 * out[1], max(ends[2] - 0.12, 0.25)), (-out[1], 0.2)]  # fmt: skip
    return Cut(halves, bool(brushed_up), rough, curve(knots))


def strands(half: Half, shares: np.ndarray, up: bool = False) -> np.ndarray:
    """Strands (n, k, 2) of shares (n,): from the inner edge, 0, to the outer one, 1.

    Brushed up they run across instead, from the inner to the outer edge, and a share is how far
    along the edges that is: from the parting, 0, to the temple, 1.
    """
    outer, inner = (
        spline(KNOTS, False, STEPS) @ half.outer,
        spline(KNOTS, False, STEPS) @ half.inner,
    )
    if up:
        rows = (np.clip(shares, 0, 1) * 3 * STEPS).astype(int)
        first, last = inner[rows, None], outer[rows, None]
        t = np.linspace(0, 1.08, 2 * STEPS)[:, None]
        # They lean towards the side on their way up.
        return first + (last - first) * t + 0.10 * half.side * (t * (1 - t)) * (1, 0.0)
    return inner + (outer - inner) * shares[:, None, None]


def waved(face: Face, ways: np.ndarray, phase: float, shares: np.ndarray) -> np.ndarray:
    """Strands that wave, neighbours alike; the curlier, the wider and the more often."""
    wave, count = face["hair_wave"], ways.shape[1]
    t = np.linspace(0, 1, count)
    # How far along a strand a point is, in face units, decides where in the wave it is.
    steps = np.diff(ways, axis=1, prepend=ways[:, :1])
    run = np.cumsum(np.sqrt((steps * steps).sum(2)), axis=1)
    sway = np.sin((7 + 9 * wave) * run + phase + 2.5 * shares[:, None])
    amount = (0.003 + 0.030 * wave * min(1.0, 0.35 + 2 * face["hair_length"])) * np.minimum(
        1, 3 * t
    )
    waved: np.ndarray = ways + np.stack([sway, 0.35 * sway], 2) * amount[:, None]
    return waved


def draw_back_hair(canvas: Canvas, face: Face, style: Cut, hair: Colour) -> None:
    # Short hair does not show behind the head; the rest is dark, since it lies in the shade.
    if face["hair_length"] > 0.2:
        canvas.paint(hair * np.float32(0.55), style.back)
        within = canvas.mask(style.back)
        rng = generator(face, "locks")
        x, shift = rng.random((2, 26))
        root = np.stack([1.5 * x - 0.75, 0 * x + 0.1], 1)
        end = np.stack([1.7 * x - 0.85 + 0.2 * (shift - 0.5), 0 * x + 1.9], 1)
        ways = root[:, None] + (end - root)[:, None] * np.linspace(0, 1, 16)[:, None]
        ways = waved(face, ways, 6 * rng.random(), x)
        canvas.lines(hair * np.float32(0.36), ways[:13], 0.022, 0.6, within)
        canvas.lines(hair * np.float32(0.78), ways[13:], 0.016, 0.6, within)


def draw_hair_shadow(canvas: Canvas, style: Cut, skin: Colour, head: np.ndarray) -> None:
    """The front hair's soft shadow on the forehead."""
    for half in style.halves:
        # From the parting to the ear along the outer edge, and back a little below the inner one.
        lowered = half.inner[5::-1] * (0.97, 1) + (0, 0.06)
        canvas.paint(shade(skin), curve([*half.outer[:6], *lowered]), 0.5, blur=0.03, within=head)


def draw_front_hair(canvas: Canvas, face: Face, style: Cut, hair: Colour) -> None:
    rng = generator(face, "strands")
    pick = picker(rng)
    # Every head of hair has its own tints.
    tint = hair * np.float32(pick(0.95, 1.08)) + np.float32(pick(-6, 6)) * np.array((1, 0.2, -1))
    dark, bright = tint * np.float32(0.60), mix(tint * np.float32(1.20), WHITE, 0.16)
    shapes = [between(half.outer, half.inner) for half in style.halves]
    ragged = [shape for half in style.halves for shape in _locks(face, style, half, rng)]
    curls = [shape for half in style.halves for shape in _curls(face, half, rng)]
    # One flat colour first; strands and light then stay inside it.
    mask = canvas.mask([*shapes, *ragged, *curls])
    canvas.blend(tint, mask)
    # From broad to fine: darker edges, then locks, dark and light, then single strands.
    edges = [stroke(edge, 0.09, 1, 1) for half in style.halves for edge in half[1:]]
    canvas.paint(dark, edges, 0.42, 0.03, mask)
    broad, fine = [], []
    for half in style.halves:
        phase, up = pick(0, 6.28), style.brushed_up
        shares = rng.random(BROAD + FINE)
        ways = waved(face, strands(half, shares, up), phase, shares)
        # A strand is seen only where it catches the light, or lies in the shade: half of its way.
        count = ways.shape[1]
        begin = (rng.random(FINE) * 0.5 * count).astype(int)
        seen = begin[:, None] + np.arange(0, count // 2, 2)
        broad.append(ways[:BROAD, ::3])
        fine.append(ways[BROAD:][np.arange(FINE)[:, None], seen])
    wide = np.concatenate(broad)
    canvas.paint(bright, strokes(wide[::2], np.full(BROAD, 0.070)), 0.42, 0.016, mask)
    canvas.paint(dark, strokes(wide[1::2], np.full(BROAD, 0.045)), 0.42, 0.012, mask)
    thin = np.concatenate(fine)
    canvas.lines(dark, thin[::3], 0.016, 0.55, mask)
    canvas.lines(bright, thin[1::3], 0.014, 0.55, mask)
    canvas.lines(mix(bright, WHITE, 0.25), thin[2::3], 0.010, 0.45, mask)
    if curls:
        _draw_ringlets(canvas, face, style, rng, dark, bright)
    # A sheen where the light comes from.
    light, height = face["light"], face["light_height"]
    spot = (0.45 * light, -0.55 - 0.3 * height)
    strength = (0.2 + 0.4 * face["light_strength"]) * (0.4 + 0.6 * abs(light))
    canvas.glow(bright, spot, (0.50, 0.30), strength, mask)
    _draw_stray(canvas, face, style, rng, tint)


def _locks(face: Face, style: Cut, half: Half, rng: np.random.Generator) -> list[Points]:
    """Locks that leave the contour: below the ends, over the sides and over the forehead."""
    share, reach, slant = rng.random((3, 9))
    long = min(1.0, 3 * face["hair_length"])
    ways = strands(half, np.linspace(-0.02, 1.04, 9) + 0.1 * (share - 0.5), style.brushed_up)
    ways = waved(face, ways, 6.28 * rng.random(), share)
    knots = ways[:, ::3].copy() if style.brushed_up else ways[:, 12::4].copy()  # (9, k, 2)
    # The end goes on in the direction of its last step, and to the side.
    step = knots[:, -1] - knots[:, -2]
    far = (style.rough * (0.06 + 0.16 * long) * (reach - 0.25))[:, None]
    step *= far / (np.sqrt((step * step).sum(1, keepdims=True)) + 1e-9)
    knots[:, -1] += step + np.abs(far) * (slant[:, None] - 0.5) * (1, 0.3)
    locks = strokes(knots, 0.05 + 0.05 * long * slant, 0.7, 0.1)
    if face["bangs"]:
        # Ends of the fringe, each as long as it happens to be.
        t = np.linspace(0.05, 0.95, 9) + 0.06 * (share - 0.5)
        line = curve(half.inner[:4], False)
        root = line[(t * (len(line) - 1)).astype(int)]
        tip = root + np.stack([half.side * 0.07 * (slant - 0.2), 0.10 * reach - 0.01], 1)
        fringe = np.stack([root - (0, 0.20), root - (0, 0.08), tip], 1)  # (9, 3, 2)
        locks += strokes(fringe, np.full(9, 0.085), 0.8, 0.1)
    return locks


def _curls(face: Face, half: Half, rng: np.random.Generator) -> list[Points]:
    """Round curls along the outer edge of curly hair."""
    place, size, shift = rng.random((3, 15))
    if face["hair_wave"] < CURLY:
        return []
    line = curve(half.outer, False)
    points = line[((np.arange(15) + place) / 15 * (len(line) - 1)).astype(int)]
    radius = 0.035 + 0.055 * size * (0.3 + 0.7 * min(1.0, 3 * face["hair_length"]))
    points = points + np.stack([half.side * 0.03 * (shift - 0.4), 0.03 * (size - 0.6)], 1)
    return ellipses(points, radius)


def _draw_ringlets(
    canvas: Canvas, face: Face, style: Cut, rng: np.random.Generator, dark: Colour, bright: Colour
) -> None:
    """Small arcs all over curly hair, each a dark one with a light one beside it."""
    angle, arcs = np.linspace(0, 1, 6) * 2.9, []
    for half in style.halves:
        share, along, size, turn = rng.random((4, 44))
        ways = strands(half, 1.1 * share - 0.02)
        centre = ways[np.arange(44), (along * (ways.shape[1] - 1)).astype(int)]
        bow = angle + 6.28 * turn[:, None]
        radius = (0.022 + 0.030 * size)[:, None, None]
        arcs.append(centre[:, None] + radius * np.stack([np.cos(bow), np.sin(bow)], 2))
    both = np.concatenate(arcs)
    canvas.lines(dark, both + np.array((0.008, 0.012)), 0.024, 0.45)
    canvas.lines(bright, both[::2], 0.016, 0.42)


def _draw_stray(
    canvas: Canvas, face: Face, style: Cut, rng: np.random.Generator, tint: Colour
) -> None:
    """Single hairs that leave the contour."""
    stray = []
    t = np.linspace(0, 1, 5)[:, None]
    for half in style.halves:
        place, reach, bend = rng.random((3, 16))
        line = curve(half.outer, False)
        rows = (place * (len(line) - 2)).astype(int)
        root, along = line[rows], line[rows + 1] - line[rows]
        along /= np.sqrt((along * along).sum(1, keepdims=True)) + 1e-9
        # Away from the hair is to the left or right of the way down, by its side.
        away = along[:, ::-1] * (half.side, -half.side)
        far = (0.06 + 0.12 * reach)[:, None, None] * (0.5 + style.rough)
        lift = far * (t * (0.5 - 0.9 * (bend[:, None, None] - 0.3) * t))
        stray.append(root[:, None] + far * t * along[:, None] + lift * away[:, None])
    canvas.lines(mix(tint * np.float32(0.75), WHITE, 0.08), np.concatenate(stray), 0.009, 0.75)
