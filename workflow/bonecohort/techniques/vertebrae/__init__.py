"""Vertebrae in a CT: their label maps, drawn by hand or by a program."""
