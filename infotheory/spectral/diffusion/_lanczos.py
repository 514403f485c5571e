"""Stochastic Lanczos quadrature of a diffusion spectrum, leading directions exact."""

import math

import numpy as np

from infotheory._validation import check_integer
from infotheory._warnings import warn_once_a_call
from infotheory.exceptions import ApproximationWarning, InfeasibleError
from infotheory.spectral._memory_limit import memory_limit
from infotheory.spectral._spectrum import spectral_entropy_nats
from infotheory.spectral._torch import Tensor, carries_derivative, torch
from infotheory.spectral.diffusion._exact import SpectrumAnswer, SpectrumTask, squared_norm
from infotheory.spectral.diffusion._operators import DiffusionOperator

__all__ = ["lanczos_answer", "lanczos_rules"]

# Random probes, Lanczos steps, leading eigenvectors taken out, and vectors more to find those by.
_PROBES, _STEPS, _DEFLATED, _EXTRA = 30, 40, 10, 5

_NEWTON_STEPS = 50

# Power of the eigenvalues from which 40 steps leave next to no bias: of 400 rows in 2 and 4
# dimensions intervals covered in none of 12 runs at .3, .5 to .9 at .5, .9 and 1 at .8.
_LEAST_POWER = 0.75


def lanczos_answer(task: SpectrumTask) -> SpectrumAnswer:
    """Entropy from Gauss rules of the spectral measure.

    With Q an orthonormal basis of ``sqrt(d)`` and of a randomised guess of the next leading
    eigenvectors, ``tr f(A) = tr Q'f(A)Q + tr (I - Q)f(A)(I - Q)`` holds for any Q: the first trace
    is taken by Lanczos from each column of Q, only the second from random probes. Their weights are
    then calibrated to the exact trace and squared norm of A. The standard error is the jackknife
    over probes, calibration included; its intervals take Student's law with one degree of freedom
    less than there are probes. A Gauss rule of ``-x log x`` errs upwards, like the inverse square
    of its number of nodes; with 40 steps by far less than the standard error.
    """
    reason = _check_quadrature(task)
    with torch.no_grad():
        n, n_probes = task.X.shape[0], task.repeats or _PROBES
        store = task.X.element_size() * n * n <= memory_limit(task.X)
        operator = task.operator(store=store)

        # Probes of random signs, orthogonal to the leading directions.
        leading = _leading(operator, task.rng)
        probes = torch.as_tensor(
            task.rng.choice([-1.0, 1.0], size=(n, n_probes)), device=leading.device
        ).to(leading)
        probes = probes - leading @ (leading.T @ probes)

        nodes, weights = lanczos_rules(
            operator, torch.cat([leading, probes], dim=1), min(_STEPS, n)
        )
        r = leading.shape[1]
        known_nodes, known_weights = nodes[:r].reshape(-1), weights[:r].reshape(-1)

        # What the probes have to add up to: trace and squared norm less those of the known part.
        totals = torch.stack([operator.diagonal.sum(), squared_norm(operator)])
        targets = totals - _moments(known_nodes, known_weights)

        def entropy(subset: Tensor) -> Tensor:
            drawn = nodes[r:][subset].reshape(-1)
            # The trace is the mean over probes of their quadratic forms.
            calibrated = _calibrate(drawn, weights[r:][subset].reshape(-1) / len(subset), targets)
            spectrum = torch.cat([known_nodes, drawn])
            multiplicity = torch.cat([known_weights, calibrated])
            return spectral_entropy_nats(spectrum, task.t, task.order, multiplicity)

        # The jackknife: the entropy without each probe in turn.
        every = torch.arange(n_probes, device=leading.device)
        left_out = torch.stack([entropy(every[every != probe]) for probe in range(n_probes)])
        error = math.sqrt((n_probes - 1) * float(left_out.var(correction=0)))
        return SpectrumAnswer(entropy(every), error, n, n_probes - 1, reason)


def _check_quadrature(task: SpectrumTask) -> str | None:
    """Raise ValueError where a quadrature does not answer the question.

    Return why its error does not tell how far it is off, None where it does.
    """
    if task.order == 0.0:
        message = (
            "method='slq' needs a positive order, got 0: a quadrature has no rank; use 'exact'"
        )
        raise ValueError(message)
    if carries_derivative(task.X):
        message = (
            "method='slq' has no gradient, got X with requires_grad or a tangent; use 'exact' or "
            "'blocked', or X.detach()"
        )
        raise ValueError(message)

    if task.repeats is not None:
        check_integer("repeats", task.repeats, low=2, alternative=", for a standard error")

    # What is deflated is found exactly: of few rows that would be nearly all of the spectrum.
    n = task.X.shape[0]
    if n <= 4 * (_DEFLATED + 1):
        message = f"method='slq' needs more than {4 * (_DEFLATED + 1)} rows, got {n}; use 'exact'"
        raise ValueError(message)

    if task.t * min(task.order, 1.0) >= _LEAST_POWER:
        return None
    message = (
        f"method='slq' needs t and t times the order of at least {_LEAST_POWER:g}, got "
        f"t={task.t:g} and order={task.order:g}: of small eigenvalues the quadrature finds too "
        "much entropy, which the standard error does not show; use 'exact'"
    )
    warn_once_a_call(message, ApproximationWarning)
    return message


