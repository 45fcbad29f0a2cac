"""Labelled populations of fictional people: honest work, honest oddities, and every kind of gaming."""
