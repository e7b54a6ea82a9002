"""Linear, logistic and clustered regression, and what is wrong with a model."""
