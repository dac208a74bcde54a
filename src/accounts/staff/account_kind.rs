//! What kind of account it is.

use crate::events::KindOfAccount;

words! {
    /// The kind of an account.
    #[schema(as = Role)]
    pub enum AccountKind {
        /// Does not work here.
        Customer = "customer",
        /// May do what the roles say.
        Staff = "staff",
        /// May do everything.
        Admin = "admin",
    }
}

impl AccountKind {
    pub fn works_here(self) -> bool {
        self != Self::Customer
    }
}

impl From<AccountKind> for KindOfAccount {
    fn from(account_kind: AccountKind) -> Self {
        match account_kind {
            AccountKind::Customer => Self::Customer,
            AccountKind::Staff => Self::Staff,
            AccountKind::Admin => Self::Admin,
        }
    }
}
