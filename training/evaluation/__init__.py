"""How good a model is: metrics, what it is measured beside, and the command that prints both."""
