//! Checkout: from a cart to an order, in one transaction.
