"""Stiffness of specimens, from the curves of a testing machine: an example of a technique."""
