"""Training anew: asked for with a reason, done in steps on record, ended as a registered challenger."""

from core.training.desk import Retraining, Wish
from core.training.judges import Judges
from core.training.orchestrators import Orchestrators
from core.training.reproducing import Reproducing

__all__ = ["Judges", "Orchestrators", "Reproducing", "Retraining", "Wish"]
