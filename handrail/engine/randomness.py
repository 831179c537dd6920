"""The random numbers of an execution: a generator of its own, so that a replay draws the same ones.

SplitMix64 (Steele, Lea and Flood, 2014): one addition and three mixing steps on 64-bit integers.
"""

from typing import Final

MASK: Final = (1 << 64) - 1
GAMMA: Final = 0x9E3779B97F4A7C15


class Generator:
    """A sequence of numbers that depends on its seed alone."""

    __slots__ = ("state",)

    def __init__(self, seed: int) -> None:
        self.state = seed & MASK

    def bits(self) -> int:
        """The next 64 bits."""
        self.state = (self.state + GAMMA) & MASK
        mixed = self.state
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & MASK
        return mixed ^ (mixed >> 31)

    def random(self) -> float:
        """The next number in [0, 1), with the 53 bits that a double holds."""
        return (self.bits() >> 11) / (1 << 53)
