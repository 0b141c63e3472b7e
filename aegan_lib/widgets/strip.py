"""Faces to pick."""

import base64
from collections.abc import Callable

import ipywidgets as widgets
import numpy as np

from aegan_lib.dataset import Split
from aegan_lib.widgets.parts import encoded

SQUARE = {"width": "46px", "height": "46px", "margin": "1px"}  # of a face that can be picked
KINDS = ("chosen", "A", "B", "C")  # how such a face can be marked
TOLD = ("Male", "Smiling", "Eyeglasses")  # the attributes that a face's tooltip names


class FaceStrip(widgets.HBox):
    """Faces to pick. Each is a button with a picture, so that the keyboard reaches it too."""

    def __init__(self, faces: Split, pick: Callable[[int], None]) -> None:
        self.titles = [f"face {i + 1}{_traits(faces, i)}" for i in range(len(faces.images))]
        self.buttons = [widgets.Button(tooltip=title, layout=SQUARE) for title in self.titles]
        # `i=i` binds the number of this button.
        for i, one in enumerate(self.buttons):
            one.add_class("aegan-face").add_class(f"aegan-face-{i}")
            one.on_click(lambda _, i=i: pick(i))
        # The widget's own id keeps the pictures of two strips on one page apart.
        super().__init__()
        self.add_class(f"strip-{self.model_id}")
        style = widgets.HTML(_style(faces.images, f"strip-{self.model_id}"))
        self.children = (style, *self.buttons)
        self.layout.flex_flow, self.layout.max_width = "row wrap", "780px"  # 16 of them

    def mark(self, i: int, kind: str, letter: str = "") -> None:
        """Show that face `i` is one of KINDS; an empty kind takes the mark away."""
        # A face has one mark at most; its tooltip says it as well, for who cannot see the border.
        one = self.buttons[i]
        for other in KINDS:
            one.remove_class(f"aegan-{other}")
        if kind:
            one.add_class(f"aegan-{kind}")
        one.description = letter
        one.tooltip = self.titles[i] + (f" ({kind})" if kind else "")


def _traits(faces: Split, i: int) -> str:
    # Only what the data knows; an attribute that it lacks is neither there nor missing.
    known = [name for name in TOLD if name in faces.attributes]
    shown = [name.lower() for name in known if faces.attributes[name].iloc[i]]
    if not known:
        return ""
    # A face without any of them says so: "not male, not smiling".
    lacking = "not " + ", not ".join(known).lower()
    return ": " + (", ".join(shown) or lacking)


def _style(images: np.ndarray, strip: str) -> str:
    """A style that gives every face's button its picture."""
    # Inside the style as data, since a notebook has no files beside it to point to.
    addresses = [base64.b64encode(encoded(image)).decode() for image in images]
    rules = [
        f".{strip} .aegan-face-{i}{{background-image:url(data:image/jpeg;base64,{address})}}"
        for i, address in enumerate(addresses)
    ]
    return f"<style>{''.join(rules)}</style>"
