//! Orders and their life.
