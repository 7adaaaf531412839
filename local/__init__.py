"""The whole shop on one machine: emulated AWS, gateway, triggers, sample shop and tour."""
