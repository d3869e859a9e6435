"""The typed client of the API: for the pane, the command line and notebooks.

One interface over two ways: HTTP on the loopback where a control process owns the workspace, and the
same application inside this process where none does. So no two of them can differ.
"""

from core.client.api import Client
from core.client.connection import connect

__all__ = ["Client", "connect"]
