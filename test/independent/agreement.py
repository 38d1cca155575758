"""Kappa (statsmodels) and ICC(A,1) (pingouin) with their intervals, for lists of pairs of whole marks on standard input."""

import json
import sys

import numpy
import pandas
import pingouin
from statsmodels.stats.inter_rater import cohens_kappa

for option in [name for name in pingouin.options if "round" in name]:
    pingouin.options[option] = None


def figures(pairs):
    lowest, highest = min(map(min, pairs)), max(map(max, pairs))
    table = numpy.zeros((highest - lowest + 1,) * 2)
    for first, second in pairs:
        table[first - lowest, second - lowest] += 1
    kappa = cohens_kappa(table, wt="quadratic")
    marks = pandas.DataFrame([(script, marker, pair[marker]) for script, pair in enumerate(pairs) for marker in (0, 1)], columns=["script", "marker", "mark"])
    all_iccs = pingouin.intraclass_corr(data=marks, targets="script", raters="marker", ratings="mark")
    icc = all_iccs[all_iccs["Type"] == "ICC(A,1)"].iloc[0]
    return {
        "kappa": [float(kappa.kappa), float(kappa.kappa_low), float(kappa.kappa_upp)],
        "icc": [float(icc["ICC"]), float(icc["CI95"][0]), float(icc["CI95"][1])],
    }


print(json.dumps([figures(pairs) for pairs in json.load(sys.stdin)]))
