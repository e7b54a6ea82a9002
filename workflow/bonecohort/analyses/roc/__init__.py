"""ROC curves of several predictors, and their comparison."""
