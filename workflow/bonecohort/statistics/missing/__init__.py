"""Missing values: where they are, and multiple imputation."""
