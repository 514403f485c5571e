"""Coupling of a message of independent blocks with an autoregressive carrier, token by token."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import entr

from infotheory._display import html_repr, short_repr
from infotheory._random import Rng, as_generator
from infotheory._typing import ArrayLike, FloatArray, IntArray
from infotheory._validation import as_variables, check_integer
from infotheory.coupling._couplers import greedy_coupling
from infotheory.coupling._marginals import as_marginal, sort_marginal

__all__ = ["Decoded", "FactoredCoupling"]

#: What returns the pmf of the next token given the tokens so far.
TokenModel = Callable[[tuple[int, ...]], ArrayLike]


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """What a carrier says about the message.

    Parameters
    ----------
    message : ndarray of shape (n_blocks,)
        The most probable symbol of each block.
    probability : float
        Posterior probability of that message.
    posteriors : tuple of ndarray
        Posterior pmf of each block.
    """

    message: IntArray
    probability: float
    posteriors: tuple[FloatArray, ...]

    __repr__ = short_repr
    _repr_html_ = html_repr


class FactoredCoupling:
    """Iterative minimum entropy coupling of independent blocks with a model of tokens (FIMEC).

    Token by token, the block whose posterior has the largest entropy is coupled greedily with the
    conditional pmf of the token; the token is drawn given that block, and its posterior updated.
    The law of the carrier stays exactly the model's by construction: with a uniform (encrypted)
    message no test tells it from a draw of the model [1]_ [2]_.

    Sender and receiver must walk the same floating-point path: the same model, machine arithmetic
    and library versions. Ties are broken by index and nothing runs in threads.

    Parameters
    ----------
    blocks : sequence of array-like of shape (n_symbols,)
        Prior pmf of each block, for instance ``[numpy.full(256, 1 / 256)] * 10`` for ten encrypted
        bytes.
    model : callable
        ``model(prefix)`` returns the pmf of the next token given the tuple of tokens so far.
    n_tokens : int
        Length of the carrier, from 1 on.

    Raises
    ------
    ValueError
        If there is no block, one is not a pmf, or ``n_tokens`` is below 1.

    References
    ----------
    .. [1] S. Sokota, D. Sam, C. Schroeder de Witt, S. Compton, J. Foerster, J. Z. Kolter,
       "Computing low-entropy couplings for large-support distributions", UAI 2024,
       arXiv:2405.19540.
    .. [2] C. Schroeder de Witt, S. Sokota, J. Z. Kolter, J. Foerster, M. Strohmeier, "Perfectly
       secure steganography using minimum entropy coupling", ICLR 2023, arXiv:2210.14889.

    Examples
    --------
    >>> blocks = [[0.5, 0.5], [0.5, 0.5]]
    >>> coupling = FactoredCoupling(blocks, lambda prefix: [0.25] * 4, n_tokens=2)
    >>> tokens = coupling.encode([1, 0], rng=np.random.default_rng(7))
    >>> coupling.decode(tokens).message.tolist()
    [1, 0]
    """

    __slots__ = ("_priors", "model", "n_tokens")

    def __init__(
        self,
        blocks: Sequence[ArrayLike],
        model: "Callable[[tuple[int, ...]], ArrayLike]",
        n_tokens: int,
    ) -> None:
        # An array of shape (n_blocks, n_symbols) is no Sequence.
        blocks = list(blocks) if isinstance(blocks, np.ndarray) and blocks.ndim else blocks
        if not isinstance(blocks, Sequence) or len(blocks) == 0:
            received = "0 blocks" if isinstance(blocks, Sequence) else repr(blocks)
            message = f"blocks must hold at least one pmf, got {received}"
            raise ValueError(message)
        if not callable(model):
            message = f"model must be a function of the tokens so far, got {model!r}"
            raise ValueError(message)  # noqa: TRY004 - as all wrong arguments
        check_integer("n_tokens", n_tokens)

        self._priors = tuple(as_marginal(p, f"block {i}").p for i, p in enumerate(blocks))
        self.model = model
        self.n_tokens = n_tokens

    def __repr__(self) -> str:
        sizes = [prior.size for prior in self._priors]
        shown = ", ".join(map(str, sizes[:6])) + (", ..." if len(sizes) > 6 else "")
        return (
            f"{type(self).__name__}({len(sizes)} blocks of {shown} symbols, {self.n_tokens} tokens)"
        )

    def encode(self, message: "Sequence[int] | IntArray", *, rng: Rng) -> IntArray:
        """Draw a carrier that tells the message.

        Parameters
        ----------
        message : sequence of int of shape (n_blocks,)
            Symbol of each block.
        rng : numpy.random.Generator or int
            Private randomness of the sender; the receiver does not need it.

        Returns
        -------
        ndarray of shape (n_tokens,)
            Tokens; over messages drawn from the blocks' pmfs they follow the model's law.

        Raises
        ------
        ValueError
            If the message has the wrong length or a symbol of probability 0, or the model returns
            no pmf.
        """
        symbols = self._checked(message)
        generator = as_generator(rng)
        walk = _Walk(self._priors)
        while len(walk.tokens) < self.n_tokens:
            cells, mass = walk.couple(self.model)

            # Draw a token given the symbol of the block; rounding must not lead beyond the last.
            row = cells[:, 0] == symbols[walk.block]
            reachable = np.cumsum(mass[row])
            at = int(np.searchsorted(reachable, generator.random() * reachable[-1], side="right"))
            walk.observe(cells, mass, int(cells[row, 1][min(at, reachable.size - 1)]))
        return np.array(walk.tokens, dtype=np.intp)

    def decode(self, tokens: "Sequence[int] | IntArray") -> Decoded:
        """Read the message from a carrier.

        Parameters
        ----------
        tokens : sequence of int of shape (n_tokens,)
            The carrier.

        Returns
        -------
        Decoded
            The most probable message and the posteriors.

        Raises
        ------
        ValueError
            If the carrier has the wrong length or a token that the model never draws there.
        """
        carrier = as_variables("tokens", tokens)
        if len(carrier) != self.n_tokens:
            message = f"a carrier has n_tokens={self.n_tokens} tokens, got {len(carrier)}"
            raise ValueError(message)
        walk = _Walk(self._priors)
        for token in carrier:
            walk.observe(*walk.couple(self.model), token)
        best = [int(np.argmax(posterior)) for posterior in walk.posteriors]
        probability = float(
            np.prod([p[symbol] for p, symbol in zip(walk.posteriors, best, strict=True)])
        )
        return Decoded(np.array(best, dtype=np.intp), probability, tuple(walk.posteriors))

    def _checked(self, message: Sequence[int] | IntArray) -> list[int]:
        """Return the symbols of a message, each one that its block can have."""
        symbols = as_variables("message", message)
        sizes = [prior.size for prior in self._priors]
        known = len(symbols) == len(sizes) and all(
            0 <= symbol < prior.size and prior[symbol] > 0.0
            for symbol, prior in zip(symbols, self._priors, strict=False)
        )
        if not known:
            text = (
                f"message must hold {len(sizes)} symbols of positive probability from alphabets of "
                f"{sizes}, got {symbols}"
            )
            raise ValueError(text)
        return symbols


class _Walk:
    """The path that sender and receiver share: posteriors of the blocks after the tokens so far."""

    __slots__ = ("_entropies", "block", "posteriors", "tokens")

    def __init__(self, priors: tuple[FloatArray, ...]) -> None:
        self.posteriors = list(priors)
        self._entropies = np.array([entr(prior).sum() for prior in priors])
        self.block = 0
        self.tokens: list[int] = []

    def couple(self, model: TokenModel) -> tuple[IntArray, FloatArray]:
        """Couple the block of largest posterior entropy with the next token: cells and masses."""
        self.block = int(np.argmax(self._entropies))
        token = as_marginal(
            model(tuple(self.tokens)), f"the model's pmf of token {len(self.tokens)}"
        )
        return greedy_coupling([sort_marginal(self.posteriors[self.block]), token])

    def observe(self, cells: IntArray, mass: FloatArray, token: int) -> None:
        """Take the next token and update the block that it was coupled with."""
        column = cells[:, 1] == token
        total = mass[column].sum()
        if not total > 0.0:
            message = (
                f"token {len(self.tokens)} must have positive probability under the model, got "
                f"{token}"
            )
            raise ValueError(message)

        posterior = np.zeros_like(self.posteriors[self.block])
        np.add.at(posterior, cells[column, 0], mass[column] / total)
        self.posteriors[self.block] = posterior
        self._entropies[self.block] = entr(posterior).sum()
        self.tokens.append(token)
