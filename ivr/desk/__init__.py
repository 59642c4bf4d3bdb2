"""The web API of the staff: the agent's desk and the supervisor's wall. A process of its own (`python -m ivr.desk`)."""
