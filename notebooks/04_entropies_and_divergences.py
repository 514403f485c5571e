# %% [markdown]
# # Entropies and divergences
#
# How uncertain is a law? How far apart are two? How much does one variable tell about another?
# Shannon's answers are one point on Rényi's line of answers, and the line is worth walking: its
# ends count symbols and measure leaks. Afterwards the hard part: the law is not known, only a
# sample. The question at the end: *which estimator of entropy should one use when the sample is
# smaller than the alphabet?*

# %%
# %matplotlib inline
import warnings

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

import infotheory as it
from infotheory.estimation import entropy_from_counts
from infotheory.exceptions import InfotheoryWarning
from infotheory.plots import PALETTE

COLOURS = [PALETTE["first"], PALETTE["second"], PALETTE["ink"], PALETTE["muted"], "#3f8f5f"]


def new_axes(width=5.6, height=3.2):
    axes = Figure(figsize=(width, height), layout="constrained", dpi=90).add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color=PALETTE["grid"], linewidth=0.8)
    axes.set_axisbelow(True)
    return axes


# %% [markdown]
# ## Units
# Everything is in nats; `base=2` gives bits, `base=10` bans. A probability vector is never
# renormalised in silence: one that does not sum to 1 is an error that tells what to do.

# %%
p = np.array([0.5, 0.25, 0.125, 0.125])
print(
    f"{it.entropy(p):.4f} nats = {it.entropy(p, base=2):.4f} bits = {it.entropy(p, base=10):.4f} "
    "bans"
)
try:
    it.entropy([4, 2, 1, 1])
except ValueError as error:
    print("ValueError:", error)

# %% [markdown]
# ## Rényi's line
# $$H_\alpha(p) = \frac{1}{1-\alpha} \ln \sum_i p_i^\alpha$$
#
# falls in $\alpha$: at 0 it is the logarithm of the number of possible symbols (Hartley), at 1
# Shannon's entropy, at 2 the collision entropy, at $\infty$ minus the logarithm of the largest
# probability: what the best single guess gets. The limits are exact, and orders close to 1 lose no
# digits.

# %%
orders = np.linspace(0.0, 6.0, 61)
laws = {
    "(1/2, 1/4, 1/8, 1/8)": p,
    "uniform on 4": np.full(4, 0.25),
    "(.9, .05, .03, .02)": [0.9, 0.05, 0.03, 0.02],
}
axes = new_axes()
for (name, law), colour in zip(laws.items(), COLOURS, strict=False):
    axes.plot(orders, [it.entropy(law, order=a, base=2) for a in orders], color=colour, label=name)
axes.set(xlabel="order", ylabel="Rényi entropy, bits", ylim=(0, 2.1))
axes.legend(frameon=False, fontsize=9)
axes.figure

# %%
for a in (0, 0.5, 1 - 1e-9, 1, 1 + 1e-9, 2, np.inf):
    print(f"order {a:<12} {it.entropy(p, order=a, base=2):.12f} bits")

# %% [markdown]
# **Hill numbers** are $e^{H_\alpha}$: how many equally likely symbols would be as uncertain.
# Ecologists count species so, credit risk counts the effective number of obligors: of order 2 it is
# one over the Herfindahl index.

# %%
loans = np.r_[np.full(3, 100.0), np.full(50, 10.0), np.full(400, 1.0)]
shares = loans / loans.sum()
print(
    "loans:",
    len(loans),
    " effective number:",
    {a: round(float(it.hill_number(shares, order=a)), 1) for a in (0, 1, 2, np.inf)},
)
print("1 / Herfindahl:", round(1 / (shares**2).sum(), 1))

# %% [markdown]
# ## Divergences
# $KL(p\,\|\,q) = \sum p \ln(p/q)$ is what it costs to believe q where p is true. It is not
# symmetric, and infinite where q forbids what p allows. Jeffreys's $J = KL(p\|q) + KL(q\|p)$ is
# credit scoring's information value. Jensen and Shannon compare both with their mean and stay below
# $\ln 2$, and the root of theirs is a metric.

# %%
q = np.array([0.25, 0.25, 0.25, 0.25])
r, s = np.array([0.5, 0.5, 0.0, 0.0]), np.array([0.7, 0.1, 0.1, 0.1])
table = {}
pairs = {"s, q": (s, q), "q, s": (q, s), "r, q": (r, q), "q, r": (q, r)}
for name, (a, b) in pairs.items():
    table[name] = {
        "KL": it.kl_divergence(a, b),
        "Jeffreys": it.jeffreys_divergence(a, b),
        "Jensen-Shannon": it.jensen_shannon_divergence(a, b),
        "Rényi 1/2": it.renyi_divergence(a, b, order=0.5),
        "Hellinger": it.hellinger_distance(a, b),
        "total variation": it.total_variation(a, b),
        "chi-square": it.chi_square_divergence(a, b),
    }
