"""Shipped for those who write adapters: contract suites for every port and Hypothesis strategies."""
