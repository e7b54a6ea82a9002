"""How values and names are printed: numbers, p values, labels of variables, groups and flags."""