pd.DataFrame(table).T.round(4)

# %% [markdown]
# Close to each other all of them are the same parabola: with $\chi^2 = \sum (p-q)^2/q$ small, $KL
# \approx \chi^2/2$, $J \approx \chi^2$, $JS \approx \chi^2/8$. That is why a stability index of
# .10, a KL of .05 and a JS of .0125 are one and the same amount of drift.

# %%
for step in (0.1, 0.03, 0.01):
    near = q + step * np.array([1, -1, 1, -1]) / 4
    chi = it.chi_square_divergence(near, q)
    ratios = [
        f(near, q) / chi
        for f in (it.kl_divergence, it.jeffreys_divergence, it.jensen_shannon_divergence)
    ]
    print(f"chi-square {chi:.5f}   KL, J, JS over it: {np.round(ratios, 4)}")

# %% [markdown]
# ## Information of any order
# There is one mutual information, and three ways to give it an order. Sibson minimises the Rényi
# divergence from $P_X Q$ over Q, Arimoto subtracts conditional entropies, Augustin and Csiszár
# average divergences from a common centre. At order 1 they meet. At $\infty$ Sibson's is the
# *maximal leakage*: by how much an observer of Y can improve any guess about anything that depends
# on X.

# %%
pxy = np.array([[0.30, 0.10, 0.02], [0.05, 0.20, 0.03], [0.02, 0.08, 0.20]])
orders = np.r_[np.linspace(0.05, 4.0, 30)]
axes = new_axes()
for kind, colour, dash in (
    ("sibson", COLOURS[0], "-"),
    ("arimoto", COLOURS[1], "--"),
    ("csiszar", COLOURS[2], ":"),
):
    line = [it.mutual_information(pxy, order=a, kind=kind, base=2) for a in orders]
    axes.plot(
        orders,
        line,
        dash,
        color=colour,
        label={"csiszar": "Augustin-Csiszár"}.get(kind, kind.title()),
    )
axes.plot(1.0, it.mutual_information(pxy, base=2), "o", color=PALETTE["ink"], label="Shannon")
axes.set(xlabel="order", ylabel="information, bits")
axes.legend(frameon=False, fontsize=9)
axes.figure

# %%
channel = pxy / pxy.sum(axis=1, keepdims=True)
leakage, by_hand = (
    it.mutual_information(pxy, order=np.inf, base=2),
    np.log2(channel.max(axis=0).sum()),
)
print(f"maximal leakage {leakage:.4f} bits, by hand {by_hand:.4f}")

# %% [markdown]
# ## Capacity
# The most information that a channel carries, over all inputs. (At other orders the three
# informations have the same maximum: Csiszár 1995, doi:10.1109/18.370121.) Each answer comes with a
# certificate, $I(P,W) \le C \le \max_x KL(W(\cdot|x)\,\|\,PW)$. The Z channel, which garbles only
# the 1:

# %%
flips = np.linspace(0.0, 1.0, 41)
capacity = [it.channel_capacity([[1.0, 0.0], [f, 1.0 - f]], base=2) for f in flips]
half = it.channel_capacity([[1.0, 0.0], [0.5, 0.5]], base=2)
print(
    f"Z channel at 1/2: C = {float(half):.6f} (log2(5/4) = {np.log2(1.25):.6f}), "
    f"send 1 in {half.input_law[1]:.3f} of the time, certified to {half.gap:.0e} bits"
)
axes = new_axes()
axes.plot(flips, [float(c) for c in capacity], color=COLOURS[0], label="Z channel")
axes.plot(
    flips,
    [float(it.channel_capacity([[1 - f, f], [f, 1 - f]], base=2)) for f in flips],
    "--",
    color=COLOURS[1],
    label="symmetric",
)
axes.set(xlabel="probability of a flip", ylabel="capacity, bits")
axes.legend(frameon=False, fontsize=9)
axes.figure

# %% [markdown]
# ## Rate and distortion
# The other side: how few bits describe a source if some error is allowed? A biased bit ($p = .3$)
# under Hamming distortion has $R(D) = h(p) - h(D)$; the points are found by iteration, the line is
# the formula.

# %%
source, hamming = [0.7, 0.3], [[0, 1], [1, 0]]
found = [it.rate_distortion(source, hamming, slope=t, base=2) for t in np.linspace(1.3, 8.0, 14)]
grid = np.linspace(1e-4, 0.3, 100)
formula = it.entropy(source, base=2) - it.entropy(np.stack([grid, 1 - grid], axis=1), base=2)
axes = new_axes()
axes.plot(grid, formula, color=PALETTE["muted"], label="h(.3) - h(D)")
axes.plot(
    [f.distortion for f in found],
    [f.rate for f in found],
    "o",
    color=COLOURS[0],
    label="Blahut-Arimoto",
)
axes.set(xlabel="expected distortion", ylabel="rate, bits")
axes.legend(frameon=False, fontsize=9)
axes.figure

