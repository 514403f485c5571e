# %% [markdown]
# # Minimum entropy coupling and the bottleneck
#
# Two variables with given pmfs can be joined in many ways. The joint pmf of least entropy makes
# them tell the most about each other. With a bottleneck, X may reach Y only through a description T
# of limited entropy.

# %%
# %matplotlib inline
import numpy as np

from infotheory.coupling import (
    FactoredCoupling,
    bottleneck_coupling,
    entropy_bounded_information,
    markov_coding_game,
    minimum_entropy_coupling,
    rate_curve,
)
from infotheory.plots import plot_rate_curve

# %% [markdown]
# ## A coupling carries its certificate
# No coupling can have less entropy than `lower_bound`; `gap` is how far this one can be from the
# optimum, in bits.

# %%
p, q = [0.5535, 0.4465], [0.3436, 0.3156, 0.1729, 0.1679]
for method in ("majorization", "greedy", "exact"):
    coupling = minimum_entropy_coupling(p, q, method=method, base=2)
    print(
        f"{method:13} entropy {coupling.entropy:.6f}  lower bound {coupling.lower_bound:.6f}  gap "
        f"{coupling.gap:.6f}"
    )

# %% [markdown]
# ## A description within a rate
# Algorithm 1 of Ebrahimi, Chen and Khisti (2024) merges symbols; `best` also divides one symbol, so
# that the rate is met.

# %%
for method in ("algorithm1", "search", "best"):
    encoder = entropy_bounded_information([0.7, 0.2, 0.1], 1.0, method=method, base=2)
    print(
        f"{method:10} H(T) {encoder.entropy:.6f}  I(X;T) {encoder.information:.6f}  split "
        f"{encoder.split}"
    )

# %% [markdown]
# ## Information against rate

# %%
rng = np.random.default_rng(0)
p_x, p_y = rng.dirichlet(np.ones(30)), rng.dirichlet(np.ones(20))
curve = rate_curve(p_x, p_y, np.linspace(0.0, 5.0, 41), base=2)
print("within the bound:", bool((curve.information["best"] <= curve.bound + 1e-9).all()))
plot_rate_curve(curve).figure

# %%
coupling = bottleneck_coupling(p_x, p_y, 2.0, base=2)
print(
    f"I(X;Y) {coupling.information:.4f} of at most {coupling.bound:.4f} bits, "
    f"{coupling.decoder.mass.size} cells"
)

# %% [markdown]
# ## The Markov coding game
# A player sends one of 64 messages through its moves on a grid. The reward does not suffer; the
# rate costs accuracy. (The standard error of the accuracy is about 0.05.)

# %%
for rate, method in (
    (np.inf, "best"),
    (0.5, "best"),
    (0.5, "uniform"),
    (0.25, "best"),
    (0.25, "uniform"),
):
    game = markov_coding_game(64, rate=rate, method=method, episodes=100, rng=0)
    reward, accuracy = game.reward, game.accuracy
    print(
        f"rate {rate:4} H(M), {method:8} reward {reward.value:.3f} +- {reward.standard_error:.3f}  "
        f"accuracy {accuracy.value:.2f} +- {accuracy.standard_error:.2f}"
    )

# %% [markdown]
# ## A message in a carrier
# Ten encrypted bytes in a hundred tokens of fifty. The law of the tokens stays the model's.

# %%
model = rng.dirichlet(np.ones(50), size=100)
channel = FactoredCoupling(
    [np.full(256, 1 / 256)] * 10, lambda prefix: model[len(prefix)], n_tokens=100
)
message = rng.integers(256, size=10)
decoded = channel.decode(channel.encode(message, rng=rng))
print("message recovered:", bool((decoded.message == message).all()))
print(decoded.message.tolist(), decoded.probability)
