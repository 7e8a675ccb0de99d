"""The pickers of the header: who answers, and with which model."""
