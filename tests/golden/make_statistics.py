#!/usr/bin/env python3
"""Writes tests/golden/statistics/*.csv: what scipy, statsmodels and NumPy say about random tables.

    python3 -m venv VENV && VENV/bin/pip install scipy==1.17.1 statsmodels==0.15.0
    VENV/bin/python tests/golden/make_statistics.py

The files are committed; this script is run again only to change them. Values are independent of Qualm's code.
"""

import csv
import pathlib

import numpy as np
import scipy.optimize
import scipy.special
import scipy.stats
import statsmodels.stats.contingency_tables
import statsmodels.stats.multitest
import statsmodels.stats.proportion

FOLDER = pathlib.Path(__file__).parent / "statistics"
SEED = 6


def number(value):
    return repr(float(value))


def numbers(values):
    return " ".join(number(value) for value in values)


def write(name, header, rows):
    rows = list(rows)
    with open(FOLDER / name, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
    print(f"{name}: {len(rows)} rows")


def odds(proportion):
    return np.inf if proportion >= 1 else proportion / (1 - proportion)


def mcnemar(random):
    tables = [(b, c) for b in range(25) for c in range(25)]
    tables += [(int(random.integers(0, 400)), int(random.integers(0, 400))) for _ in range(700)]
    tables += [(int(10 ** random.uniform(0, 7)), int(10 ** random.uniform(0, 7))) for _ in range(200)]
    for _ in range(200):  # huge counts whose p-value is not just zero
        b = int(10 ** random.uniform(3, 8))
        tables.append((b, max(0, int(b + random.normal(0, 3) * np.sqrt(2 * b)))))
    tables += [(0, 1), (1, 0), (0, 10**6), (10**6, 0), (10**6, 10**6)]
    for b, c in tables:
        confidence = 0.95 if random.uniform() < 0.8 else float(random.choice([0.9, 0.99]))
        p = statsmodels.stats.contingency_tables.mcnemar([[1, b], [c, 1]], exact=True).pvalue if b + c else 1.0
        ratio = np.nan if b == c == 0 else np.inf if c == 0 else b / c
        low, high = 0.0, np.inf
        if b + c:
            interval = scipy.stats.binomtest(b, b + c).proportion_ci(confidence, method="exact")
            # scipy finds these bounds by a root search; the beta quantile is the same to the last digits.
            low = 0.0 if b == 0 else odds(scipy.special.betaincinv(b, c + 1, (1 - confidence) / 2))
            high = np.inf if c == 0 else odds(scipy.special.betainccinv(b + 1, c, (1 - confidence) / 2))
            assert abs(interval.low - (low / (1 + low))) < 1e-8, (b, c)
        yield b, c, confidence, number(min(1.0, p)), number(ratio), number(low), number(high)


def wilson(random):
    cases = [(x, n) for n in (1, 2, 3, 10, 42, 53, 161) for x in {0, 1, n // 2, n - 1, n}]
    cases += [(int(random.integers(0, n + 1)), n) for n in (int(10 ** random.uniform(0, 6)) for _ in range(800))]
    for passed, trials in cases:
        confidence = float(random.choice([0.8, 0.9, 0.95, 0.99]))
        low, high = statsmodels.stats.proportion.proportion_confint(passed, trials, 1 - confidence, method="wilson")
        yield passed, trials, confidence, number(low), number(high)


def benjamini_hochberg(random):
    for _ in range(300):
        count = int(random.integers(1, 25))
        p_values = random.uniform(0, 1, count) ** random.choice([1, 4, 12])
        if random.uniform() < 0.3:
            p_values = np.round(p_values, 1)  # ties, zeros and ones
        yield numbers(p_values), numbers(statsmodels.stats.multitest.multipletests(p_values, method="fdr_bh")[1])


def sign_flips(random):
    for _ in range(300):
        count = int(random.integers(1, 13))
        differences = random.integers(-int(random.integers(1, 21)), int(random.integers(1, 21)) + 1, count)
        p = 1.0
        if count > 1:
            p = scipy.stats.permutation_test(
                (differences, np.zeros(count)), lambda left, right, axis: np.sum(left - right, axis=axis),
                permutation_type="samples", n_resamples=np.inf, vectorized=True).pvalue
        yield " ".join(map(str, differences)), number(min(1.0, p))


def bootstrap(random):
    for _ in range(40):
        count = int(random.choice([20, 42, 53, 161]))
        values = random.binomial(20, random.beta(0.5, 0.8, count)) / 20
        result = scipy.stats.bootstrap((values,), np.mean, n_resamples=100_000, method="percentile", rng=random)
        yield (numbers(values), number(result.confidence_interval.low), number(result.confidence_interval.high),
               number(result.standard_error))


def weighted_means(random):
    """Means under weights uniform on the simplex: simulated here, computed there."""
    draws = 200_000
    for _ in range(60):
        count = int(random.choice([1, 2, 3, 5, 10, 42, 161]))
        completions = int(random.choice([1, 4, 20]))
        rates = random.beta(0.4, 1, count)
        values = (random.binomial(completions, rates) - random.binomial(completions, rates)) / completions
        extreme = float(random.choice([-1.0, 1.0, 0.5]))
        points = np.append(values, extreme)
        weights = random.standard_exponential((draws, count + 1))
        means = weights @ points / weights.sum(axis=1)
        threshold = float(np.quantile(means, random.uniform(0.02, 0.98)))
        if np.ptp(points) == 0:
            continue
        yield numbers(values), number(extreme), number(threshold), number(np.mean(means <= threshold)), draws


def beta_binomial(random):
    for _ in range(30):
        count = int(random.integers(40, 200))
        completions = int(random.choice([2, 4, 20]))
        passed = random.binomial(completions, random.beta(random.uniform(0.2, 3), random.uniform(0.2, 3), count))

        def cost(logarithms):
            return -np.sum(scipy.stats.betabinom.logpmf(passed, completions, *np.exp(logarithms)))

        best = scipy.optimize.minimize(cost, [0.0, 0.0], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12})
        yield completions, " ".join(map(str, passed)), number(np.exp(best.x[0])), number(np.exp(best.x[1]))


def main():
    FOLDER.mkdir(exist_ok=True)
    random = np.random.default_rng(SEED)
    write("mcnemar.csv", ["b", "c", "confidence", "p", "odds_ratio", "ci_low", "ci_high"], mcnemar(random))
    write("wilson.csv", ["passed", "trials", "confidence", "low", "high"], wilson(random))
    write("benjamini_hochberg.csv", ["p_values", "adjusted"], benjamini_hochberg(random))
    write("sign_flips.csv", ["differences", "p"], sign_flips(random))
    write("bootstrap.csv", ["values", "low", "high", "standard_error"], bootstrap(random))
    write("weighted_means.csv", ["values", "extreme", "threshold", "share", "draws"], weighted_means(random))
    write("beta_binomial.csv", ["completions", "passed", "first", "second"], beta_binomial(random))


if __name__ == "__main__":
    main()
