"""A person who is asked for approval by what is killed again and again; what they said is what must have been heard."""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

Ask = Callable[..., Mapping[str, Any]]
"""Tells the process something; gives its answer, or raises where it has died."""


class Person:
    """Answers callbacks at once and approvals in a later life, beats once for who wants a heartbeat, then is silent.

    `later` counts the approvals that were asked for in one life and answered in another.
    """

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.seen: dict[str, int] = {}
        self.said: defaultdict[str, list[str]] = defaultdict(list)
        self.heard: dict[str, str] = {}
        self.later = 0

    def answered(self, ask: Ask, asked: str, now: int | None) -> bool:
        """Whether there is nothing more to say to a kind, an execution and a token.

        `now` numbers the lives, None is the last one.
        """
        kind, name, token = asked.split()
        match kind:
            case "callback":
                ask(do="answer", token=token, output='"yes"')
            case "silent":
                ask(do="beat", token=token)
            case "approval" if now is not None and self.seen.setdefault(token, now) == now:
                return False
            case "approval":
                self.decide(ask, name, token)
                self.later += token in self.seen
        return True

    def decide(self, ask: Ask, name: str, token: str) -> None:
        """Approve or reject, in words that are said only once."""
        word = f"word-{self.chance.getrandbits(64):x}"
        self.said[name].append(word)
        approves = self.chance.random() < 0.5
        told = ask(do="answer", token=token, output=json.dumps(word)) if approves else ask(
            do="refuse", token=token, cause=word
        )  # fmt: skip
        if "told" in told:
            self.heard[name] = word

    def judge(self, name: str, answer: Any) -> None:
        """What an execution took for the answer is what was said to it; what it thanked for, it has taken."""
        word = answer["Cause"] if isinstance(answer, dict) else answer
        assert word in self.said[name], f"{name} took {word}, which nobody has said"
        assert self.heard.get(name, word) == word, f"{name} was told {self.heard[name]}, and took {word}"
