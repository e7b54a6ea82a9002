"""What readers and programs drew or wrote down: markups, label maps, tables of readings."""