# %% [markdown]
# ## From a sample
# A law is estimated by shares, and the entropy of shares (*plug-in*) is too small on average: a
# sample shows fewer symbols than there are. To first order the bias is $-(m-1)/2N$ (Miller and
# Madow), which is worth a lot of bits before it is worth nothing. Each estimator mends it
# differently:
#
# - **Grassberger**: replaces $\ln n$ by a function whose mean is right for every symbol;
# - **Chao and Shen**: guesses from the singletons how much of the law was not seen;
# - **James and Stein**: shrinks the shares towards the uniform law;
# - **NSB**: a prior under which the entropy itself is nearly uniform (needs the size of the
#   alphabet).

# %%
# The bias is the subject here; that no interval holds with so few rows is said without an error.
warnings.filterwarnings("ignore", category=InfotheoryWarning)
METHODS = ["plugin", "miller_madow", "grassberger", "chao_shen", "james_stein", "nsb"]
N_SYMBOLS, DRAWS = 200, 30
truths = {
    "uniform": np.full(N_SYMBOLS, 1 / N_SYMBOLS),
    "Zipf": (1 / np.arange(1, N_SYMBOLS + 1)) / (1 / np.arange(1, N_SYMBOLS + 1)).sum(),
}
rng = np.random.default_rng(0)
rows = []
for name, law in truths.items():
    truth = it.entropy(law, base=2)
    for n in (20, 50, 100, 200, 500, 2_000):
        counts = rng.multinomial(n, law, size=DRAWS)
        for method in METHODS:
            values = [
                entropy_from_counts(c, method=method, alphabet_size=N_SYMBOLS, base=2).value
                for c in counts
            ]
            rows.append(
                (
                    name,
                    n,
                    method,
                    np.mean(values) - truth,
                    np.sqrt(np.mean((np.array(values) - truth) ** 2)),
                )
            )
study = pd.DataFrame(rows, columns=["law", "rows", "method", "bias", "error"])

# %%
figure = Figure(figsize=(8.4, 3.4), layout="constrained", dpi=90)
panels = figure.subplots(1, 2, sharey=True)
for axes, (name, part) in zip(panels, study.groupby("law", sort=False), strict=True):
    for (method, line), colour, mark in zip(
        part.groupby("method", sort=False), [*COLOURS, "#8a5fb0"], "os^Dv*", strict=True
    ):
        axes.plot(
            line["rows"],
            line["bias"],
            f"{mark}-",
            color=colour,
            markersize=4,
            label=method.replace("_", " "),
        )
    axes.axhline(0.0, color=PALETTE["ink"], linewidth=0.8)
    axes.axvline(N_SYMBOLS, color=PALETTE["muted"], linewidth=0.8, linestyle=":")
    axes.set(
        xscale="log", title=f"{name}, {it.entropy(truths[name], base=2):.2f} bits", xlabel="rows"
    )
    axes.spines[["top", "right"]].set_visible(False)
panels[0].set_ylabel("bias, bits (200 symbols)")
panels[1].legend(frameon=False, fontsize=8, loc="lower right")
figure

# %% [markdown]
# Root mean squared error in bits, where the sample is a quarter of the alphabet, as large, and ten
# times as large:

# %%
wanted = study[study["rows"].isin([50, 200, 2_000])]
wanted.pivot_table(index="method", columns=["law", "rows"], values="error", sort=False).round(3)

# %% [markdown]
# An estimate carries its standard error. It tells how far *another sample* would differ, not the
# bias: with few rows the plug-in is surely wrong. Its interval is therefore centred on the value
# less the first-order bias, and withheld where more than a tenth of the rows have a symbol of their
# own. The estimator of Chao, Wang and Jost reads off the rates at which new symbols turn up, and
# its interval holds there, too.

# %%
for n in (50, 500, 5_000):
    counts = rng.multinomial(n, truths["Zipf"])
    for method in ("plugin", "chao_wang_jost"):
        print(f"{n:5} rows, {method}: {entropy_from_counts(counts, method=method, base=2)}")
print(f"truth {it.entropy(truths['Zipf'], base=2):.3f}")

# %% [markdown]
# **Which estimator below one row a symbol?** Not the plug-in. Where the size of the alphabet is
# known, NSB or shrinkage, whose errors are the smallest on both laws; the uniform law is what
# shrinkage shrinks to, so its .06 there is a gift. Where it is unknown, Chao and Shen: the
# singletons tell what has not been seen. At ten rows a symbol the errors are below .1 bits for all,
# and Miller and Madow's correction, a formula for the margin of a page, is as good as any.
