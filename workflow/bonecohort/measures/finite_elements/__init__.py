"""Linear elastic voxel models, solved by multigrid without a stored matrix of the finest level.

One hexahedron stands for each voxel. ``element`` has its stiffness, ``mesh`` the elements and nodes
of an image, ``ends`` what is prescribed, ``islands`` what has no load path. ``levels`` builds the
coarser grids, ``cycle`` improves a solution on all of them, ``solve`` iterates to convergence, and
``response`` reads stiffness and strain off the solution. The package knows nothing of bone.
"""
