"""`sla map`: what an unknown export may mean. Nothing here decides a figure; what it proposes, a person reads and keeps as a mapping."""
