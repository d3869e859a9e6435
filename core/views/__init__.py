"""Read models: what one page shows, as frozen values that travel as JSON.

The values live in :mod:`core.views.fleet`, :mod:`core.views.model`, :mod:`core.views.drift` and
:mod:`core.views.series` and import nothing but the nouns, so that a page can hold them without ever
loading a store. :mod:`core.views.build` reads them out of the stores.
"""
