"""One entry a metric: its name, its meaning, its source. ``docs/metrics.md`` is made of it."""

from collections.abc import Mapping
from types import MappingProxyType

from core.domain import Role
from core.metrics.catalogue_fairness import FAIRNESS
from core.metrics.catalogue_inputs import TOGETHER
from core.metrics.metric_info import AS_BEFORE, MetricInfo

COLUMNS: tuple[Role, ...] = (Role.FEATURE, Role.SCORE, Role.PREDICTION, Role.LABEL)
DISTANCE_NULL = "0, and a little more by chance: the fewer rows, the more"


# Three or four lines an entry, as in a table; the formatter would make one line of every field.
# fmt: off
DRIFT: tuple[MetricInfo, ...] = (
    MetricInfo(
        name="psi", title="PSI", roles=COLUMNS, formula="Σ (q − p) ln(q / p)",
        no_change=DISTANCE_NULL,
        source="Lewis (1994), An Introduction to Credit Scoring",
        method="reference deciles (numeric), categories with those under 1 % pooled (categorical); "
        "shares ≥ 1e-4; interval: of the populations' distance",
        unit="nats", higher_is="worse",
    ),
    MetricInfo(
        name="ks", title="Kolmogorov-Smirnov", roles=COLUMNS, formula="max |F − G|",
        no_change=DISTANCE_NULL,
        source="Smirnov (1948), Annals of Mathematical Statistics 19",
        method="numeric columns, on the profile's edges; p: Kolmogorov's limit, Stephens' correction; "
        "interval: of the populations' distance",
        higher_is="worse",
    ),
    MetricInfo(
        name="jensen_shannon", title="Jensen-Shannon distance", roles=COLUMNS,
        formula="√(½ KL(p‖m) + ½ KL(q‖m)), m = (p + q) / 2",
        no_change=DISTANCE_NULL,
        source="Endres & Schindelin (2003), IEEE Transactions on Information Theory 49",
        method="base 2; reference deciles (numeric), categories and other (categorical); "
        "interval: of the populations' distance",
        higher_is="worse",
    ),
    MetricInfo(
        name="wasserstein", title="Wasserstein distance", roles=COLUMNS,
        formula="∫ |F − G| dx / sd of the reference",
        no_change=DISTANCE_NULL,
        source="Vallender (1974), Theory of Probability and Its Applications 18",
        method="numeric columns, normalised by the reference's standard deviation, which is taken as given; "
        "interval: of the populations' distance", unit="reference sd",
        higher_is="worse",
    ),
    MetricInfo(
        name="chi_squared", title="Chi-squared", roles=COLUMNS, formula="Σ (O − E)² / E over both samples",
        no_change=DISTANCE_NULL,
        source="Pearson (1900), Philosophical Magazine 50; Cochran (1954), Biometrics 10",
        method="categorical columns, bins expecting under 5 rows pooled, no continuity correction; "
        "p: chi-squared, or Fisher's exact one for two sparse bins; interval: of the statistic that such "
        "populations expect, bins − 1 at no change",
        higher_is="worse",
    ),
    MetricInfo(
        name="hellinger", title="Hellinger distance", roles=COLUMNS, formula="√(½ Σ (√p − √q)²)",
        no_change=DISTANCE_NULL,
        source="Hellinger (1909), Crelle's Journal 136",
        method="reference deciles (numeric), categories and other (categorical); "
        "interval: of the populations' distance", higher_is="worse",
    ),
    MetricInfo(
        name="total_variation", title="Total variation", roles=COLUMNS, formula="½ Σ |p − q|",
        no_change=DISTANCE_NULL,
        source="Levin, Peres & Wilmer (2009), Markov Chains and Mixing Times",
        method="reference deciles (numeric), categories and other (categorical); "
        "interval: of the populations' distance", higher_is="worse",
    ),
    MetricInfo(
        name="l_infinity", title="L-infinity distance", roles=COLUMNS, formula="max |p − q|",
        no_change=DISTANCE_NULL,
        source="maximum norm; TensorFlow Data Validation",
        method="reference deciles (numeric), categories and other (categorical); "
        "interval: of the populations' distance", higher_is="worse",
    ),
    MetricInfo(
        name="label_rate", title="Label rate", roles=(Role.LABEL,),
        formula="share of the positive class, or of the reference's commonest class, among labels",
        no_change=AS_BEFORE, source="Pearson (1900) for the test",
        method="interval: Wilson; p: chi-squared of the label as a categorical column",
    ),
)

