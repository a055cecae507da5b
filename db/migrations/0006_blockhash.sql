-- Works whose likeness may be looked up, by their blockhash.
CREATE INDEX fingerprints_blockhash ON fingerprints (blockhash) WHERE variant = 'full' AND pdq IS NOT NULL;