def _leading(operator: DiffusionOperator, rng: np.random.Generator) -> Tensor:
    """Orthonormal columns: ``sqrt(d)``, then Ritz vectors of two steps of subspace iteration."""
    top = operator.degrees.sqrt().to(operator.points.dtype)
    top = (top / torch.linalg.vector_norm(top))[:, None]
    draws = torch.as_tensor(
        rng.standard_normal((operator.n_rows, _DEFLATED + _EXTRA)), device=top.device
    ).to(top)

    for _ in range(2):
        draws = draws - top @ (top.T @ draws)
        draws = torch.linalg.qr(operator.matmul(draws)).Q

    # The largest Ritz values within the space found, sqrt(d) left out of it.
    basis = torch.linalg.qr(torch.cat([top, draws], dim=1)).Q[:, 1:]
    vectors = torch.linalg.eigh(basis.T @ operator.matmul(basis)).eigenvectors[:, -_DEFLATED:]
    return torch.cat([top, basis @ vectors], dim=1)


def lanczos_rules(
    operator: DiffusionOperator, starts: Tensor, n_steps: int
) -> tuple[Tensor, Tensor]:
    """Gauss rules of the spectral measures of some starts, (n_starts, n_steps), in float64.

    All starts run side by side, each fully reorthogonalised. The first must be an eigenvector: the
    others, orthogonal to it, are kept so, or rounding would bring its eigenvalue back. A start
    whose Krylov space is exhausted goes on with zero vectors, which carry no weight. Weights sum to
    the squared length of the start.
    """
    high = operator.degrees.dtype
    lengths = torch.linalg.vector_norm(starts, dim=0)
    tiny = 10.0 * torch.finfo(starts.dtype).eps
    # (n_starts, n_steps, n_rows): the vectors of one start lie side by side.
    basis = starts.new_zeros((starts.shape[1], n_steps, starts.shape[0]))
    basis[:, 0] = (starts / lengths).T
    top = basis[0, 0]

    alphas, betas = [], []
    for step in range(n_steps):
        product = operator.matmul(basis[:, step].T).T.contiguous()
        alphas.append((product * basis[:, step]).sum(dim=1, dtype=high))
        if step == n_steps - 1:
            break

        # Twice is enough: the second pass takes out what rounding left in the first.
        known = basis[:, : step + 1]
        for _ in range(2):
            product = product - torch.outer(product @ top, top)
            product = product - ((product[:, None, :] @ known.mT) @ known)[:, 0]

        beta = torch.linalg.vector_norm(product, dim=1)
        beta = torch.where(beta > tiny, beta, 0.0)
        betas.append(beta.to(high))
        basis[:, step + 1] = (
            product / torch.where(beta > 0, beta, 1.0)[:, None] * (beta > 0)[:, None]
        )

    # Nodes are the eigenvalues of the tridiagonal matrix, weights the squared first entries of its
    # eigenvectors (Golub and Welsch).
    diagonal, off = torch.stack(alphas, dim=1), torch.stack(betas, dim=1)
    values, vectors = torch.linalg.eigh(
        torch.diag_embed(diagonal) + torch.diag_embed(off, 1) + torch.diag_embed(off, -1)
    )
    return values.clamp(min=0.0), vectors[:, 0, :] ** 2 * lengths.to(high)[:, None] ** 2


def _moments(nodes: Tensor, weights: Tensor) -> Tensor:
    """Return the weighted sums of the nodes and of their squares."""
    return torch.stack([(weights * nodes).sum(), (weights * nodes**2).sum()])


def _calibrate(nodes: Tensor, weights: Tensor, targets: Tensor) -> Tensor:
    """Multiply weights by ``exp(a + b node)`` so that their first two moments are the exact ones.

    The pair (a, b) minimises the convex ``sum w node exp(a + b node) - a target_1 - b target_2``:
    damped Newton steps.
    """
    largest = nodes.max()
    # Nodes as shares of the largest, so that both equations are of one size.
    tilts = torch.stack([torch.ones_like(nodes), nodes / largest])
    goal = targets / torch.stack([torch.ones_like(largest), largest])
    moments = weights * nodes

    solution = torch.zeros_like(goal)
    for _ in range(_NEWTON_STEPS):
        terms = moments * torch.exp(solution @ tilts)
        gradient = tilts @ terms - goal
        if bool((gradient.abs() <= 1e-10 * goal.abs()).all()):
            return weights * torch.exp(solution @ tilts)

        # No step changes a weight by more than the factor e squared.
        step = torch.linalg.lstsq((tilts * terms) @ tilts.T, gradient[:, None]).solution[:, 0]
        solution = solution - step / torch.clamp(step.abs().max(), min=1.0)

    message = (
        "method='slq' needs a spectrum beside its leading eigenvectors, got a remainder of trace "
        f"{float(targets[0]):.3g} that the probes do not resolve; use 'exact', or a smaller "
        "bandwidth"
    )
    raise InfeasibleError(message)