QUALITY: tuple[MetricInfo, ...] = (
    MetricInfo(
        name="missing_rate", title="Missing", roles=(Role.FEATURE,),
        formula="rows without a usable value / rows", no_change=AS_BEFORE,
        source="Wilson (1927), JASA 22",
        method="null, NaN and infinite values; interval: Wilson; test: two proportions",
    ),
    MetricInfo(
        name="new_category_rate", title="New categories", roles=(Role.FEATURE,),
        formula="rows of unknown category / rows with a value", no_change="0",
        source="Wilson (1927), JASA 22",
        method="categories not in the reference; interval: Wilson; test: two proportions",
    ),
    MetricInfo(
        name="out_of_range_rate", title="Out of range", roles=(Role.FEATURE,),
        formula="values outside the reference's range / finite values",
        no_change="0, or about 2 / reference rows", source="Wilson (1927), JASA 22",
        method="below its minimum or above its maximum; interval: Wilson; test: two proportions",
    ),
    MetricInfo(
        name="invalid_rate", title="Refused", roles=(Role.FEATURE, Role.SCORE, Role.OPERATIONS),
        formula="rows in quarantine / rows sent", no_change=AS_BEFORE, source="Wilson (1927), JASA 22",
        method="by the first column at fault (operations: any); rows whose own time lies in the window; "
        "interval: Wilson; test: two proportions",
    ),
)

OPERATIONS: tuple[MetricInfo, ...] = (
    MetricInfo(
        name="row_count", title="Rows", roles=(Role.OPERATIONS,), formula="n",
        no_change="the reference's windows", source="a count",
        method="no interval: rows are counted, not sampled", unit="rows", harmful="low",
    ),
    MetricInfo(
        name="error_rate", title="Errors", roles=(Role.OPERATIONS,),
        formula="requests with a status other than ok / rows", no_change=AS_BEFORE,
        source="Wilson (1927), JASA 22",
        method="interval: Wilson; test: two proportions",
    ),
    MetricInfo(
        name="label_coverage", title="Label coverage", roles=(Role.OPERATIONS,),
        formula="labelled rows / rows that can be labelled", no_change="1 once labels have had their time",
        source="a count",
        method="rows that never can have one left out; no interval: labels are counted, not sampled",
        higher_is="better", harmful="low",
    ),
    MetricInfo(
        name="unlabellable_rate", title="Never labelled", roles=(Role.OPERATIONS,),
        formula="rows that have no label and never can / rows", no_change=AS_BEFORE,
        source="Wilson (1927), JASA 22",
        method="rows outside the spec's labellable; interval: Wilson; test: two proportions", harmful="both",
    ),
    MetricInfo(
        name="label_delay_p50", title="Label delay, p50", roles=(Role.OPERATIONS,),
        formula="50 % of labels came at most so long after their row's event", no_change="as before",
        source="Hyndman & Fan (1996), The American Statistician 50",
        method="labels that came after their rows; from a histogram with 40 bins a decade (error under 6 %); "
        "interval: order statistics",
        unit="s", higher_is="worse",
    ),
    MetricInfo(
        name="label_delay_p95", title="Label delay, p95", roles=(Role.OPERATIONS,),
        formula="95 % of labels came at most so long after their row's event", no_change="as before",
        source="Hyndman & Fan (1996), The American Statistician 50",
        method="labels that came after their rows; from a histogram with 40 bins a decade (error under 6 %); "
        "interval: order statistics",
        unit="s", higher_is="worse",
    ),
    MetricInfo(
        name="label_age", title="Label age", roles=(Role.OPERATIONS,),
        formula="the oldest that a row was when its label came", no_change="as before",
        source="the maximum", unit="s",
        method="labels that came after their rows; no interval: it is what has happened so far",
        higher_is="worse",
    ),
    MetricInfo(
        name="staleness", title="Staleness", roles=(Role.OPERATIONS,),
        formula="⌊time since the last row / length of a window⌋", no_change="0", source="a clock",
        method="by the wall clock, for the latest window; kept anew with every whole window that passes; "
        "no interval: time is read, not sampled",
        unit="windows", higher_is="worse",
    ),
    MetricInfo(
        name="latency_p50", title="Latency, p50", roles=(Role.OPERATIONS,),
        formula="50 % of requests were at most this slow", no_change=AS_BEFORE,
        source="Hyndman & Fan (1996), The American Statistician 50",
        method="from a histogram with 40 bins a decade (error under 6 %); "
        "interval: order statistics, from 6 rows on",
        unit="ms", higher_is="worse",
    ),
    MetricInfo(
        name="latency_p95", title="Latency, p95", roles=(Role.OPERATIONS,),
        formula="95 % of requests were at most this slow", no_change=AS_BEFORE,
        source="Hyndman & Fan (1996), The American Statistician 50",
        method="from a histogram with 40 bins a decade (error under 6 %); "
        "interval: order statistics, from 72 rows on",
        unit="ms", higher_is="worse",
    ),
    MetricInfo(
        name="latency_p99", title="Latency, p99", roles=(Role.OPERATIONS,),
        formula="99 % of requests were at most this slow", no_change=AS_BEFORE,
        source="Hyndman & Fan (1996), The American Statistician 50",
        method="from a histogram with 40 bins a decade (error under 6 %); "
        "interval: order statistics, from 368 rows on",
        unit="ms", higher_is="worse",
    ),
)

