//! What kind of account it is.

words! {
    /// How far somebody's say goes.
    #[schema(as = Role)]
    pub enum Rank {
        /// Does not work here.
        Customer = "customer",
        /// May do what the roles say.
        Staff = "staff",
        /// May do everything.
        Admin = "admin",
    }
}

impl Rank {
    pub fn works_here(self) -> bool {
        self != Self::Customer
    }
}
