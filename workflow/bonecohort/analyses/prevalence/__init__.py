"""The share of participants or sites that have something."""
