"""The part of the catalogue that speaks of all inputs together."""

from core.domain import Role
from core.metrics.metric_info import MetricInfo

# Three or four lines an entry, as in a table; the formatter would make one line of every field.
# fmt: off
TOGETHER: tuple[MetricInfo, ...] = (
    MetricInfo(
        name="pca_reconstruction", title="PCA reconstruction error", roles=(Role.FEATURE,),
        formula="mean ‖x − x̂‖, x̂ = x on the reference's components with 65 % of its variance",
        no_change="the error of the reference's own windows",
        source="as in NannyML; Jolliffe (2002), Principal Component Analysis",
        method="a sample of at most 2,000 rows on either side; numbers in sd of the reference, categories "
        "by their share; interval: t",
        unit="sd", harmful="both",
    ),
    MetricInfo(
        name="domain_classifier", title="Domain classifier AUC", roles=(Role.FEATURE,),
        formula="ROC AUC of a classifier that tells the window's rows from the reference's",
        no_change="0.5, give or take chance",
        source="Lopez-Paz & Oquab (2017), ICLR; Geurts et al. (2006), Machine Learning 63",
        method="a sample of at most 2,000 rows on either side; extremely randomised trees, five folds; "
        "interval: DeLong by fold, logit scale",
        higher_is="worse",
    ),
    MetricInfo(
        name="attribution_ndcg", title="NDCG of feature importance", roles=(Role.FEATURE,),
        formula="Σ a(f′ᵢ) / log₂(i + 1) over Σ a(fᵢ) / log₂(i + 1), a: importance in the reference",
        no_change="1, and a little less by chance",
        source="Amazon SageMaker Clarify; Järvelin & Kekäläinen (2002), ACM TOIS 20",
        method="f: the reference's order of importance, f′: the window's; interval: draws of importances by "
        "their standard errors",
        higher_is="better", harmful="low",
    ),
    MetricInfo(
        name="attribution_importance", title="Importance", roles=(Role.FEATURE,),
        formula="mean |attribution| of the feature", no_change="the reference's value",
        source="Lundberg & Lee (2017), NeurIPS", method="over the rows with an attribution; interval: t",
        harmful="both",
    ),
)
# fmt: on
