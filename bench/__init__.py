"""The benchmark: builds the data, drives the load, prints the ratio of the program to a floor taken in the same run."""