CLASSIFICATION: tuple[MetricInfo, ...] = (
    MetricInfo(
        name="roc_auc", title="ROC AUC", roles=(Role.PERFORMANCE,), formula="P(s⁺ > s⁻) + ½ P(s⁺ = s⁻)",
        no_change=AS_BEFORE,
        source="Hanley & McNeil (1982), Radiology 143; DeLong et al. (1988), Biometrics 44",
        method="on score bins; several classes: plain mean over each against the rest; "
        "interval: DeLong, logit scale",
        higher_is="better", harmful="low",
    ),
    MetricInfo(
        name="average_precision", title="Average precision", roles=(Role.PERFORMANCE,),
        formula="Σ (Rₖ − Rₖ₋₁) Pₖ", no_change=AS_BEFORE,
        source="Zhu (2004), University of Waterloo",
        method="on score bins; several classes: plain mean over each against the rest; "
        "interval: jackknife, t, logit scale; from 10 positives (of each class) on",
        higher_is="better", harmful="low",
    ),
    MetricInfo(
        name="log_loss", title="Log loss", roles=(Role.PERFORMANCE,),
        formula="−mean(y ln s + (1 − y) ln(1 − s))", no_change=AS_BEFORE,
        source="Good (1952), Journal of the Royal Statistical Society B 14",
        method="scores kept 1e-15 off 0 and 1; several classes: −mean(ln s of the label's class); "
        "interval: t",
        unit="nats", higher_is="worse",
    ),
    MetricInfo(
        name="brier", title="Brier score", roles=(Role.PERFORMANCE,), formula="mean((s − y)²)",
        no_change=AS_BEFORE, source="Brier (1950), Monthly Weather Review 78",
        method="several classes: mean(Σₖ (sₖ − yₖ)²), in [0, 2]; interval: t", higher_is="worse",
    ),
    MetricInfo(
        name="calibration_error", title="Calibration error", roles=(Role.PERFORMANCE, Role.FAIRNESS),
        formula="Σ nᵦ/n |mean score − share of positives|", no_change=AS_BEFORE,
        source="Naeini, Cooper & Hauskrecht (2015), AAAI; Kull et al. (2019), NeurIPS, for several classes",
        method="ten score ranges of equal width; several classes: classwise, the plain mean over each "
        "against the rest; interval: delta method on counts",
        higher_is="worse",
    ),
    MetricInfo(
        name="accuracy", title="Accuracy", roles=(Role.PERFORMANCE, Role.FAIRNESS),
        formula="rows predicted right / rows", no_change=AS_BEFORE,
        source="ISO/IEC TS 4213:2022", method="interval: Wilson", higher_is="better", harmful="low",
    ),
    MetricInfo(
        name="precision", title="Precision", roles=(Role.PERFORMANCE, Role.FAIRNESS),
        formula="tp / (tp + fp)",
        no_change=AS_BEFORE, source="van Rijsbergen (1979), Information Retrieval",
        method="several classes: plain mean over classes; interval: Wilson, delta method for the mean",
        higher_is="better", harmful="low",
    ),
    MetricInfo(
        name="recall", title="Recall", roles=(Role.PERFORMANCE,), formula="tp / (tp + fn)",
        no_change=AS_BEFORE, source="van Rijsbergen (1979), Information Retrieval",
        method="several classes: plain mean over classes; interval: Wilson, delta method for the mean",
        higher_is="better", harmful="low",
    ),
    MetricInfo(
        name="specificity", title="Specificity", roles=(Role.PERFORMANCE,), formula="tn / (tn + fp)",
        no_change=AS_BEFORE, source="Yerushalmy (1947), Public Health Reports 62",
        method="interval: Wilson", higher_is="better", harmful="low",
    ),
    MetricInfo(
        name="f1", title="F1", roles=(Role.PERFORMANCE,), formula="2 tp / (2 tp + fp + fn)",
        no_change=AS_BEFORE, source="van Rijsbergen (1979), Information Retrieval",
        method="several classes: plain mean over classes; "
        "interval: Wilson of tp / (tp + fp + fn), delta method for the mean",
        higher_is="better", harmful="low",
    ),
    MetricInfo(
        name="mcc", title="Matthews correlation", roles=(Role.PERFORMANCE,),
        formula="(c n − Σ pₖ tₖ) / √((n² − Σ pₖ²)(n² − Σ tₖ²))", no_change=AS_BEFORE,
        source="Matthews (1975), BBA Protein Structure 405; Gorodkin (2004)",
        method="interval: delta method on counts, Fisher's scale", higher_is="better", harmful="low",
    ),
)

