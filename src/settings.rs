//! Settings of the shop: typed keys.
