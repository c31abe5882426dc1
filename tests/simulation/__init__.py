"""The whole pipeline on a simulated clock, server and targets, from a seed; and a model that says what must be told."""
