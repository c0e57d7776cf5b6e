"""What leads see of their team: how much contact there is, and what waits. Figures of all together, never of one member of staff."""
