"""Tests of what stands around the code: units, scripts, wheel, README, and which way the imports go."""
