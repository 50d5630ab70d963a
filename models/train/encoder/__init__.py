"""The recipe of the sentence encoder: read multilingual-e5-small, keep our pieces, export."""
