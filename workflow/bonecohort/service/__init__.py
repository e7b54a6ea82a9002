"""Jobs of one run share their imports: a server loads the libraries once and forks workers.

Most jobs compute for a few tenths of a second and would import for a whole one. ``client`` is what
a rule's command becomes; the first one of a run has ``launch`` begin the server. ``start`` passes
them its address, ``server`` is its process, ``worker`` those that it forks. Where there is no
server, a job is a Python of its own and does the same.
"""
