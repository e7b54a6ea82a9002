"""Calibrated CT: bone mineral density of vertebrae from their Hounsfield units."""
