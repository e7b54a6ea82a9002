"""Hao et al. 2025 (Front Physiol 16:1649477): endplate defects and Hounsfield units."""
