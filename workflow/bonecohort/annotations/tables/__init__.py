"""Tables of readings taken elsewhere: their columns and rows."""
