"""Recognised speech: jobs, hypotheses, and the rules that turn hypotheses into stable text. Pure."""