REGRESSION: tuple[MetricInfo, ...] = (
    MetricInfo(
        name="mae", title="MAE", roles=(Role.PERFORMANCE, Role.FAIRNESS),
        formula="mean |prediction − label|", no_change=AS_BEFORE,
        source="Willmott & Matsuura (2005), Climate Research 30", method="interval: t", unit="label units",
        higher_is="worse",
    ),
    MetricInfo(
        name="mse", title="MSE", roles=(Role.PERFORMANCE,), formula="mean((prediction − label)²)",
        no_change=AS_BEFORE, source="Gauss (1823), Theoria combinationis",
        method="interval: delta method from fourth powers, log scale", unit="label units²",
        higher_is="worse",
    ),
    MetricInfo(
        name="rmse", title="RMSE", roles=(Role.PERFORMANCE,), formula="√mean((prediction − label)²)",
        no_change=AS_BEFORE, source="Gauss (1823), Theoria combinationis",
        method="interval: that of the MSE, rooted", unit="label units", higher_is="worse",
    ),
    MetricInfo(
        name="bias", title="Bias (mean error)", roles=(Role.PERFORMANCE, Role.FAIRNESS),
        formula="mean(prediction − label)", no_change=AS_BEFORE,
        source="Gauss (1823), Theoria combinationis", method="interval: t", unit="label units",
        harmful="both",
    ),
    MetricInfo(
        name="wape", title="WAPE", roles=(Role.PERFORMANCE,), formula="Σ |prediction − label| / Σ |label|",
        no_change=AS_BEFORE, source="Kolassa & Schütz (2007), Foresight 6",
        method="interval: a ratio of means, delta method on the log scale, t", higher_is="worse",
    ),
    MetricInfo(
        name="mape", title="MAPE", roles=(Role.PERFORMANCE,), formula="mean |(prediction − label) / label|",
        no_change=AS_BEFORE, source="de Myttenaere et al. (2016), Neurocomputing 192",
        method="rows whose label is 0 left out; interval: t", higher_is="worse",
    ),
    MetricInfo(
        name="r2", title="R²", roles=(Role.PERFORMANCE,),
        formula="1 − Σ (prediction − label)² / Σ (label − mean)²", no_change=AS_BEFORE,
        source="Kvålseth (1985), The American Statistician 39",
        method="interval: delta method on ln(1 − R²), from fourth moments", higher_is="better",
        harmful="low",
    ),
)

CONCEPT: tuple[MetricInfo, ...] = (
    MetricInfo(
        name="concept_drift", title="Concept drift", roles=(Role.PERFORMANCE,),
        formula="mean(error) − mean(error that the reference lets expect of the same inputs)",
        no_change="0",
        source="Cai, Namkoong & Yadlowsky (2023), Diagnosing Model Performance Under Distribution Shift",
        method="classes: share of wrong calls against calibrated scores (isotonic); numbers: |error|, in "
        "label units, against the reference's leaves; interval: t; p: normal test of 0",
        higher_is="worse",
    ),
)
# fmt: on

CATALOGUE: tuple[MetricInfo, ...] = (
    *DRIFT,
    *TOGETHER,
    *QUALITY,
    *OPERATIONS,
    *CLASSIFICATION,
    *REGRESSION,
    *CONCEPT,
    *FAIRNESS,
)
"""Every metric that is measured."""

BY_NAME: Mapping[str, MetricInfo] = MappingProxyType({metric.name: metric for metric in CATALOGUE})

ESTIMATED_METHOD = (
    "estimated from scores calibrated (isotonic) on the reference; not valid under concept drift"
)
"""Method of the estimates; their formulas are those of the measured metric, on expected counts."""

LOSS_METHOD = "estimated from the reference's errors by kind of input (trees); not valid under concept drift"
"""Method of the estimates of regression models."""
