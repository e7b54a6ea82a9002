"""Vertebral bodies on MR images: their labels, the voxels measured in them, and their values."""
