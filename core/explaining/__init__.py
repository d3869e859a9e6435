"""Explaining predictions and versions: rows and files are laid out, a child process asks the model."""

from core.explaining.desk import Explaining

__all__ = ["Explaining"]
