"""The demo: four models that are really trained, logged, registered and scored over 120 days.

:mod:`~core.demo.rows` and one module per story generate (pure: seed and day → rows),
:mod:`~core.demo.training` fits the pipelines, :mod:`~core.demo.build` submits like any other client.
What happens when is told to tests in ``data/demo/truth.yaml``, which nothing in here reads.
"""
