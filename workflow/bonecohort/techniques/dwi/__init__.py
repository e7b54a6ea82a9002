"""Diffusion of vertebral bodies: ADC, IVIM and kurtosis."""
