"""The cards: what all of them do, the card of two classes, and the card of a mean."""
