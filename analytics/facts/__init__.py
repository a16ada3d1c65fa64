"""What the rules look at, worked out once a night from columns: who bought what for which use."""
