-- When the letter that leads to an opt-out's receipt was written; those confirmed before there were receipts get none.
ALTER TABLE opt_outs ADD COLUMN receipt_sent_at TEXT;
UPDATE opt_outs SET receipt_sent_at = confirmed_at WHERE confirmed_at IS NOT NULL;
-- Whose letter it is, by keyed hash, so that erasing somebody finds it without opening every other.
ALTER TABLE letters ADD COLUMN lookup TEXT;
CREATE INDEX letters_lookup ON letters (lookup);
