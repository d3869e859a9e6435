"""Training anew: asked for with a reason, done in steps on record, ended as a registered challenger."""

from core.training.desk import Retraining, Wish

__all__ = ["Retraining", "Wish"]
