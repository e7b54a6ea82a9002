"""Jobs of one run share their imports: a server loads the libraries once and forks workers.

Most jobs compute for a few tenths of a second and would import for a whole one. ``start`` begins
the server with the first job of a run, ``server`` is its process, ``worker`` those that it forks,
``client`` is what a rule's command becomes. Where there is no server, a job is a Python of its own
and does the same.
"""
