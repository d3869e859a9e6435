"""Evidence about what a model is and how its versions came to be. Pure."""

from core.action import shown_version
from core.chain.canonical import Json
from core.chain.entries import moment
from core.evidence.facts import ModelFacts
from core.evidence.found import Found, Nothing, Standing

NOT_WATCHED = Nothing(why="The model is not monitored: nothing tells its owner, use or inputs.")


def inventory(facts: ModelFacts) -> Found | Nothing:
    """Say who owns the model, for which use, at which risk."""
    spec = facts.spec
    if spec is None:
        return NOT_WATCHED
    told = {"owner": spec.owner, "unit": spec.unit, "use_case": spec.use_case}
    absent = [name.replace("_", " ") for name, text in told.items() if not text]
    content: dict[str, Json] = {
        "model": facts.model,
        "task": spec.task.value,
        "risk": spec.risk.value,
        **told,
    }
    if absent:
        said = f"The spec does not say: {', '.join(absent)}."
        return Found(said=said, content=content, at=facts.changed_at, standing=Standing.SHORT)
    said = f"Use case {spec.use_case}, {spec.risk.value} risk, owned by {spec.owner} ({spec.unit})."
    return Found(said=said, content=content, at=facts.changed_at)


def inputs(facts: ModelFacts) -> Found | Nothing:
    """Say which columns it takes, and which are sensitive or cannot be changed by a person."""
    spec = facts.spec
    if spec is None or spec.features is None:
        return NOT_WATCHED if spec is None else Nothing(why="No inputs are known: no row has come yet.")
    content: dict[str, Json] = {
        "numeric": list(spec.features.numeric),
        "categorical": list(spec.features.categorical),
        "sensitive": list(spec.sensitive),
        "immutable": list(spec.immutable),
    }
    n = len(spec.features.numeric) + len(spec.features.categorical)
    sensitive = ", ".join(spec.sensitive) or "none named"
    return Found(said=f"{n} inputs; sensitive: {sensitive}.", content=content, at=facts.changed_at)


def contacts(facts: ModelFacts) -> Found | Nothing:
    """Say whom to call and what to do then."""
    spec = facts.spec
    if spec is None or not (spec.on_call or spec.runbook):
        return NOT_WATCHED if spec is None else Nothing(why="The spec names neither on_call nor runbook.")
    content: dict[str, Json] = {"on_call": spec.on_call, "runbook": spec.runbook}
    absent = [name for name, text in (("on_call", spec.on_call), ("runbook", spec.runbook)) if not text]
    said = f"On call: {spec.on_call or 'nobody'}; runbook: {spec.runbook or 'none'}."
    standing = Standing.SHORT if absent else Standing.HOLDS
    return Found(said=said, content=content, at=facts.changed_at, standing=standing)


def champion(facts: ModelFacts) -> Found | Nothing:
    """Say which version production runs."""
    stays = facts.champion
    if stays is None:
        return Nothing(why="The registry shows no champion, or was never read.")
    content: dict[str, Json] = {"version": stays.version, "run": stays.run_id}
    said = f"{shown_version(stays.version)} is champion since {stays.since:%d %b %Y}."
    # Since when is what was first seen here, and no part of what the version is.
    return Found(said=said, content=content, at=stays.since)


def training_data(facts: ModelFacts) -> Found | Nothing:
    """Say on which data the champion was trained."""
    stays, trained = facts.champion, facts.trained
    if stays is None or trained is None or not trained.data:
        return Nothing(why="The registry has no data set logged with the champion's run.")
    content: dict[str, Json] = {"version": stays.version, "data": dict(sorted(trained.data.items()))}
    return Found(said=f"Data sets by digest: {', '.join(sorted(trained.data))}.", content=content)


