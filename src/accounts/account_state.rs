//! Whether an account is open.

/// What an account is called that staff closed, be it a customer's or one of theirs.
pub(super) const DISABLED: &str = "Disabled";

words! {
    /// Whether somebody can sign in to an account.
    pub enum AccountState {
        Active = "active" => "Active",
        /// Was closed by staff.
        Inactive = "inactive" => DISABLED,
    }
}
