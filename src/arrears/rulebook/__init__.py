"""The law and the house rules, written once as Cedar: decided, swept and proved."""
