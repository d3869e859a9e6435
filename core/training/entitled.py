"""Who may ask for training, and answer for it."""

from core.access.person import Person, shown_roles
from core.access.roles import Right, allows, holders


def not_entitled(person: Person | None) -> str:
    """Return why somebody may not, as a sentence; empty where they may, or where Trimtab itself asks."""
    if person is None or allows(person.roles, Right.RETRAIN):
        return ""
    return (
        f"{person.name} may not {Right.RETRAIN.value} (roles: {shown_roles(person)}):"
        f" it takes {holders(Right.RETRAIN)}."
    )
