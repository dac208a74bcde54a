//! Inventory: how many there are, and the ledger that says why.
