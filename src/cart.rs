//! The cart: lines, quantities, and the merge at sign-in.
