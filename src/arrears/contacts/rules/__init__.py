"""Pure decisions about messages: when one is due, and what a refusal or an answer leads to."""
