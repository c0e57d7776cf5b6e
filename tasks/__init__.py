"""What happens in the background: shells of a few lines around the actions of crm/."""
