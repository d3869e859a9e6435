"""The fairness part of the catalogue: rates by group of a sensitive feature, and the gaps between them."""

from core.domain import Role
from core.metrics.metric_info import AS_BEFORE, MetricInfo

# Three or four lines an entry, as in a table; the formatter would make one line of every field.
# fmt: off
FAIRNESS: tuple[MetricInfo, ...] = (
    MetricInfo(
        name="selection_rate", title="Selection rate", roles=(Role.FAIRNESS,),
        formula="predicted positive / rows of the group", no_change=AS_BEFORE,
        source="as in fairlearn", method="interval: Wilson",
        harmful="both",
    ),
    MetricInfo(
        name="true_positive_rate", title="True positive rate", roles=(Role.FAIRNESS,),
        formula="tp / (tp + fn) of the group", no_change=AS_BEFORE,
        source="Hardt, Price & Srebro (2016), NeurIPS; as in fairlearn", method="interval: Wilson",
        harmful="low",
    ),
    MetricInfo(
        name="false_positive_rate", title="False positive rate", roles=(Role.FAIRNESS,),
        formula="fp / (fp + tn) of the group", no_change=AS_BEFORE,
        source="Hardt, Price & Srebro (2016), NeurIPS; as in fairlearn", method="interval: Wilson",
    ),
    MetricInfo(
        name="false_negative_rate", title="False negative rate", roles=(Role.FAIRNESS,),
        formula="fn / (fn + tp) of the group", no_change=AS_BEFORE,
        source="Hardt, Price & Srebro (2016), NeurIPS; as in fairlearn", method="interval: Wilson",
    ),
    MetricInfo(
        name="demographic_parity_difference", title="Demographic parity difference",
        roles=(Role.FAIRNESS,), formula="max − min selection rate",
        no_change="0 where groups are treated alike",
        source="Calders, Kamiran & Pechenizkiy (2009); as in fairlearn",
        method="greatest − least group; interval: Newcombe, of the farthest", higher_is="worse",
    ),
    MetricInfo(
        name="demographic_parity_ratio", title="Demographic parity ratio", roles=(Role.FAIRNESS,),
        formula="min / max selection rate", no_change="1 where groups are treated alike",
        source="29 CFR 1607.4 D (four-fifths screen); as in fairlearn",
        method="least / greatest group; interval: log delta, of the farthest", higher_is="better",
        harmful="low",
    ),
    MetricInfo(
        name="equal_opportunity_difference", title="Equal opportunity difference", roles=(Role.FAIRNESS,),
        formula="max − min true positive rate", no_change="0 where groups are treated alike",
        source="Hardt, Price & Srebro (2016), NeurIPS; as in fairlearn",
        method="greatest − least group; interval: Newcombe, of the farthest", higher_is="worse",
    ),
    MetricInfo(
        name="equal_opportunity_ratio", title="Equal opportunity ratio", roles=(Role.FAIRNESS,),
        formula="min / max true positive rate", no_change="1 where groups are treated alike",
        source="Hardt, Price & Srebro (2016), NeurIPS; as in fairlearn",
        method="least / greatest group; interval: log delta, of the farthest", higher_is="better",
        harmful="low",
    ),
    MetricInfo(
        name="equalized_odds_difference", title="Equalized odds difference", roles=(Role.FAIRNESS,),
        formula="the larger of the differences of true and false positive rates",
        no_change="0 where groups are treated alike",
        source="Hardt, Price & Srebro (2016), NeurIPS; as in fairlearn",
        method="greatest − least group; interval: Newcombe, of the farthest", higher_is="worse",
    ),
    MetricInfo(
        name="equalized_odds_ratio", title="Equalized odds ratio", roles=(Role.FAIRNESS,),
        formula="the smaller of the ratios of true and false positive rates",
        no_change="1 where groups are treated alike",
        source="Hardt, Price & Srebro (2016), NeurIPS; as in fairlearn",
        method="least / greatest group; interval: log delta, of the farthest", higher_is="better",
        harmful="low",
    ),
    MetricInfo(
        name="selection_rate_difference", title="Selection rate difference to a group",
        roles=(Role.FAIRNESS,), formula="selection_rate of the group − that of the chosen group",
        no_change="0 where both are treated alike", source="as in AIF360 (signed)",
        method="group − chosen group; interval: Newcombe", harmful="both",
    ),
    MetricInfo(
        name="selection_rate_ratio", title="Selection rate ratio to a group", roles=(Role.FAIRNESS,),
        formula="selection_rate of the group / that of the chosen group",
        no_change="1 where both are treated alike", source="as in AIF360 (signed)",
        method="group / chosen group; interval: log delta", harmful="both",
    ),
    MetricInfo(
        name="true_positive_rate_difference", title="True positive rate difference to a group",
        roles=(Role.FAIRNESS,), formula="true_positive_rate of the group − that of the chosen group",
        no_change="0 where both are treated alike", source="as in AIF360 (signed)",
        method="group − chosen group; interval: Newcombe", harmful="both",
    ),
    MetricInfo(
        name="true_positive_rate_ratio", title="True positive rate ratio to a group",
        roles=(Role.FAIRNESS,), formula="true_positive_rate of the group / that of the chosen group",
        no_change="1 where both are treated alike", source="as in AIF360 (signed)",
        method="group / chosen group; interval: log delta", harmful="both",
    ),
    MetricInfo(
        name="false_positive_rate_difference", title="False positive rate difference to a group",
        roles=(Role.FAIRNESS,), formula="false_positive_rate of the group − that of the chosen group",
        no_change="0 where both are treated alike", source="as in AIF360 (signed)",
        method="group − chosen group; interval: Newcombe", harmful="both",
    ),
    MetricInfo(
        name="false_positive_rate_ratio", title="False positive rate ratio to a group",
        roles=(Role.FAIRNESS,), formula="false_positive_rate of the group / that of the chosen group",
        no_change="1 where both are treated alike", source="as in AIF360 (signed)",
        method="group / chosen group; interval: log delta", harmful="both",
    ),
    MetricInfo(
        name="false_negative_rate_difference", title="False negative rate difference to a group",
        roles=(Role.FAIRNESS,), formula="false_negative_rate of the group − that of the chosen group",
        no_change="0 where both are treated alike", source="as in AIF360 (signed)",
        method="group − chosen group; interval: Newcombe", harmful="both",
    ),
    MetricInfo(
        name="false_negative_rate_ratio", title="False negative rate ratio to a group",
        roles=(Role.FAIRNESS,), formula="false_negative_rate of the group / that of the chosen group",
        no_change="1 where both are treated alike", source="as in AIF360 (signed)",
        method="group / chosen group; interval: log delta", harmful="both",
    ),
    MetricInfo(
        name="precision_difference", title="Precision difference to a group",
        roles=(Role.FAIRNESS,), formula="precision of the group − that of the chosen group",
        no_change="0 where both are treated alike", source="as in fairlearn's MetricFrame (signed)",
        method="group − chosen group; interval: Newcombe", harmful="both",
    ),
    MetricInfo(
        name="precision_ratio", title="Precision ratio to a group",
        roles=(Role.FAIRNESS,), formula="precision of the group / that of the chosen group",
        no_change="1 where both are treated alike", source="as in fairlearn's MetricFrame (signed)",
        method="group / chosen group; interval: log delta", harmful="both",
    ),
    MetricInfo(
        name="accuracy_difference", title="Accuracy difference to a group",
        roles=(Role.FAIRNESS,), formula="accuracy of the group − that of the chosen group",
        no_change="0 where both are treated alike", source="as in fairlearn's MetricFrame (signed)",
        method="group − chosen group; interval: Newcombe", harmful="both",
    ),
    MetricInfo(
        name="accuracy_ratio", title="Accuracy ratio to a group",
        roles=(Role.FAIRNESS,), formula="accuracy of the group / that of the chosen group",
        no_change="1 where both are treated alike", source="as in fairlearn's MetricFrame (signed)",
        method="group / chosen group; interval: log delta", harmful="both",
    ),
    MetricInfo(
        name="mae_difference", title="MAE difference to a group", roles=(Role.FAIRNESS,),
        formula="mae of the group − that of the chosen group", no_change="0 where both are treated alike",
        source="as in fairlearn's MetricFrame (signed)", unit="label units",
        method="group − chosen group; interval: Welch's t", harmful="both",
    ),
    MetricInfo(
        name="mae_ratio", title="MAE ratio to a group", roles=(Role.FAIRNESS,),
        formula="mae of the group / that of the chosen group", no_change="1 where both are treated alike",
        source="as in fairlearn's MetricFrame (signed)",
        method="group / chosen group; interval: log delta", harmful="both",
    ),
    MetricInfo(
        name="bias_difference", title="Mean error difference to a group", roles=(Role.FAIRNESS,),
        formula="bias of the group − that of the chosen group", no_change="0 where both are treated alike",
        source="as in fairlearn's MetricFrame (signed)", unit="label units",
        method="group − chosen group; interval: Welch's t", harmful="both",
    ),
)
# fmt: on
