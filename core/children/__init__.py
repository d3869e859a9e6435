"""What runs in child processes: heavy vendors and, one day, users' code; started by an executor only.

A child gets a folder with its inputs, writes its output there and tells its progress through a pipe. It
opens no store and no registry of the workspace.
"""
