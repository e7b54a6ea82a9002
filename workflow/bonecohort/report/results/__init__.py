"""What the report is made from: the tables of a results folder, and what they say."""
