"""Vertebral and endplate bone quality scores of T1-weighted MR."""
