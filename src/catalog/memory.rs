//! What is kept in memory of the catalogue, dropped the moment a change commits.

#[derive(Clone, Debug, Default)]
pub struct Memory;
