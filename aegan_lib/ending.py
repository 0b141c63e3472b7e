"""Ctrl-C, SIGTERM, a closed terminal while something is trained: a checkpoint, then the end."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass
class End:
    """Whether the process was asked to end."""

    asked: int = 0  # by which signal
    _before: dict[int, Any] = field(default_factory=dict)

    def now_if_asked(self) -> None:
        """End as the signal would have ended it without us."""
        if self.asked:
            self._restore()
            signal.raise_signal(self.asked)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        # Whoever asks a second time does not want to wait for the end of the batch.
        again, self.asked = self.asked, number
        if again:
            self.now_if_asked()

    def _restore(self) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}


@contextmanager
def ending() -> Iterator[End]:
    """Remember a signal in here instead of ending at once."""
    end = End()
    # Python hears signals in its main thread only; another leaves them as they are.
    if threading.current_thread() is threading.main_thread():
        for number in SIGNALS:
            # What was switched off stays so: a shell keeps Ctrl-C from what it runs in background.
            if signal.getsignal(number) != signal.SIG_IGN:
                end._before[number] = signal.signal(number, end._ask)
    try:
        yield end
    finally:
        end._restore()
    # Asked for where nobody looked any more, it must not be forgotten.
    end.now_if_asked()
