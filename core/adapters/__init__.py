"""Where vendors and the machine are let in: one module per port, named only by :mod:`core.bootstrap`."""
