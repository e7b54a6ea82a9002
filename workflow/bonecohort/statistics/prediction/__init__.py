"""Prediction: ROC curves, thresholds, calibration and optimism."""
