"""Language: a small model that predicts the next character of a text, and writes."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import numpy as np

from .. import validate
from ..arguments import as_generator, whole_number
from ..deep_learning import Network, activation, dense, embedding


def sample_text() -> str:
    """The opening of Alice's Adventures in Wonderland (Lewis Carroll, 1865; in the public domain), in lower case."""
    return " ".join(files(__package__).joinpath("alice.txt").read_text(encoding="utf-8").lower().split())


class Vocabulary:
    """The characters of a text, numbered in their order.

    Parameters
    ----------
    text : str
        With at least two different characters.
    """

    def __init__(self, text: str) -> None:
        self.characters = "".join(sorted(set(text)))
        if len(self.characters) < 2:
            raise ValueError(f"text must have at least two different characters, got {text[:20]!r}")
        self._numbers = {character: number for number, character in enumerate(self.characters)}

    def __len__(self) -> int:
        return len(self.characters)

    def encode(self, text: str) -> np.ndarray:
        """Numbers of the characters, (n,)."""
        unknown = sorted(set(text) - set(self.characters))
        if unknown:
            raise ValueError(f"text must have characters of the vocabulary alone, got {''.join(unknown)!r}")
        return np.array([self._numbers[character] for character in text], dtype=int)

    def decode(self, numbers: Any) -> str:
        """The text that these numbers stand for."""
        return "".join(self.characters[int(number)] for number in numbers)


def windows(numbers: Any, context: int) -> tuple[np.ndarray, np.ndarray]:
    """What a model sees, and what it should say: each ``context`` characters (n - context, context), and the next.

    Parameters
    ----------
    numbers : array_like of int, shape (n,)
        A text, longer than the context.
    context : int
        At least 1.
    """
    numbers = np.asarray(numbers)
    whole_number("context", context, least=1, most=len(numbers) - 1)
    return np.lib.stride_tricks.sliding_window_view(numbers, context)[:-1], numbers[context:]


def character_model(vocabulary: Vocabulary | int, *, context: int = 5, width: int = 8, hidden: int = 64) -> Network:
    """A neural language model: a vector for each of the last characters, a hidden layer, a score for each next one.

    Train it by ``model.problem(*windows(numbers, context), loss="cross_entropy")``, with mini-batches and Adam.

    Parameters
    ----------
    vocabulary : Vocabulary or int
        Or its length.
    context : int
        How many characters it sees.
    width, hidden : int
        Of the vectors, and of the hidden layer (tanh).

    References
    ----------
    Bengio et al. (2003), A neural probabilistic language model, JMLR 3, section 2; on characters, without the direct
    connections.
    """
    symbols = vocabulary if isinstance(vocabulary, int) else len(vocabulary)
    validate.whole(1, context=context, width=width, hidden=hidden)
    return Network(
        embedding(symbols, width), dense(context * width, hidden), activation("tanh"), dense(hidden, symbols)
    )


def count_model(numbers: Any, symbols: int, *, context: int = 1, smoothing: float = 0.1) -> Any:
    """What to beat: the next character's probabilities, counted after each context seen in a text.

    Parameters
    ----------
    numbers : array_like of int, shape (n,)
    symbols : int
        Size of the vocabulary.
    context : int
        Characters before the next; 0 counts characters alone.
    smoothing : float
        Added to each count; positive, so that nothing is impossible.

    Returns
    -------
    callable
        ``probabilities(contexts)`` of shape (m, symbols), for contexts (m, c) of which the last ``context`` count.
    """
    numbers = np.asarray(numbers)
    whole_number("symbols", symbols, least=2)
    whole_number("context", context, least=0, most=len(numbers) - 1)
    validate.positive(smoothing=smoothing)
    place = symbols ** np.arange(context)

    def key(rows: np.ndarray) -> np.ndarray:
        return rows[:, rows.shape[1] - context :] @ place

    seen = np.lib.stride_tricks.sliding_window_view(numbers, context + 1)
    keys, index = np.unique(key(seen[:, :-1]), return_inverse=True)
    counts = np.zeros((len(keys) + 1, symbols))  # the last row: contexts never seen
    np.add.at(counts, (index, seen[:, -1]), 1.0)
    table = (counts + smoothing) / (counts + smoothing).sum(axis=1, keepdims=True)

    def probabilities(contexts: Any) -> np.ndarray:
        wanted = key(np.asarray(contexts))
        at = np.searchsorted(keys, wanted)
        at[at < len(keys)] = np.where(keys[at[at < len(keys)]] == wanted[at < len(keys)], at[at < len(keys)], len(keys))
        return table[at]

    return probabilities


def bits_per_character(probabilities: Any, target: Any) -> float:
    """Mean of ``-log2`` of the probability given to what came next: the length of the text, if compressed by the model.

    Parameters
    ----------
    probabilities : array_like, shape (n, symbols)
    target : array_like of int, shape (n,)
    """
    probabilities, target = np.asarray(probabilities, dtype=float), np.asarray(target)
    if probabilities.ndim != 2 or target.shape != (len(probabilities),):
        raise ValueError(
            f"probabilities and target must have shapes (n, symbols) and (n,), got {probabilities.shape} and "
            f"{target.shape}"
        )
    with np.errstate(divide="ignore"):  # what was thought impossible costs inf
        return float(-np.mean(np.log2(probabilities[np.arange(len(target)), target])))


def next_probabilities(model: Network, x: Any, contexts: Any, *, temperature: float = 1.0) -> np.ndarray:
    """Probabilities (n, symbols) of what comes after contexts (n, context). A low temperature sharpens them."""
    validate.positive(temperature=temperature)
    scores = model.predict(x, contexts) / temperature
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def write(
    model: Network, x: Any, vocabulary: Vocabulary, start: str, length: int, *, context: int = 5,
    temperature: float = 1.0, rng: np.random.Generator | int | None = None,
) -> str:  # fmt: skip
    """Let the model write on: ``length`` characters after ``start``, which must be at least as long as the context."""
    whole_number("length", length, least=0)
    numbers, rng = list(vocabulary.encode(start)), as_generator(rng)
    if len(numbers) < context:
        raise ValueError(f"start must have at least {context} characters, got {start!r}")
    for _ in range(length):
        chances = next_probabilities(model, x, np.array([numbers[-context:]]), temperature=temperature)[0]
        numbers.append(int(rng.choice(len(vocabulary), p=chances)))
    return vocabulary.decode(numbers)