def training_record(facts: ModelFacts) -> Found | Nothing:
    """Say with which parameters the champion was trained and what was measured then."""
    stays, trained = facts.champion, facts.trained
    if stays is None or trained is None or not (trained.n_params or trained.n_metrics):
        return Nothing(why="The registry has no parameters or metrics of the champion's run.")
    content: dict[str, Json] = {
        "version": stays.version,
        "run": stays.run_id,
        "n_params": trained.n_params,
        "n_metrics": trained.n_metrics,
    }
    said = f"Run {stays.run_id}: {trained.n_params} parameters, {trained.n_metrics} metrics."
    return Found(said=said, content=content)


def _serving(facts: ModelFacts) -> str:
    stays = facts.champion
    return "no version is champion" if stays is None else f"{shown_version(stays.version)} is champion"


def validation(facts: ModelFacts) -> Found | Nothing:
    """Say whether the champion was validated, and how that stands."""
    made, stays = facts.validation, facts.champion
    if made is None:
        return Nothing(why="No version of the model was ever validated.")
    due_at = made.made_at + facts.validate_every
    content: dict[str, Json] = {
        "version": made.version,
        "made_at": moment(made.made_at),
        "version_digest": made.version_digest,
        "findings_digest": made.findings_digest,
        "policy_digest": made.policy_digest,
        "rows_digest": made.rows_digest,
        "n_rows": made.n_rows,
    }
    version, n_open = shown_version(made.version), sum(one.open for one in facts.findings)
    if stays is None or stays.version != made.version:
        said, standing = f"{version} was validated, but {_serving(facts)}.", Standing.OUTDATED
    elif facts.now > due_at:
        said, standing = f"{version} was to be validated anew by {due_at:%d %b %Y}.", Standing.OUTDATED
    elif facts.changed_at is not None and facts.changed_at > made.made_at:
        said, standing = "The spec or the policy changed since the validation.", Standing.OUTDATED
    elif not made.loads or not made.n_rows:
        said, standing = f"{version} did not answer rows when it was validated.", Standing.SHORT
    elif n_open:
        said = f"{version} was validated on {made.n_rows:,} rows; findings open: {n_open}."
        standing = Standing.SHORT
    else:
        said, standing = f"{version} was validated on {made.n_rows:,} rows.", Standing.HOLDS
    return Found(said=said, content=content, at=made.made_at, until=due_at, standing=standing)


def findings(facts: ModelFacts) -> Found | Nothing:
    """Say whether findings of validations are closed in time; without a validation there is no answer."""
    made, stays = facts.validation, facts.champion
    if made is None:
        return Nothing(why="No version was ever validated, so nothing could be found.")
    content: dict[str, Json] = {
        "version": made.version,
        "findings": [
            {"id": one.id, "severity": one.severity.value, "open": one.open} for one in facts.findings
        ],
    }
    version, n = shown_version(made.version), len(facts.findings)
    late = sum(one.overdue(facts.now) for one in facts.findings)
    n_open = sum(one.open for one in facts.findings)
    said = f"Findings on {version}: {n}, of them open: {n_open}, overdue: {late}."
    standing = Standing.SHORT if late else Standing.HOLDS
    due_at = None if late else min((one.due_at for one in facts.findings if one.open), default=None)
    if due_at is not None:
        said = f"{said} The first is due by {due_at:%d %b %Y}."
    if stays is None or stays.version != made.version:
        said, standing = f"{said} But {_serving(facts)}.", Standing.OUTDATED
    return Found(said=said, content=content, at=made.made_at, until=due_at, standing=standing)


def explanations(facts: ModelFacts) -> Found | Nothing:
    """Say whether it is known what the champion's outputs hang on."""
    if facts.importance_at is None or facts.champion is None:
        return Nothing(why="The importance of inputs was never computed for the champion.")
    content: dict[str, Json] = {"version": facts.champion.version, "made_at": moment(facts.importance_at)}
    version, at = shown_version(facts.champion.version), facts.importance_at
    said = f"Importance of inputs of {version}, computed {at:%d %b %Y}."
    return Found(said=said, content=content, at=facts.importance_at)
